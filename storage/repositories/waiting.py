"""The line for a seat: joined, left, and what becomes of an offer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, Waiting
from storage.repositories import deadlines, events, seats
from storage.repositories.upserts import inserted

Joined = Literal["waiting", "already", "booked", "room", "gone"]
LIVE = ("waiting", "offered")


async def join(
    session: AsyncSession, user_id: int, item_id: str, slot_id: int | None, now: datetime
) -> Joined:
    """Gets into the line; only where no seat is left."""
    await seats.lock(session, item_id)
    event = await events.get(session, item_id, slot_id)
    if event is None or not event.on_offer(now):
        return "gone"
    has_one = select(Booking.id).where(
        Booking.user_id == user_id,
        Booking.item_id == item_id,
        Booking.slot_id.is_not_distinct_from(slot_id),
        Booking.status != "cancelled",
    )
    if await session.scalar(has_one) is not None:
        return "booked"
    if event.seats_left != 0:
        return "room"
    row = {
        "user_id": user_id,
        "item_id": item_id,
        "slot_id": slot_id,
        "status": "waiting",
        "created_at": now,
        "changed_at": now,
    }
    return "waiting" if await inserted(session, Waiting, [row]) else "already"


async def leave(session: AsyncSession, waiting_id: int, user_id: int, now: datetime) -> bool:
    """Gives up the place, and the seat that was offered. False where there is none."""
    row = await _of(session, waiting_id)
    if row is None or row.user_id != user_id:
        return False
    if await _end(session, row, "waiting", "left", now):
        return True
    return await _give_up(session, row, "declined", now)


async def lapse(session: AsyncSession, waiting_id: int, now: datetime) -> Waiting | None:
    """Passes on a seat that was offered and not taken in time. None where there is none."""
    row = await _of(session, waiting_id)
    if row is None or row.offered_until is None or row.offered_until > now:
        return None
    return row if await _give_up(session, row, "lapsed", now) else None


async def refuse(session: AsyncSession, waiting_id: int, now: datetime) -> None:
    """Passes on a seat whose offer reaches nobody."""
    row = await _of(session, waiting_id)
    if row is not None:
        await _give_up(session, row, "declined", now)


async def get(session: AsyncSession, waiting_id: int) -> Waiting | None:
    return await session.get(Waiting, waiting_id)


async def of_user(session: AsyncSession, user_id: int) -> Sequence[Waiting]:
    """A person's places in lines, and what is offered to them."""
    query = (
        select(Waiting)
        .where(Waiting.user_id == user_id, Waiting.status.in_(LIVE))
        .order_by(Waiting.id)
    )
    return (await session.scalars(query)).all()


async def position(session: AsyncSession, row: Waiting) -> int:
    """1 for who is offered the next seat that fits."""
    same = or_(Waiting.slot_id.is_(None), Waiting.slot_id == row.slot_id)
    query = select(func.count()).where(
        Waiting.item_id == row.item_id,
        Waiting.status == "waiting",
        Waiting.id <= row.id,
        *((same,) if row.slot_id is not None else ()),
    )
    return await session.scalar(query) or 1


async def _of(session: AsyncSession, waiting_id: int) -> Waiting | None:
    """The row as it is once nobody else deals with its item's seats."""
    row = await session.get(Waiting, waiting_id)
    if row is None:
        return None
    await seats.lock(session, row.item_id)
    await session.refresh(row)
    return row


async def _end(session: AsyncSession, row: Waiting, was: str, status: str, now: datetime) -> bool:
    ended = (
        update(Waiting)
        .where(Waiting.id == row.id, Waiting.status == was)
        .values(status=status, changed_at=now)
        .returning(Waiting.id)
    )
    return await session.scalar(ended) is not None


async def _give_up(session: AsyncSession, row: Waiting, status: str, now: datetime) -> bool:
    if not await _end(session, row, "offered", status, now):
        return False
    await deadlines.lift(session, seats.about(row.id), (seats.OFFERED, seats.LAPSES), now)
    await seats.free(session, row.item_id, row.offered_slot_id, now)
    return True
