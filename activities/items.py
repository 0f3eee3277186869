"""What can be had of an item, and what a person has of it."""

from dataclasses import dataclass
from datetime import datetime

from services.people import Person
from storage.models import Booking, Item, Waiting
from storage.repositories import (
    bookings,
    events,
    favourites,
    items,
    learning,
    memberships,
    orders,
    slots,
    waiting,
)
from storage.repositories.events import Event

PLAYED_TYPES = ("game", "draw")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person has to do with an item."""

    owned: bool
    booked: bool
    # By a membership, for as long as its months are paid.
    opened: bool = False
    # Of a course: some of its lessons were read.
    begun: bool = False
    booking: Booking | None = None
    """Their seat, and `event`, when and where it is."""
    event: Event | None = None
    slotted: bool = False
    """Whether it is had at one of several times."""
    waiting: Waiting | None = None
    """Their place in the line."""
    favourite: bool = False

    @property
    def may_read(self) -> bool:
        return self.owned or self.opened


def has_begun(item: Item, now: datetime) -> bool:
    return item.starts_at is not None and item.starts_at <= now


def is_full(item: Item) -> bool:
    return item.capacity is not None and item.seats_taken >= item.capacity


async def find(person: Person, item_id: str) -> Item | None:
    async with person.database.read() as session:
        return await items.get(session, item_id)


async def standing(person: Person, item_id: str) -> Standing:
    async with person.database.read() as session:
        owned = await orders.owned(session, person.id)
        booking = await bookings.live(session, person.id, item_id)
        opened = await memberships.opens(session, person.id, item_id, person.now)
        favourite = await favourites.has(session, person.id, item_id)
        begun = await learning.has_begun(session, person.id, item_id)
        places = await waiting.of_user(session, person.id)
        if booking is not None and booking.status == "held":
            booking = None
        return Standing(
            owned=any(item.id == item_id for _, item in owned),
            opened=opened,
            booked=booking is not None,
            booking=booking,
            begun=begun,
            favourite=favourite,
            event=await events.get(session, item_id, booking.slot_id) if booking else None,
            slotted=await slots.has_any(session, item_id),
            waiting=next((place for place in places if place.item_id == item_id), None),
        )
