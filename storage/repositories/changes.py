"""What becomes of bookings whose time or place changes, or whose event is called off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import EVENT_TYPES, Booking, Item, Slot
from storage.repositories import bookings, deadlines
from storage.repositories.events import Event


@dataclass(frozen=True, slots=True)
class Changes:
    """How many bookings changed their time or place, and how many lost their event."""

    changed: int = 0
    called_off: int = 0


async def note(session: AsyncSession, item_ids: Sequence[str], now: datetime) -> Changes:
    """Sets what is to be told to those who booked these items, in the transaction that changed
    them; what they were told last says whether anything is news."""
    query = (
        select(Booking, Item, Slot)
        .join(Item, Item.id == Booking.item_id)
        .outerjoin(Slot, Slot.id == Booking.slot_id)
        .where(Booking.item_id.in_(item_ids), Booking.status == "booked")
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    )
    changed = called_off = 0
    for booking, item, slot in (await session.execute(query)).all():
        event = Event(item, slot)
        about = bookings.about(booking.id)
        if event.begun(now):
            continue
        if is_called_off(event):
            kinds = (*bookings.BEFORE, bookings.AFTERWARDS, bookings.CHANGED)
            await deadlines.lift(session, about, kinds, now)
            await _set(session, bookings.CALLED_OFF, booking, now)
            called_off += 1
            continue
        # It may have been called off, and on again before anybody was told.
        await deadlines.lift(session, about, [bookings.CALLED_OFF], now)
        if booking.told is None:
            booking.told = event.told()
        elif booking.told != event.told():
            await _set(session, bookings.CHANGED, booking, now)
            changed += 1
        await bookings.set_reminders(session, booking, event, now)
    return Changes(changed, called_off)


def is_called_off(event: Event) -> bool:
    """An event that was announced takes place, or is called off. Others are only not sold on."""
    return not event.active and event.item.type in EVENT_TYPES


async def _set(session: AsyncSession, kind: str, booking: Booking, now: datetime) -> None:
    await deadlines.set_at(session, kind, bookings.about(booking.id), now, now, booking.user_id)
