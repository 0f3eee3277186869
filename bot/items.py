"""Showing one item to one person."""

from aiogram.types import Message

from activities.items import find, standing
from bot.cards import detail_buttons, item_form
from bot.people import Person
from services.attribution import came_by_button
from wording.items import described


async def show_item(message: Message, person: Person, item_id: str, origin: str) -> None:
    """Sends the item's full card and notes the view."""
    item = await find(person, item_id)
    has = await standing(person, item_id)
    # What was taken off sale stays there for those who have it.
    if item is None or not (item.active or has.may_read or has.booked):
        await message.answer(person.texts("item-gone"))
        return
    buttons = detail_buttons(item, person.texts, origin, has, person.now)
    card = described(item, person.texts, full=True, now=person.now)
    await person.show(message, item_form(card, buttons, person.texts))
    await came_by_button(person, origin, item.id)
    await person.note("viewed", "item", item.id)
