"""Seats: held, confirmed, given back, moved, and listed with all else that a person has."""

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from activities.items import has_begun
from activities.shop import Shop
from services.people import Person
from storage.models import Booking, Item
from storage.repositories import bookings, events, items, orders, slots, touches
from storage.repositories import seats as seat_rows
from storage.repositories.events import Event

Booked = Literal["booked", "already", "begun", "full", "gone", "times", "unopened"]
Held = Literal["held", "booked", "moved", "buy", "full", "begun", "gone"]
Cancelled = Literal["cancelled", "begun", "none"]


async def book(person: Person, item_id: str) -> tuple[Booked, Item | None]:
    """Takes a seat of what costs nothing and has one date: of others, "times" asks for one. A draw
    is entered by accepting its rules (`activities.draws`): "unopened", where it has none yet."""
    async with person.database.write() as session:
        item = await items.get(session, item_id)
        if item is None or not item.active or item.price_stars:
            return "gone", item
        if item.type == "draw":
            return "unopened", item
        outcome = await bookings.book(session, person.id, item.id, person.now)
        if outcome == "full" and await slots.has_any(session, item_id):
            return "times", item
        if outcome == "booked":
            await touches.credit_booking(session, person.id, item.id, person.now)
    if outcome == "already":
        return "already", item
    if outcome != "booked":
        return "begun" if has_begun(item, person.now) else "full", item
    await person.note("booked", "item", item.id)
    return "booked", item


@dataclass(frozen=True, slots=True)
class Chosen:
    """What came of choosing a time of an item; with their booking where they have one now."""

    outcome: Held
    item_id: str = ""
    booking: Booking | None = None
    event: Event | None = None


async def choose(person: Person, slot_id: int) -> Chosen:
    """Chooses one of an item's times: holds a seat until it is confirmed, or moves the one that
    they have. "buy": it has a price; "booked": they have this one."""

    def look(session: AsyncSession) -> Coroutine[Any, Any, seat_rows.Look | None]:
        return seat_rows.look(session, person.id, slot_id)

    def decide(seen: seat_rows.Look | None) -> Chosen | None:
        outcome = _decided(person, slot_id, seen)
        return Chosen(outcome, seen.item_id if seen else "") if outcome else None

    async def work(session: AsyncSession, seen: seat_rows.Look | None) -> Chosen:
        if seen is None:
            return Chosen("gone")
        outcome = await _take(session, person, slot_id, seen)
        if outcome == "full":
            return Chosen(outcome, seen.item_id)
        booking, event = await bookings.live_event(session, person.id, seen.item_id)
        return Chosen(outcome, seen.item_id, booking, event)

    return await person.database.write_after(look, decide, work)


def _decided(person: Person, slot_id: int, seen: seat_rows.Look | None) -> Held | None:
    """What a look alone decides: most who come to a rush find nothing left."""
    if seen is None or not seen.active:
        return "gone"
    if seen.starts_at <= person.now:
        return "begun"
    if seen.booking_id is None and seen.price_stars:
        return "buy"
    return None if seen.room or _has_it(slot_id, seen) else "full"


def _has_it(slot_id: int, seen: seat_rows.Look) -> bool:
    return seen.slot_id == slot_id or seen.status in ("attended", "no_show")


async def _take(session: AsyncSession, person: Person, slot_id: int, seen: seat_rows.Look) -> Held:
    if _has_it(slot_id, seen):
        return "held" if seen.status == "held" else "booked"
    if seen.booking_id is not None:
        moved = await bookings.move(session, person.id, seen.item_id, slot_id, person.now)
        if moved != "moved":
            return "full"
        return "held" if seen.status == "held" else "moved"
    outcome = await bookings.book(
        session,
        person.id,
        seen.item_id,
        person.now,
        slot_id=slot_id,
        hold=True,
        kept=seen.kept,
    )
    return "full" if outcome == "full" else "held"


async def confirm(person: Person, booking_id: int) -> bookings.Confirmed:
    """Makes the seat that is held theirs."""

    async def work(session: AsyncSession) -> bookings.Confirmed:
        confirmed = await bookings.confirm(session, booking_id, person.id, person.now)
        booking = confirmed.booking
        if confirmed.outcome == "booked" and booking is not None:
            way = await touches.ends(session, person.id, booking.item_id, person.now)
            act = ("booking", str(booking.id), person.id, booking.item_id, person.now)
            await touches.credit(session, *act, way)
            if noted := person.signal("booked", "item", booking.item_id):
                await touches.record(session, noted, way)
        return confirmed

    return await person.database.write_together(work)


async def let_go(person: Person, booking_id: int) -> Booking | None:
    """Gives a held seat back; the booking that it was."""
    async with person.database.write() as session:
        await bookings.let_go(session, booking_id, person.id, person.now)
    return (await of(person, booking_id))[0]


async def of(person: Person, booking_id: int) -> tuple[Booking | None, Event | None]:
    """A booking of theirs, with when and where."""
    async with person.database.read() as session:
        booking = await bookings.get(session, booking_id)
        if booking is None or booking.user_id != person.id:
            return None, None
        return booking, await events.get(session, booking.item_id, booking.slot_id)


async def cancel(person: Person, item_id: str, shop: Shop) -> tuple[Cancelled, Item | None]:
    """Gives a seat back before the event begins; what was paid for it goes back too."""
    async with person.database.read() as session:
        booking = await bookings.live(session, person.id, item_id)
        event = await events.get(session, item_id, booking.slot_id if booking else None)
        bought = await orders.owned(session, person.id)
    item = event.item if event else None
    been = booking is not None and booking.status not in bookings.OPEN
    if event is not None and (been or event.begun(person.now)):
        return "begun", item
    paid = [order for order, what in bought if what.id == item_id and order.list_stars]
    if item is not None and paid:
        given_back = await shop.refund(paid[0].id) is not None
    else:
        async with person.database.write() as session:
            given_back = await bookings.cancel(session, person.id, item_id, person.now)
    if not given_back:
        return "none", item
    await person.note("cancelled", "item", item_id)
    return "cancelled", item


async def rate(person: Person, booking_id: int, stars: int) -> bool:
    """1 to 5, of what they were at; the last one counts. False where there is no such booking."""
    if not 1 <= stars <= 5:
        return False
    async with person.database.write() as session:
        return await bookings.rate(session, booking_id, person.id, stars)


async def mine(person: Person) -> Sequence[Item]:
    """What a person owns or has a seat of, each once."""
    async with person.database.read() as session:
        owned = [item for _, item in await orders.owned(session, person.id)]
        booked = [item for _, item in await bookings.of_user(session, person.id)]
    return list({item.id: item for item in booked + owned}.values())


async def seats(person: Person) -> Sequence[tuple[Booking, Event]]:
    """A person's bookings with when and where, the soonest first; not what is over."""
    async with person.database.read() as session:
        found = await bookings.with_events(session, person.id)
    return [
        (booking, event)
        for booking, event in found
        if event.ends_at is None or event.ends_at > person.now
    ]
