"""The door: a ticket lets its person in once, on its day; who looked at which is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import ZONE
from services.people import Person
from services.permissions import may
from storage.models import Booking
from storage.repositories import bookings, check_ins, events, signals, users
from storage.repositories.events import Event

Outcome = Literal[
    "attended", "already", "wrong_day", "cancelled", "unknown", "no_show", "refused", "not_begun"
]


# So long after an event began, who didn't come is asked for.
ASKED_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Missing:
    """Who hasn't come to an event that has begun; `of` is one of its bookings."""

    of: int
    event: Event
    guests: Sequence[tuple[Booking, str]]
    """Each booking with its person's name."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of a look at a ticket, and whose it is."""

    outcome: Outcome
    booking: Booking | None = None
    event: Event | None = None
    name: str = ""


async def let_in(staff: Person, code: str) -> Looked:
    return await _look(staff, code, "attended")


async def mark_absent(staff: Person, code: str) -> Looked:
    """Marks who didn't come, once it has begun."""
    return await _look(staff, code, "no_show")


async def lately_begun(staff: Person) -> Sequence[tuple[int, Event, int]]:
    """Events that began lately, and how many haven't come: (one of these bookings, event, how
    many)."""
    if not may(staff.row, "check-in"):
        return []
    async with staff.database.read() as session:
        found = await check_ins.begun(session, staff.now - ASKED_FOR, staff.now)
    return [(booking, Event(item, slot), count) for booking, item, slot, count in found]


async def who_is_missing(staff: Person, of: int) -> Missing | None:
    """Of the event of a booking; None where there is none, or it hasn't begun."""
    if not may(staff.row, "check-in"):
        return None
    async with staff.database.read() as session:
        return await _missing(session, staff, of)


async def mark_missing(staff: Person, of: int, booking_id: int | None = None) -> int:
    """Marks one of who is missing, or all of them. Returns how many weren't marked before."""
    if not may(staff.row, "check-in"):
        return 0
    marked = 0
    async with staff.database.write() as session:
        missing = await _missing(session, staff, of)
        for booking, _ in missing.guests if missing else ():
            if booking_id in (None, booking.id):
                done = await check_ins.mark(session, booking.id, "no_show", staff.now)
                kept = "no_show" if done else "already"
                await check_ins.note(session, booking, staff.id, kept, staff.now)
                marked += done
    return marked


async def _missing(session: AsyncSession, staff: Person, of: int) -> Missing | None:
    booking = await bookings.get(session, of)
    if booking is None:
        return None
    event = await events.get(session, booking.item_id, booking.slot_id)
    if event is None or not event.begun(staff.now):
        return None
    return Missing(of, event, await check_ins.missing(session, booking))


async def own_ticket(person: Person, code: str) -> Booking | None:
    """The booking of a code, if it is this person's."""
    async with person.database.read() as session:
        booking = await bookings.with_code(session, code)
    return booking if booking is not None and booking.user_id == person.id else None


async def _look(staff: Person, code: str, wanted: Literal["attended", "no_show"]) -> Looked:
    if not may(staff.row, "check-in"):
        return Looked("refused")
    async with staff.database.write() as session:
        booking = await bookings.with_code(session, code)
        if booking is None:
            await check_ins.note(session, None, staff.id, "unknown", staff.now)
            return Looked("unknown")
        event = await events.get(session, booking.item_id, booking.slot_id)
        guest = await users.get(session, booking.user_id)
        outcome: Outcome = "cancelled"
        if booking.status != "cancelled" and event is not None:
            outcome = "not_begun" if wanted == "no_show" else "wrong_day"
            if _fits(event, staff, wanted):
                done = await check_ins.mark(session, booking.id, wanted, staff.now)
                outcome = wanted if done else "already"
        kept = "wrong_day" if outcome == "not_begun" else outcome
        await check_ins.note(session, booking, staff.id, kept, staff.now)
        if outcome == "attended":
            await signals.record(session, [_attended(booking, staff)])
    return Looked(outcome, booking, event, guest.first_name if guest else "")


def _fits(event: Event, staff: Person, wanted: str) -> bool:
    """Whether it is the day, as the place counts days; nobody is absent before it begins."""
    if wanted == "no_show":
        return event.begun(staff.now)
    if event.starts_at is None or event.ends_at is None:
        return True
    today = staff.now.astimezone(ZONE).date()
    return event.starts_at.astimezone(ZONE).date() <= today <= event.ends_at.astimezone(ZONE).date()


def _attended(booking: Booking, staff: Person) -> dict[str, object]:
    return {
        "user_id": booking.user_id,
        "verb": "attended",
        "object_type": "item",
        "object_id": booking.item_id,
        "value": None,
        "source": "bot",
        "occurred_at": staff.now,
        "idempotency_key": f"booking:{booking.id}:attended",
    }
