"""Showing one item to one person."""

from aiogram.types import Message

from bot.cards import Standing, card, detail_buttons
from bot.people import Person
from storage.models import Item
from storage.repositories import bookings, items, orders


async def standing(person: Person, item_id: str) -> Standing:
    async with person.database.read() as session:
        owned = await orders.owned(session, person.id)
        booked = await bookings.of_user(session, person.id)
    return Standing(
        owned=any(item.id == item_id for _, item in owned),
        booked=any(item.id == item_id for _, item in booked),
    )


async def find(person: Person, item_id: str) -> Item | None:
    async with person.database.read() as session:
        return await items.get(session, item_id)


async def show_item(message: Message, person: Person, item_id: str, origin: str) -> None:
    """Sends the item's full card and notes the view."""
    item = await find(person, item_id)
    has = await standing(person, item_id)
    # What was taken off sale stays there for those who have it.
    if item is None or not (item.active or has.owned or has.booked):
        await message.answer(person.texts("item-gone"))
        return
    buttons = detail_buttons(item, person.texts, origin, has, person.now)
    html = card(item, person.texts, full=True, now=person.now)
    await message.answer(html, reply_markup=buttons)
    await person.note("viewed", "item", item.id)
