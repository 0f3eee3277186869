"""Booking a seat, cancelling it, and /my: what a person has."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import bookings
from activities.items import PLAYED_TYPES, find, standing
from activities.leads import Leads
from activities.membership import held
from activities.shop import Shop
from bot.buttons import Buttons
from bot.callbacks import ItemAct
from bot.cards import detail_buttons, item_form
from bot.lead_cards import add_leads, handed_over, offer_lead
from bot.people import Person
from bot.routers.membership import add_renewal_button, held_line
from storage.models import Item
from wording.items import described, label, place
from wording.texts import Texts

router = Router(name="bookings")
NOT_BOOKED = {"already": "already-booked", "begun": "item-begun", "full": "booking-full"}


@router.callback_query(ItemAct.filter(F.act == "book"))
async def book(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    leads: Leads,
    callback_answer: CallbackAnswer,
) -> None:
    outcome, item = await bookings.book(person, callback_data.item)
    if item is None or outcome == "gone":
        callback_answer.text = texts("item-gone")
        return
    if outcome != "booked":
        callback_answer.text = texts(NOT_BOOKED[outcome])
        callback_answer.show_alert = outcome != "already"
        await _refresh_buttons(query, callback_data, person, item)
        return
    played = item.type in PLAYED_TYPES
    title = texts.pick(item.title)
    callback_answer.text = texts("entered" if played else "booked", title=title)
    await _refresh_buttons(query, callback_data, person, item)
    if isinstance(query.message, Message):
        lines = [texts.html("entered-card" if played else "booking-card", title=title)]
        if item.starts_at:
            lines.append(texts.html("booking-when", when=texts.when(item.starts_at)))
        if where := place(item, texts):
            lines.append(texts.html("booking-where", where=where))
        lines.append(texts("booking-hint"))
        await query.message.answer("\n".join(lines))
        await offer_lead(query.message, person, item, leads)


@router.callback_query(ItemAct.filter(F.act == "cancel"))
async def cancel(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    shop: Shop,
    callback_answer: CallbackAnswer,
) -> None:
    outcome, item = await bookings.cancel(person, callback_data.item, shop)
    key = {"cancelled": "cancelled", "begun": "item-begun", "none": "not-booked"}[outcome]
    callback_answer.text = texts(key)
    if item is not None and outcome != "begun":
        await _refresh_buttons(query, callback_data, person, item)


@router.message(Command("my"))
async def my(message: Message, person: Person, texts: Texts) -> None:
    mine, plans = await bookings.mine(person), await held(person)
    handed = await handed_over(person)
    if not mine and not plans and not handed:
        await message.answer(texts("my-empty"))
        return
    keyboard = Buttons()
    for item in mine:
        data = ItemAct(act="open", item=item.id, origin="my")
        keyboard.button(text=label(item, texts), callback_data=data)
    for each in plans:
        add_renewal_button(keyboard, each, texts)
    lines = [texts("my"), *(held_line(each, texts) for each in plans)]
    lines += add_leads(keyboard, handed, texts)
    await message.answer("\n\n".join(lines), reply_markup=keyboard.rows(1))


async def _refresh_buttons(
    query: CallbackQuery, callback_data: ItemAct, person: Person, item: Item
) -> None:
    """The card as it is for this person now: its seats and its buttons."""
    item = await find(person, item.id) or item
    has = await standing(person, item.id)
    card = described(item, person.texts, full=True, now=person.now)
    buttons = detail_buttons(item, person.texts, callback_data.origin, has, person.now)
    if isinstance(query.message, Message):
        form = item_form(card, buttons, person.texts)
        await person.show(query.message, form, free=[query.message.message_id])
