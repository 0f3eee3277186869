"""What can be had of an item, and what a person has of it."""

from dataclasses import dataclass
from datetime import datetime

from services.people import Person
from storage.models import Item
from storage.repositories import bookings, favourites, items, memberships, orders

PLAYED_TYPES = ("game", "draw")


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person has to do with an item."""

    owned: bool
    booked: bool
    # By a membership, for as long as its months are paid.
    opened: bool = False
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
        booked = await bookings.of_user(session, person.id)
        opened = await memberships.opens(session, person.id, item_id, person.now)
        favourite = await favourites.has(session, person.id, item_id)
    return Standing(
        owned=any(item.id == item_id for _, item in owned),
        opened=opened,
        favourite=favourite,
        booked=any(item.id == item_id for _, item in booked),
    )
