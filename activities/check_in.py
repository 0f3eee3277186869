"""The door: a ticket lets its person in once, on its day; who looked at which is kept."""

from dataclasses import dataclass
from typing import Literal

from services.clock import ZONE
from services.people import Person
from services.permissions import may
from storage.models import Booking
from storage.repositories import bookings, check_ins, events, signals, users
from storage.repositories.events import Event

Outcome = Literal["attended", "already", "wrong_day", "cancelled", "unknown", "no_show", "refused"]


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
            outcome = "wrong_day"
            if _fits(event, staff, wanted):
                done = await check_ins.mark(session, booking.id, wanted, staff.now)
                outcome = wanted if done else "already"
        await check_ins.note(session, booking, staff.id, outcome, staff.now)
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
