"""Bookings: a seat is taken and given back in the same transaction as its row, and what is to be
told of it at a time is set there, too."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import EVENT_TYPES, Booking, Item, Order, Slot
from storage.repositories import deadlines, events, seats
from storage.repositories.events import Event
from storage.repositories.upserts import inserted

# How long a seat is kept while its person makes up their mind.
HOLD = timedelta(minutes=10)
HOLD_ENDS = "hold-ends"
BEFORE = {"remind-day": timedelta(days=1), "remind-hour": timedelta(hours=1)}
AFTERWARDS = "event-over"
CHANGED, CALLED_OFF = "event-changed", "event-cancelled"
OPEN = ("held", "booked")


def about(booking_id: int) -> str:
    return f"booking:{booking_id}"


async def book(
    session: AsyncSession,
    user_id: int,
    item_id: str,
    now: datetime,
    *,
    slot_id: int | None = None,
    seat_held: bool = False,
    hold: bool = False,
    kept: bool = True,
) -> str:
    """Books a seat, of a slot where the item has some; with `hold` keeps it until it is confirmed.

    Returns "booked", "already" (nothing changed), or "full" (no room, over, or no such slot). With
    `seat_held`, the seat was taken earlier by a reserved order; without `kept`, none is kept for
    them after the line.
    """
    if not seat_held and not await seats.take(session, user_id, item_id, slot_id, now, kept=kept):
        has = select(Booking.id).where(_live(user_id, item_id))
        return "full" if await session.scalar(has) is None else "already"
    row: dict[str, Any] = {
        "user_id": user_id,
        "item_id": item_id,
        "slot_id": slot_id,
        "status": "held" if hold else "booked",
        "hold_until": now + HOLD if hold else None,
        "sequence": 0,
        "created_at": now,
        "changed_at": now,
    }
    # The unique index decides between two taps.
    if not (new := await inserted(session, Booking, [row])):
        if not seat_held:
            await seats.free(session, item_id, slot_id, now)
        return "already"
    booking_id = int(new[0]["id"])
    if hold:
        due = now + HOLD
        await deadlines.set_at(session, HOLD_ENDS, about(booking_id), due, now, user_id)
    else:
        await _booked(session, await session.get_one(Booking, booking_id), now)
    return "booked"


class Confirmed(NamedTuple):
    """What came of confirming: "booked", "already", "begun", or "gone"; with the booking where it
    is one of theirs."""

    outcome: str
    booking: Booking | None = None
    event: Event | None = None


async def confirm(session: AsyncSession, booking_id: int, user_id: int, now: datetime) -> Confirmed:
    """Makes a held seat a booked one."""
    await _share_of(session, booking_id)
    theirs = {"booking": booking_id, "user": user_id}
    found = (await session.execute(_THEIRS, theirs)).one_or_none()
    if found is None:
        return Confirmed("gone")
    booking, event = found[0], Event(found[1], found[2])
    if booking.status != "held":
        return Confirmed("already" if booking.status == "booked" else "gone", booking, event)
    if not event.on_offer(now):
        return Confirmed("begun" if event.begun(now) else "gone", booking, event)
    booking.status, booking.hold_until, booking.changed_at = "booked", None, now
    await _booked(session, booking, now, event)
    await deadlines.lift(session, about(booking_id), (HOLD_ENDS,), now)
    return Confirmed("booked", booking, event)


async def cancel(session: AsyncSession, user_id: int, item_id: str, now: datetime) -> bool:
    """Gives the seat back. False when there was no booking to cancel."""
    return await _cancel(
        session,
        item_id,
        now,
        Booking.user_id == user_id,
        Booking.item_id == item_id,
        Booking.status.in_(OPEN),
    )


async def cancel_for_them(session: AsyncSession, booking: Booking, now: datetime) -> None:
    """Ends a booking of what doesn't take place, unless its refund has done so."""
    which = (Booking.id == booking.id, Booking.status == "booked")
    await _cancel(session, booking.item_id, now, *which)


async def set_told(session: AsyncSession, booking_id: int, told: dict[str, Any]) -> None:
    """Notes what a person knows of when and where, which is a change of what calendars have."""
    await session.execute(
        update(Booking)
        .where(Booking.id == booking_id)
        .values(told=told, sequence=Booking.sequence + 1)
    )


async def let_go(session: AsyncSession, booking_id: int, user_id: int, now: datetime) -> bool:
    """Gives a held seat back that its person doesn't want after all."""
    booking = await session.get(Booking, booking_id)
    if booking is None or booking.user_id != user_id:
        return False
    return await _cancel(
        session, booking.item_id, now, Booking.id == booking_id, Booking.status == "held"
    )


async def expire_hold(session: AsyncSession, booking_id: int, now: datetime) -> bool:
    """Gives a held seat back that wasn't confirmed in time."""
    booking = await session.get(Booking, booking_id)
    if booking is None:
        return False
    return await _cancel(
        session,
        booking.item_id,
        now,
        Booking.id == booking_id,
        Booking.status == "held",
        Booking.hold_until <= now,
    )


async def move(
    session: AsyncSession, user_id: int, item_id: str, slot_id: int, now: datetime
) -> str:
    """Moves a booking to another slot: the old seat is given back once the new one is theirs.

    Returns "moved", "same", "full" (or not on offer; nothing changed), or "none".
    """
    paid = (Order.user_id == user_id, Order.item_id == item_id, Order.status == "paid")
    # Orders come before items wherever both are taken.
    order = await session.scalar(select(Order).where(*paid).with_for_update())
    await seats.lock(session, item_id)
    query = select(Booking).where(
        Booking.user_id == user_id, Booking.item_id == item_id, Booking.status.in_(OPEN)
    )
    fresh = query.execution_options(populate_existing=True)
    booking: Booking | None = await session.scalar(fresh)
    if booking is None:
        return "none"
    old = booking.slot_id
    if old == slot_id:
        return "same"
    if not await seats.take(session, user_id, item_id, slot_id, now):
        return "full"
    booking.slot_id, booking.sequence, booking.changed_at = slot_id, booking.sequence + 1, now
    if order is not None:
        order.slot_id = slot_id
    await session.flush()
    await seats.free(session, item_id, old, now)
    if booking.status == "booked":
        await _booked(session, booking, now)
    else:
        booking.hold_until = now + HOLD
        due = booking.hold_until
        await deadlines.set_at(session, HOLD_ENDS, about(booking.id), due, now, user_id)
    return "moved"


async def rate(session: AsyncSession, booking_id: int, user_id: int, stars: int) -> bool:
    """1 to 5, of who has (or had) a seat and didn't stay away."""
    rated = (
        update(Booking)
        .where(
            Booking.id == booking_id,
            Booking.user_id == user_id,
            Booking.status.in_(("booked", "attended")),
        )
        .values(rating=stars)
        .returning(Booking.id)
    )
    return await session.scalar(rated) is not None


async def set_reminders(
    session: AsyncSession, booking: Booking, event: Event, now: datetime
) -> None:
    """Sets what is told of a booking before and after it; what is too late by now is lifted. Who
    entered a draw need not be there."""
    if event.item.type not in EVENT_TYPES:
        return
    due = {AFTERWARDS: event.ends_at}
    if event.starts_at is not None:
        due |= {kind: event.starts_at - before for kind, before in BEFORE.items()}
    rows = [
        (kind, about(booking.id), at, booking.user_id)
        for kind, at in due.items()
        if at is not None and at > now
    ]
    await deadlines.set_each(session, rows, now)
    if past := [kind for kind, at in due.items() if at is None or at <= now]:
        await deadlines.lift(session, about(booking.id), past, now)


async def with_code(session: AsyncSession, code: str) -> Booking | None:
    found: Booking | None = await session.scalar(select(Booking).where(Booking.code == code))
    return found


async def get(session: AsyncSession, booking_id: int) -> Booking | None:
    return await session.get(Booking, booking_id)


def _live(
    user_id: int | ColumnElement[int], item_id: str | ColumnElement[str]
) -> ColumnElement[bool]:
    return and_(
        Booking.user_id == user_id,
        Booking.item_id == item_id,
        # As the partial index has it.
        Booking.status != literal_column("'cancelled'"),
    )


async def live(session: AsyncSession, user_id: int, item_id: str) -> Booking | None:
    """A person's booking of an item that isn't cancelled."""
    query = select(Booking).where(_live(user_id, item_id))
    found: Booking | None = await session.scalar(query)
    return found


async def live_event(
    session: AsyncSession, user_id: int, item_id: str
) -> tuple[Booking | None, Event | None]:
    """As `live`, with when and where."""
    live = {"user": user_id, "item": item_id}
    found = (await session.execute(_LIVE_EVENT, live)).one_or_none()
    return (None, None) if found is None else (found[0], Event(found[1], found[2]))


async def of_user(session: AsyncSession, user_id: int) -> Sequence[tuple[Booking, Item]]:
    """What a person has a seat of. A seat that is held only isn't theirs yet."""
    query = (
        select(Booking, Item)
        .join(Item, Item.id == Booking.item_id)
        .where(Booking.user_id == user_id, Booking.status.not_in(("cancelled", "held")))
        .order_by(Item.starts_at.asc().nulls_last(), Booking.id)
    )
    return [(booking, item) for booking, item in (await session.execute(query)).all()]


async def open_items(session: AsyncSession, user_id: int) -> Sequence[str]:
    """The items that a person has a seat of, or holds one."""
    query = select(Booking.item_id).where(Booking.user_id == user_id, Booking.status.in_(OPEN))
    return (await session.scalars(query.order_by(Booking.item_id))).all()


async def with_events(session: AsyncSession, user_id: int) -> Sequence[tuple[Booking, Event]]:
    """As `of_user`, of what people come to, with when and where, the soonest first."""
    query = _WITH_EVENT.where(
        Booking.user_id == user_id,
        Booking.status.not_in(("cancelled", "held")),
        Item.type.in_(EVENT_TYPES),
    )
    found = [(b, Event(item, slot)) for b, item, slot in (await session.execute(query)).all()]
    return sorted(found, key=lambda one: (str(one[1].starts_at or "~"), one[0].id))


async def _share_of(session: AsyncSession, booking_id: int) -> None:
    """Keeps a booking's item, its slots and seats as they are until this transaction ends. Those
    who confirm don't wait for each other, as who takes seats does (`seats.lock`)."""
    if session.get_bind().dialect.name != "sqlite":
        await session.execute(_SHARE_OF, {"booking": booking_id})


# Made once, as those of `seats`.
_SHARE_OF = (
    select(Item.id)
    .where(
        Item.id
        == select(Booking.item_id).where(Booking.id == bindparam("booking")).scalar_subquery()
    )
    .with_for_update(read=True)
)
_WITH_EVENT = (
    select(Booking, Item, Slot)
    .join(Item, Item.id == Booking.item_id)
    .outerjoin(Slot, Slot.id == Booking.slot_id)
)
_THEIRS = (
    _WITH_EVENT.where(Booking.id == bindparam("booking"), Booking.user_id == bindparam("user"))
    .execution_options(populate_existing=True)
    .with_for_update(of=Booking, key_share=True)
)
_LIVE_EVENT = _WITH_EVENT.where(_live(bindparam("user"), bindparam("item")))


async def _booked(
    session: AsyncSession, booking: Booking, now: datetime, event: Event | None = None
) -> None:
    """Gives a booking its ticket, and sets its reminders."""
    event = event or await events.get(session, booking.item_id, booking.slot_id)
    if event is None:
        raise LookupError(f"booking {booking.id} is of nothing")
    if event.item.type in EVENT_TYPES:
        booking.code = booking.code or secrets.token_urlsafe(16)
    booking.told = event.told()
    await session.flush()
    await set_reminders(session, booking, event, now)


async def _cancel(session: AsyncSession, item_id: str, now: datetime, *which: Any) -> bool:
    await seats.lock(session, item_id)
    cancelled = (
        update(Booking)
        .where(*which)
        .values(status="cancelled", changed_at=now, sequence=Booking.sequence + 1)
        .returning(Booking.id, Booking.slot_id)
    )
    found = (await session.execute(cancelled)).one_or_none()
    if found is None:
        return False
    kinds = (HOLD_ENDS, *BEFORE, AFTERWARDS, CHANGED)
    await deadlines.lift(session, about(found.id), kinds, now)
    await seats.free(session, item_id, found.slot_id, now)
    return True
