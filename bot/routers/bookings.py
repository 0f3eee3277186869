"""Booking a seat, cancelling it, and /my: what a person has."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import bookings
from activities.items import PLAYED_TYPES, standing
from activities.leads import Leads
from activities.shop import Shop
from bot.callbacks import ItemAct
from bot.items import refresh_item
from bot.lead_cards import offer_lead
from bot.my import all_that_is_had
from bot.people import Person
from bot.tickets import booking_card
from bot.times import times
from services.content.library import Library
from wording.events import clock_time
from wording.texts import Texts

router = Router(name="bookings")
NOT_BOOKED = {
    "already": "already-booked",
    "begun": "item-begun",
    "full": "booking-full",
    "unopened": "draw-unopened",
}


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
    if outcome == "times":
        if isinstance(query.message, Message):
            html, keyboard = await times(person, item.id, 0)
            await query.message.answer(html, reply_markup=keyboard)
        return
    if outcome != "booked":
        callback_answer.text = texts(NOT_BOOKED[outcome])
        callback_answer.show_alert = outcome != "already"
        await refresh_item(query, person, item.id, callback_data.origin)
        return
    played = item.type in PLAYED_TYPES
    title = texts.pick(item.title)
    callback_answer.text = texts("entered" if played else "booked", title=title)
    await refresh_item(query, person, item.id, callback_data.origin)
    if isinstance(query.message, Message):
        has = await standing(person, item.id)
        if not played and has.booking is not None and has.event is not None:
            html, keyboard = booking_card(has.booking, has.event, person)
            hint = texts("booking-hint")
            await query.message.answer(f"{html}\n{hint}", reply_markup=keyboard)
            await offer_lead(query.message, person, item, leads)
            return
        lines = [texts.html("entered-card", title=title)]
        if item.starts_at:
            lines.append(
                texts.html("booking-when", when=clock_time(item.starts_at, texts.zone, texts))
            )
        lines.append(texts("booking-hint"))
        await query.message.answer("\n".join(lines))


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
    if item is not None and item.type == "draw" and outcome == "cancelled":
        key = "draw-left"
    callback_answer.text = texts(key)
    if item is not None and outcome != "begun":
        await refresh_item(query, person, item.id, callback_data.origin)


@router.message(Command("my"))
async def my(message: Message, person: Person, library: Library) -> None:
    html, keyboard = await all_that_is_had(person, library)
    await message.answer(html, reply_markup=keyboard)
