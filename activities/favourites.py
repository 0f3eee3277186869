"""Favourites: a person's own list of things, which needs no consent to be kept."""

from collections.abc import Sequence
from typing import Literal, cast

from activities.items import find
from services.people import Person
from storage.models import Item
from storage.repositories import favourites

Toggled = Literal["marked", "unmarked", "full", "gone"]


async def toggle(person: Person, item_id: str) -> Toggled:
    """Puts an item on the person's list, or takes it off; a mark is also a like, if they agreed
    to have such noted."""
    if await find(person, item_id) is None:
        return "gone"
    async with person.database.write() as session:
        outcome = await favourites.toggle(session, person.id, item_id, person.now)
    if outcome == "marked":
        await person.note("liked", "item", item_id)
    return cast(Toggled, outcome)


async def page(person: Person, offset: int, limit: int) -> tuple[int, Sequence[Item]]:
    """How many there are, and some of them, the newest first."""
    async with person.database.read() as session:
        return await favourites.count(session, person.id), await favourites.page(
            session, person.id, offset, limit
        )
