"""Showing one item to one person."""

from aiogram.types import CallbackQuery, Message

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
    await person.show(message, item_form(card, buttons, person.texts, item.id))
    await came_by_button(person, origin, item.id)
    await person.note("viewed", "item", item.id)


async def refresh_item(query: CallbackQuery, person: Person, item_id: str, origin: str) -> None:
    """The card under a button as it is for this person now: its seats and its buttons."""
    item = await find(person, item_id)
    if item is None or not isinstance(query.message, Message):
        return
    has = await standing(person, item.id)
    card = described(item, person.texts, full=True, now=person.now)
    buttons = detail_buttons(item, person.texts, origin, has, person.now)
    form = item_form(card, buttons, person.texts, item.id)
    await person.show(query.message, form, free=[query.message.message_id])
