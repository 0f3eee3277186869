"""The line for a seat, for who finds none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.people import Person
from storage.models import Booking, Waiting
from storage.repositories import bookings, events, slots, waiting
from storage.repositories.events import Event

Taken = Literal["booked", "moved", "buy", "gone"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the line: `number` 1 is next; of an offer, the event is what is offered."""

    row: Waiting
    event: Event
    number: int


async def join(person: Person, item_id: str, slot_id: int | None = None) -> waiting.Joined:
    """Of a slot, or of an item: of any of its slots where it has some."""
    async with person.database.write() as session:
        return await waiting.join(session, person.id, item_id, slot_id, person.now)


async def join_slot(person: Person, slot_id: int) -> tuple[waiting.Joined, str | None]:
    """As `join`, with the item's id."""
    async with person.database.read() as session:
        slot = await slots.get(session, slot_id)
    if slot is None:
        return "gone", None
    return await join(person, slot.item_id, slot_id), slot.item_id


async def leave(person: Person, waiting_id: int) -> bool:
    """Gives up the place, or refuses what was offered."""
    async with person.database.write() as session:
        return await waiting.leave(session, waiting_id, person.id, person.now)


async def accept(person: Person, waiting_id: int) -> tuple[Taken, Booking | None, Event | None]:
    """Takes the seat that is offered; an earlier one of the same item is given back for it.

    "moved": they had booked an earlier one; "buy": it has a price, and is kept for them meanwhile;
    "gone": it isn't offered any more.
    """
    async with person.database.write() as session:
        row = await waiting.get(session, waiting_id)
        if row is None or row.user_id != person.id or row.status != "offered":
            return "gone", None, None
        slot_id = row.offered_slot_id
        event = await events.get(session, row.item_id, slot_id)
        has = await bookings.live(session, person.id, row.item_id)
        new = has is None or has.status == "held"
        if event is not None and event.item.price_stars and has is None:
            return "buy", None, event
        if has is not None and slot_id is not None:
            outcome = await bookings.move(session, person.id, row.item_id, slot_id, person.now)
            if outcome == "moved" and has.status == "held":
                await bookings.confirm(session, has.id, person.id, person.now)
        else:
            outcome = await bookings.book(
                session, person.id, row.item_id, person.now, slot_id=slot_id
            )
        booking = await bookings.live(session, person.id, row.item_id)
    if outcome not in ("booked", "moved") or booking is None:
        return "gone", booking, event
    if new:
        await person.note("booked", "item", booking.item_id)
    return "booked" if new else "moved", booking, event


async def places(person: Person) -> Sequence[Place]:
    """A person's places in lines of what hasn't begun."""
    async with person.database.read() as session:
        found = []
        for row in await waiting.of_user(session, person.id):
            of = row.offered_slot_id if row.status == "offered" else row.slot_id
            event = await events.get(session, row.item_id, of)
            if event is not None and event.on_offer(person.now):
                found.append(Place(row, event, await waiting.position(session, row)))
        return found
