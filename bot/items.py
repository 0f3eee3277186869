"""Showing one item to one person."""

from dataclasses import dataclass

from aiogram.types import Message

from bot.cards import card, detail_buttons
from bot.people import Person
from storage.models import Item
from storage.repositories import bookings, items, orders


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person has to do with an item."""

    owned: bool
    booked: bool


async def standing(person: Person, item_id: str) -> Standing:
    async with person.database.read() as session:
        owned = await orders.owned(session, person.id)
        booked = await bookings.of_user(session, person.id)
    return Standing(
        owned=any(item.id == item_id for _, item in owned),
        booked=any(item.id == item_id for _, item in booked),
    )


async def find(person: Person, item_id: str) -> Item | None:
    """The item if it is on offer, or was and belongs to this person."""
    async with person.database.read() as session:
        return await items.get(session, item_id)


async def show_item(message: Message, person: Person, item_id: str, origin: str) -> None:
    """Sends the item's full card and notes the view."""
    item = await find(person, item_id)
    if item is None or not item.active:
        await message.answer(person.texts("item-gone"))
        return
    has = await standing(person, item.id)
    buttons = detail_buttons(item, person.texts, origin, owned=has.owned, booked=has.booked)
    await message.answer(card(item, person.texts, full=True), reply_markup=buttons)
    await person.note("viewed", "item", item.id)
