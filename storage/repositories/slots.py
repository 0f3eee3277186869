"""The times of an item: listed, brought in from a catalogue file, and left behind as they begin."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, Item, Slot, Waiting
from storage.repositories import deadlines, seats
from storage.repositories.items import SeatsTaken

BEGINS = "slot-begins"


class StillBooked(Exception):
    """Items that are to have slots, and have bookings that are of none; `bookings` by item."""

    def __init__(self, bookings: Mapping[str, int]) -> None:
        super().__init__(", ".join(bookings))
        self.bookings = bookings


async def get(session: AsyncSession, slot_id: int) -> Slot | None:
    return await session.get(Slot, slot_id)


async def coming(
    session: AsyncSession,
    item_id: str,
    now: datetime,
    offset: int = 0,
    limit: int = 100,
    *,
    first_city: str | None = None,
) -> Sequence[Slot]:
    """The times that can still be had or waited for: those of one city first, then by date."""
    elsewhere = case((Slot.city == first_city, 0), else_=1) if first_city else literal(0)
    query = select(Slot).where(*_coming(item_id, now)).order_by(elsewhere, Slot.starts_at, Slot.id)
    return (await session.scalars(query.offset(offset).limit(limit))).all()


async def count_coming(session: AsyncSession, item_id: str, now: datetime) -> int:
    query = select(func.count()).select_from(Slot).where(*_coming(item_id, now))
    return await session.scalar(query) or 0


def _coming(item_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return *seats.counted(item_id), Slot.starts_at > now


async def has_any(session: AsyncSession, item_id: str) -> bool:
    """Whether seats of an item are those of its slots."""
    query = select(Slot.id).where(Slot.item_id == item_id, Slot.active.is_(True)).limit(1)
    return await session.scalar(query) is not None


async def with_slots(session: AsyncSession, item_ids: Sequence[str]) -> Sequence[str]:
    """Those of the items that have slots."""
    query = select(Slot.item_id).where(Slot.item_id.in_(item_ids), Slot.active.is_(True))
    return (await session.scalars(query.distinct().order_by(Slot.item_id))).all()


async def by_item(session: AsyncSession, item_ids: Sequence[str]) -> Mapping[str, Sequence[Slot]]:
    """The active slots of items, by date."""
    query = select(Slot).where(Slot.item_id.in_(item_ids), Slot.active.is_(True))
    found: dict[str, list[Slot]] = {}
    for slot in await session.scalars(query.order_by(Slot.starts_at, Slot.id)):
        found.setdefault(slot.item_id, []).append(slot)
    return found


async def save(
    session: AsyncSession, rows: Mapping[str, Sequence[Mapping[str, Any]]], now: datetime
) -> None:
    """Has each of these items have these slots: matched by name, else by start, and those that
    aren't named any more are taken off. An item's rows must be saved before.

    Raises SeatsTaken or StillBooked, and saves nothing then.
    """
    await _refuse_loose(session, [item for item, slots in rows.items() if slots])
    over: dict[str, tuple[int, int]] = {}
    for item_id in sorted(rows):
        await seats.lock(session, item_id)
        query = select(Slot).where(Slot.item_id == item_id).order_by(Slot.starts_at, Slot.id)
        there = list((await session.scalars(query)).all())
        if not there and not rows[item_id]:
            continue
        kept = _match(there, rows[item_id])
        for row, slot in zip(rows[item_id], kept, strict=True):
            if slot is not None and slot.seats_taken > row["capacity"]:
                over[f"{item_id} {row['starts_at']:%Y-%m-%d %H:%M}"] = (
                    row["capacity"],
                    slot.seats_taken,
                )
        if not over:
            await _write(session, item_id, there, kept, rows[item_id], now)
    if over:
        raise SeatsTaken(over)


async def _write(
    session: AsyncSession,
    item_id: str,
    there: Sequence[Slot],
    kept: Sequence[Slot | None],
    rows: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    for row, slot in zip(rows, kept, strict=True):
        values = {**row, "item_id": item_id, "over": row["starts_at"] <= now}
        if slot is None:
            session.add(Slot(**values, seats_taken=0))
        else:
            for name, value in values.items():
                setattr(slot, name, value)
    for slot in there:
        # What has begun stays as it was, unless the item has a date of its own from now on.
        if slot not in kept and not (slot.over and rows):
            slot.active = False
    await session.flush()
    await follow(session, item_id, now)
    query = select(Slot).where(Slot.item_id == item_id, Slot.over.is_(False))
    for slot in (await session.scalars(query)).all():
        if slot.active:
            about = _about(slot.id)
            await deadlines.set_at(session, BEGINS, about, slot.starts_at, now)
            await seats.offer(session, item_id, slot.id, now)
        else:
            await deadlines.lift(session, _about(slot.id), [BEGINS], now)


def _match(there: Sequence[Slot], rows: Sequence[Mapping[str, Any]]) -> list[Slot | None]:
    """The slot that each row is of; None for a new one."""
    left = list(there)
    found: list[Slot | None] = [None] * len(rows)
    for same in (_same_name, _same_start):
        for n, row in enumerate(rows):
            if found[n] is None:
                found[n] = next((slot for slot in left if same(slot, row)), None)
                if (match := found[n]) is not None:
                    left.remove(match)
    return found


def _same_name(slot: Slot, row: Mapping[str, Any]) -> bool:
    return row["name"] is not None and slot.name == row["name"]


def _same_start(slot: Slot, row: Mapping[str, Any]) -> bool:
    """Of two names each keeps its own; who has none yet is told by the start."""
    named_apart = None not in (slot.name, row["name"]) and slot.name != row["name"]
    return bool(slot.starts_at == row["starts_at"]) and not named_apart


async def _refuse_loose(session: AsyncSession, item_ids: Sequence[str]) -> None:
    query = (
        select(Booking.item_id, func.count())
        .where(
            Booking.item_id.in_(item_ids),
            Booking.slot_id.is_(None),
            Booking.status.in_(("held", "booked")),
        )
        .group_by(Booking.item_id)
    )
    if loose := {item: number for item, number in (await session.execute(query)).all()}:
        raise StillBooked(loose)


async def follow(session: AsyncSession, item_id: str, now: datetime) -> None:
    """Has an item's date, room and seats be those of its coming slots; without active slots it has
    its own, and no seat of theirs."""
    if not await has_any(session, item_id):
        await session.execute(update(Item).where(Item.id == item_id).values(seats_taken=0))
        return
    which = seats.counted(item_id)
    first = select(Slot).where(*which).order_by(Slot.starts_at, Slot.id).limit(1)
    last = (
        select(Slot)
        .where(Slot.item_id == item_id, Slot.active.is_(True))
        .order_by(Slot.starts_at.desc(), Slot.id)
        .limit(1)
    )
    next_: Slot | None = await session.scalar(first) or await session.scalar(last)
    sums = select(
        func.coalesce(func.sum(Slot.capacity), 0), func.coalesce(func.sum(Slot.seats_taken), 0)
    ).where(*which)
    capacity, taken = (await session.execute(sums)).one()
    await session.execute(
        update(Item)
        .where(Item.id == item_id)
        .values(
            capacity=capacity,
            seats_taken=taken,
            starts_at=next_.starts_at if next_ else None,
            ends_at=next_.ends_at if next_ else None,
            updated_at=now,
        )
    )


async def begin(session: AsyncSession, slot_id: int, now: datetime) -> None:
    """Leaves a slot behind that has begun: the item is its next ones from then on, and nobody waits
    for it any more."""
    slot = await session.get(Slot, slot_id)
    if slot is None:
        return
    await seats.lock(session, slot.item_id)
    begun = (
        update(Slot)
        .where(Slot.id == slot_id, Slot.starts_at <= now)
        .values(over=True)
        .returning(Slot.id)
    )
    if await session.scalar(begun) is None:
        return
    await session.execute(
        update(Waiting)
        .where(Waiting.slot_id == slot_id, Waiting.status == "waiting")
        .values(status="lapsed", changed_at=now)
    )
    await follow(session, slot.item_id, now)


def slot_of(about: str) -> int:
    return int(about.removeprefix("slot:"))


def _about(slot_id: int) -> str:
    return f"slot:{slot_id}"
