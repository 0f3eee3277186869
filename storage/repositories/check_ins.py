"""Who came, and the log of the door."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, CheckIn

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
