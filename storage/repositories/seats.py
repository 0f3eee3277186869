"""Seats: taken, given back, and passed on to who waits; with slots or without.

Each function takes its item's row first, so that all that happens to one item's seats comes one
after the other, and nobody waits for another in a circle. A seat that comes free is not free for
anybody while somebody waits for it: it is kept for the first in line.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, Item, Slot, Waiting
from storage.repositories import deadlines, events, items

# How long an offered seat is kept; never past the start.
OFFER = timedelta(hours=2)
OFFERED, LAPSES = "seat-offered", "offer-lapses"


async def lock(session: AsyncSession, item_id: str) -> None:
    """Has this transaction alone deal with an item's seats. On SQLite, one that writes does so."""
    if session.get_bind().dialect.name != "sqlite":
        # Not against foreign keys: a new row that refers to the item needs no turn.
        mine = select(Item.id).where(Item.id == item_id).with_for_update(key_share=True)
        await session.execute(mine)


@dataclass(frozen=True, slots=True)
class Look:
    """What decides whether somebody can have a seat of a slot, as it is just now."""

    item_id: str
    starts_at: datetime
    active: bool
    price_stars: int
    room: bool
    """Whether a seat is free, or `kept` for them after the line."""
    kept: bool
    booking_id: int | None
    status: str | None
    """Of their booking of the item, and which slot it is of."""
    slot_id: int | None


async def look(session: AsyncSession, user_id: int, slot_id: int) -> Look | None:
    """In one statement, since most who come to a rush find nothing left. None: no such slot."""
    found = (await session.execute(_LOOK, {"user": user_id, "slot": slot_id})).one_or_none()
    if found is None:
        return None
    room = found.seats_taken < found.capacity or found.kept
    return Look(
        found.item_id,
        found.starts_at,
        found.active and found.on_sale,
        found.price_stars,
        room,
        found.kept,
        found.booking_id,
        found.status,
        found.of_slot,
    )


_LOOK = (
    select(
        Slot.item_id,
        Slot.starts_at,
        Slot.active,
        Slot.seats_taken,
        Slot.capacity,
        Item.active.label("on_sale"),
        Item.price_stars,
        Booking.id.label("booking_id"),
        Booking.status,
        Booking.slot_id.label("of_slot"),
        exists()
        .where(
            Waiting.user_id == bindparam("user"),
            Waiting.item_id == Slot.item_id,
            Waiting.status == literal_column("'offered'"),
            Waiting.offered_slot_id == Slot.id,
        )
        .label("kept"),
    )
    .join(Item, Item.id == Slot.item_id)
    .outerjoin(
        Booking,
        and_(
            Booking.user_id == bindparam("user"),
            Booking.item_id == Slot.item_id,
            Booking.status != literal_column("'cancelled'"),
        ),
    )
    .where(Slot.id == bindparam("slot"))
)


async def take(
    session: AsyncSession,
    user_id: int,
    item_id: str,
    slot_id: int | None,
    now: datetime,
    *,
    kept: bool = True,
) -> bool:
    """Takes a seat: the one that is kept for this person, or a free one. Without `kept` there is
    none for them."""
    await lock(session, item_id)
    if not kept:
        return await _take(session, item_id, slot_id, now)
    mine = (
        update(Waiting)
        .where(
            Waiting.user_id == user_id,
            Waiting.item_id == item_id,
            Waiting.status == "offered",
            Waiting.offered_slot_id.is_not_distinct_from(slot_id),
        )
        .values(status="accepted", changed_at=now)
        .returning(Waiting.id)
    )
    if (waiting_id := await session.scalar(mine)) is not None:
        await deadlines.lift(session, about(waiting_id), (OFFERED, LAPSES), now)
        event = await events.get(session, item_id, slot_id)
        if event is not None and event.on_offer(now):
            return True
        await free(session, item_id, slot_id, now)
        return False
    return await _take(session, item_id, slot_id, now)


async def free(session: AsyncSession, item_id: str, slot_id: int | None, now: datetime) -> None:
    """Gives a seat back: to the first in line, else to all."""
    await lock(session, item_id)
    if slot_id is None:
        await items.free_seat(session, item_id)
    else:
        await session.execute(
            update(Slot)
            .where(Slot.id == slot_id, Slot.seats_taken > 0)
            .values(seats_taken=Slot.seats_taken - 1)
        )
        await recount(session, item_id)
    await offer(session, item_id, slot_id, now)


async def offer(session: AsyncSession, item_id: str, slot_id: int | None, now: datetime) -> int:
    """Keeps the free seats for the first in line, one each. Returns how many these were."""
    offered = 0
    while (waiter := await _first(session, item_id, slot_id)) is not None:
        if not await _take(session, item_id, slot_id, now):
            break
        event = await events.get(session, item_id, slot_id)
        starts_at = event.starts_at if event else None
        until = min(now + OFFER, starts_at or now + OFFER)
        await session.execute(
            update(Waiting)
            .where(Waiting.id == waiter.id)
            .values(status="offered", offered_slot_id=slot_id, offered_until=until, changed_at=now)
        )
        for kind, due in ((OFFERED, now), (LAPSES, until)):
            await deadlines.set_at(session, kind, about(waiter.id), due, now, waiter.user_id)
        offered += 1
    return offered


def about(waiting_id: int) -> str:
    return f"waiting:{waiting_id}"


async def recount(session: AsyncSession, item_id: str) -> None:
    """Has the item's seats be those of its slots."""
    await session.execute(_RECOUNT, {"item": item_id})


def counted(item_id: str | ColumnElement[str]) -> tuple[ColumnElement[bool], ...]:
    """The slots that an item's numbers are of."""
    return Slot.item_id == item_id, Slot.active.is_(True), Slot.over.is_(False)


async def _take(session: AsyncSession, item_id: str, slot_id: int | None, now: datetime) -> bool:
    """One statement decides, so that races can't oversell; the sums follow."""
    if slot_id is None:
        return await items.take_seat(session, item_id, now)
    taken = await session.scalar(_TAKE, {"item": item_id, "slot": slot_id, "now": now})
    if taken is None:
        return False
    await recount(session, item_id)
    return True


# Made once: to make them costs more than to run them, and who comes next to a rush waits for it.
_ITEM: ColumnElement[str] = bindparam("item")
_TAKE = (
    update(Slot)
    .where(
        Slot.id == bindparam("slot"),
        *counted(_ITEM),
        Slot.starts_at > bindparam("now"),
        Slot.seats_taken < Slot.capacity,
        exists().where(Item.id == _ITEM, Item.active.is_(True)),
    )
    .values(seats_taken=Slot.seats_taken + 1)
    .returning(Slot.id)
    .execution_options(synchronize_session="fetch")
)
_RECOUNT = (
    update(Item)
    .where(Item.id == _ITEM)
    .values(
        seats_taken=select(func.coalesce(func.sum(Slot.seats_taken), 0))
        .where(*counted(_ITEM))
        .scalar_subquery()
    )
    .execution_options(synchronize_session="fetch")
)


async def _first(session: AsyncSession, item_id: str, slot_id: int | None) -> Waiting | None:
    """The first in line for a seat; who has one there already isn't."""
    has_one = exists().where(
        Booking.user_id == Waiting.user_id,
        Booking.item_id == item_id,
        Booking.slot_id.is_not_distinct_from(slot_id),
        Booking.status != "cancelled",
    )
    query = (
        select(Waiting)
        .where(
            Waiting.item_id == item_id,
            Waiting.status == "waiting",
            or_(Waiting.slot_id.is_(None), Waiting.slot_id == slot_id),
            ~has_one,
        )
        .order_by(Waiting.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    found: Waiting | None = await session.scalar(query)
    return found
