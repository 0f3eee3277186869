"""Booking a seat, cancelling it, and /my: what a person has."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import ItemAct
from bot.cards import detail_buttons, label
from bot.items import standing
from bot.people import Person
from bot.texts import Texts
from storage.database import Database
from storage.models import Item
from storage.repositories import bookings, items, orders

router = Router(name="bookings")


@router.callback_query(ItemAct.filter(F.act == "book"))
async def book(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    database: Database,
    callback_answer: CallbackAnswer,
) -> None:
    async with database.write() as session:
        item = await items.get(session, callback_data.item)
        # Seats of paid events are only given out by a payment.
        outcome = "full"
        if item is not None and not item.price_stars:
            outcome = await bookings.book(session, person.id, item.id, person.now)
    if item is None or not item.active:
        callback_answer.text = texts("item-gone")
        return
    if outcome != "booked":
        callback_answer.text = texts("already-booked" if outcome == "already" else "booking-full")
        callback_answer.show_alert = outcome == "full"
        return
    callback_answer.text = texts("booked", title=texts.pick(item.title))[:200]
    await person.note("draw_entered" if item.type == "draw" else "booked", "item", item.id)
    await _refresh_buttons(query, callback_data, person, item)
    if isinstance(query.message, Message):
        when = texts.when(item.starts_at) if item.starts_at else ""
        place = " ".join(filter(None, (item.city, texts.pick(item.place))))
        title = texts.pick(item.title)
        await query.message.answer(texts.html("booking-card", title=title, when=when, place=place))


@router.callback_query(ItemAct.filter(F.act == "cancel"))
async def cancel(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    database: Database,
    callback_answer: CallbackAnswer,
) -> None:
    async with database.write() as session:
        cancelled = await bookings.cancel(session, person.id, callback_data.item, person.now)
        item = await items.get(session, callback_data.item)
    callback_answer.text = texts("cancelled" if cancelled else "not-booked")
    if cancelled and item is not None:
        await person.note("cancelled", "item", item.id)
        await _refresh_buttons(query, callback_data, person, item)


@router.message(Command("my"))
async def my(message: Message, person: Person, texts: Texts, database: Database) -> None:
    async with database.read() as session:
        owned = [item for _, item in await orders.owned(session, person.id)]
        booked = [item for _, item in await bookings.of_user(session, person.id)]
    mine = list({item.id: item for item in booked + owned}.values())
    if not mine:
        await message.answer(texts("my-empty"))
        return
    keyboard = Buttons()
    for item in mine:
        data = ItemAct(act="open", item=item.id, origin="my")
        keyboard.button(text=label(item, texts), callback_data=data)
    await message.answer(texts("my"), reply_markup=keyboard.rows(1))


async def _refresh_buttons(
    query: CallbackQuery, callback_data: ItemAct, person: Person, item: Item
) -> None:
    has = await standing(person, item.id)
    if isinstance(query.message, Message):
        buttons = detail_buttons(
            item, person.texts, callback_data.origin, owned=has.owned, booked=has.booked
        )
        if buttons != query.message.reply_markup:
            await query.message.edit_reply_markup(reply_markup=buttons)
