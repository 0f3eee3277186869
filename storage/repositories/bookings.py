"""Bookings: a seat is taken and given back in the same transaction as its row."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, Item
from storage.repositories import items
from storage.repositories.upserts import insert_new


async def book(
    session: AsyncSession, user_id: int, item_id: str, now: datetime, *, seat_held: bool = False
) -> str:
    """Books a seat. Returns "booked", "already" (nothing changed), or "full" (no room, or over).

    With `seat_held`, the seat was taken earlier by a reserved order.
    """
    row = {
        "user_id": user_id,
        "item_id": item_id,
        "status": "booked",
        "created_at": now,
        "changed_at": now,
    }
    async with session.begin_nested() as savepoint:
        # The unique index decides between two taps; the seat is only taken by the one that wins.
        if not await insert_new(session, Booking, [row]):
            return "already"
        if not seat_held and not await items.take_seat(session, item_id, now):
            await savepoint.rollback()
            return "full"
    return "booked"


async def cancel(session: AsyncSession, user_id: int, item_id: str, now: datetime) -> bool:
    """Gives the seat back. False when there was no booking to cancel."""
    cancelled = (
        update(Booking)
        .where(Booking.user_id == user_id, Booking.item_id == item_id, Booking.status == "booked")
        .values(status="cancelled", changed_at=now)
        .returning(Booking.id)
    )
    if await session.scalar(cancelled) is None:
        return False
    await items.free_seat(session, item_id)
    return True


async def of_user(session: AsyncSession, user_id: int) -> Sequence[tuple[Booking, Item]]:
    query = (
        select(Booking, Item)
        .join(Item, Item.id == Booking.item_id)
        .where(Booking.user_id == user_id, Booking.status != "cancelled")
        .order_by(Item.starts_at.asc().nulls_last(), Booking.id)
    )
    return [(booking, item) for booking, item in (await session.execute(query)).all()]
