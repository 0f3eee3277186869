"""What happens to bookings at a time: holds end, seats are offered, people are reminded, told of
changes and asked how it was. Each act finds out first whether it still is of use."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from activities.shop import Shop
from services.clock import Clock
from services.deadlines import Due, Kind
from services.messenger import Blocked, Messenger, Rejected, What
from services.zones import zone_of
from storage.database import Database
from storage.models import Booking, User, Waiting
from storage.repositories import bookings, changes, events, orders, seats, slots, waiting
from storage.repositories.events import Event

log = logging.getLogger(__name__)

DAY, _HOUR = bookings.BEFORE
# From when on the reminder of the hour before says all that there is to say.
SOON = timedelta(minutes=75)
# Nobody is asked days later how it was.
ASK_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class OfBooking(What):
    booking: Booking
    event: Event
    zone: ZoneInfo
    """The reader's."""


@dataclass(frozen=True, slots=True)
class Reminder(OfBooking):
    left: timedelta


@dataclass(frozen=True, slots=True)
class EventChanged(OfBooking):
    told: dict[str, Any]
    """What they knew until now."""


class CalledOff(OfBooking):
    """It doesn't take place; what was paid went back."""


class HowWasIt(OfBooking):
    """Thanks, and a wish for a rating."""


@dataclass(frozen=True, slots=True)
class SeatOffered(What):
    row: Waiting
    event: Event
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class OfferLapsed(What):
    event: Event


@dataclass(frozen=True, slots=True)
class LineClosed(What):
    """What they waited for doesn't take place."""

    event: Event
    zone: ZoneInfo


class Appointments:
    """The kinds of deadlines of bookings, and what each does."""

    def __init__(self, messenger: Messenger, database: Database, shop: Shop, clock: Clock) -> None:
        self.messenger = messenger
        self.database = database
        self.shop = shop
        self.clock = clock

    def kinds(self) -> tuple[Kind, ...]:
        return (
            Kind(bookings.HOLD_ENDS, self.end_hold, repeats=True),
            Kind(slots.BEGINS, self.begin_slot, repeats=True),
            Kind(seats.OFFERED, self.offer, repeats=True),
            Kind(seats.LAPSES, self.lapse, repeats=True),
            Kind(changes.LINE_CLOSED, self.close_line, repeats=True),
            Kind(bookings.CHANGED, self.tell_change, repeats=True),
            Kind(bookings.CALLED_OFF, self.call_off, repeats=True),
            *(Kind(name, self.remind) for name in bookings.BEFORE),
            Kind(bookings.AFTERWARDS, self.ask, grace=ASK_WITHIN, drop_late=True),
        )

    async def end_hold(self, due: Due) -> None:
        async with self.database.write() as session:
            await bookings.expire_hold(session, _id(due), due.now)

    async def begin_slot(self, due: Due) -> None:
        async with self.database.write() as session:
            await slots.begin(session, _id(due), due.now)

    async def offer(self, due: Due) -> None:
        """A message that is repeated says the same once more; who can't be reached is passed by."""
        async with self.database.read() as session:
            row = await waiting.get(session, _id(due))
            if row is None or row.status != "offered":
                return
            event = await events.get(session, row.item_id, row.offered_slot_id)
            zone = zone_of(await session.get(User, row.user_id))
        if event is None or not event.on_offer(due.now):
            return
        try:
            await self.messenger.send(row.user_id, SeatOffered(row, event, zone))
        except Blocked:
            async with self.database.write() as session:
                await waiting.refuse(session, row.id, due.now)
            raise

    async def lapse(self, due: Due) -> None:
        async with self.database.write() as session:
            row = await waiting.lapse(session, _id(due), due.now)
            event = await events.get(session, row.item_id, row.offered_slot_id) if row else None
        if row is not None and event is not None:
            await self.messenger.send(row.user_id, OfferLapsed(event))

    async def close_line(self, due: Due) -> None:
        async with self.database.read() as session:
            row = await waiting.get(session, _id(due))
            if row is None or row.status != "lapsed":
                return
            event = await events.get(session, row.item_id, row.offered_slot_id or row.slot_id)
            zone = zone_of(await session.get(User, row.user_id))
        if event is not None:
            await self.messenger.send(row.user_id, LineClosed(event, zone))

    async def remind(self, due: Due) -> None:
        """However late it is, it says how long is left; once it has begun, nothing."""
        booking, event, zone = await self._read(_id(due))
        if booking is None or event is None or booking.status != "booked" or not event.active:
            return
        if event.starts_at is None or event.begun(due.now):
            return
        left = event.starts_at - due.now
        if due.kind == DAY and left <= SOON:
            return
        await self.messenger.send(booking.user_id, Reminder(booking, event, zone, left))

    async def tell_change(self, due: Due) -> None:
        """What they were told last is written once it is told, so that a crash loses no change."""
        booking, event, zone = await self._read(_id(due))
        if booking is None or event is None or booking.status != "booked":
            return
        old, new = booking.told or {}, event.told()
        if old == new or event.begun(due.now):
            return
        await self.messenger.send(booking.user_id, EventChanged(booking, event, zone, old))
        async with self.database.write() as session:
            await bookings.set_told(session, booking.id, new)

    async def call_off(self, due: Due) -> None:
        """Pays back, gives the seat back, then tells. Each step finds whether it was done."""
        booking, event, zone = await self._read(_id(due))
        if booking is None or event is None or booking.status not in ("booked", "cancelled"):
            return
        if booking.status == "booked":
            if not changes.is_called_off(event):  # it takes place after all
                return
            async with self.database.read() as session:
                owned = await orders.owned(session, booking.user_id)
            for order, item in owned:
                if item.id == booking.item_id and order.price_stars:
                    try:
                        await self.shop.refund(order.id)
                    except Rejected:
                        # They are told all the same; what was paid is the admins' to find.
                        log.exception("Order %s could not be paid back", order.id)
            async with self.database.write() as session:
                await bookings.cancel_for_them(session, booking, due.now)
        await self.messenger.send(booking.user_id, CalledOff(booking, event, zone))

    async def ask(self, due: Due) -> None:
        booking, event, zone = await self._read(_id(due))
        if booking is None or event is None or booking.status not in ("booked", "attended"):
            return
        if event.ends_at is not None and event.ends_at <= due.now and event.active:
            await self.messenger.send(booking.user_id, HowWasIt(booking, event, zone))

    async def _read(self, booking_id: int) -> tuple[Booking | None, Event | None, ZoneInfo]:
        async with self.database.read() as session:
            booking = await bookings.get(session, booking_id)
            if booking is None:
                return None, None, zone_of(None)
            event = await events.get(session, booking.item_id, booking.slot_id)
            return booking, event, zone_of(await session.get(User, booking.user_id))


def _id(due: Due) -> int:
    return int(due.about.rpartition(":")[2])
