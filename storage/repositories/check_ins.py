"""Who came, and the log of the door."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import EVENT_TYPES, Booking, CheckIn, Item, Slot, User

# What a booking may be before it is marked so; who is late comes after having been missed.
BEFORE = {"attended": ("booked", "no_show"), "no_show": ("booked",)}


async def mark(session: AsyncSession, booking_id: int, status: str, now: datetime) -> bool:
    """Marks a booking "attended" or "no_show". False where it was before, or isn't booked."""
    marked = (
        update(Booking)
        .where(Booking.id == booking_id, Booking.status.in_(BEFORE[status]))
        .values(status=status, changed_at=now)
        .returning(Booking.id)
    )
    return await session.scalar(marked) is not None


async def begun(
    session: AsyncSession, since: datetime, now: datetime
) -> Sequence[tuple[int, Item, Slot | None, int]]:
    """The events that began since then with somebody who isn't marked yet, the last first: (one of
    these bookings, item, slot, how many)."""
    starts_at = func.coalesce(Slot.starts_at, Item.starts_at)
    missing = (
        select(func.min(Booking.id).label("id"), func.count().label("count"))
        .where(Booking.status == "booked")
        .group_by(Booking.item_id, Booking.slot_id)
        .subquery()
    )
    query = (
        select(Booking.id, Item, Slot, missing.c.count)
        .join(missing, missing.c.id == Booking.id)
        .join(Item, Item.id == Booking.item_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(starts_at > since, starts_at <= now, Item.type.in_(EVENT_TYPES))
        .order_by(starts_at.desc(), Booking.id)
    )
    found = (await session.execute(query)).all()
    return [(booking, item, slot, count) for booking, item, slot, count in found]


async def missing(session: AsyncSession, of: Booking) -> Sequence[tuple[Booking, str]]:
    """Who isn't marked yet of the event of a booking, with their names."""
    query = (
        select(Booking, User.first_name)
        .join(User, User.id == Booking.user_id)
        .where(
            Booking.item_id == of.item_id,
            Booking.slot_id.is_not_distinct_from(of.slot_id),
            Booking.status == "booked",
        )
        .order_by(User.first_name, Booking.id)
    )
    return [(booking, name) for booking, name in (await session.execute(query)).all()]


async def note(
    session: AsyncSession, booking: Booking | None, staff_id: int, outcome: str, now: datetime
) -> None:
    session.add(
        CheckIn(
            booking_id=booking.id if booking else None,
            user_id=booking.user_id if booking else None,
            staff_id=staff_id,
            outcome=outcome,
            at=now,
        )
    )
