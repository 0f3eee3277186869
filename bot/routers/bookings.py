"""Booking a seat, cancelling it, and /my: what a person has."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities.items import PLAYED_TYPES, find, has_begun, standing
from bot.buttons import Buttons
from bot.callbacks import ItemAct
from bot.cards import detail_buttons
from bot.chats import replace
from bot.people import Person
from bot.shop import Shop
from storage.database import Database
from storage.models import Item
from storage.repositories import bookings, items, orders
from wording.items import card, label, place
from wording.texts import Texts

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
        outcome = "gone"
        if item is not None and item.active and not item.price_stars:
            outcome = await bookings.book(session, person.id, item.id, person.now)
    if item is None or outcome == "gone":
        callback_answer.text = texts("item-gone")
        return
    if outcome != "booked":
        reason = "item-begun" if has_begun(item, person.now) else "booking-full"
        callback_answer.text = texts("already-booked" if outcome == "already" else reason)
        callback_answer.show_alert = outcome == "full"
        await _refresh_buttons(query, callback_data, person, item)
        return
    played = item.type in PLAYED_TYPES
    title = texts.pick(item.title)
    callback_answer.text = texts("entered" if played else "booked", title=title)
    await person.note("draw_entered" if item.type == "draw" else "booked", "item", item.id)
    await _refresh_buttons(query, callback_data, person, item)
    if isinstance(query.message, Message):
        lines = [texts.html("entered-card" if played else "booking-card", title=title)]
        if item.starts_at:
            lines.append(texts.html("booking-when", when=texts.when(item.starts_at)))
        if where := place(item, texts):
            lines.append(texts.html("booking-where", where=where))
        lines.append(texts("booking-hint"))
        await query.message.answer("\n".join(lines))


@router.callback_query(ItemAct.filter(F.act == "cancel"))
async def cancel(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    database: Database,
    shop: Shop,
    callback_answer: CallbackAnswer,
) -> None:
    """Gives a seat back before the event begins; what was paid for it goes back too."""
    item = await find(person, callback_data.item)
    if item is not None and has_begun(item, person.now):
        callback_answer.text = texts("item-begun")
        return
    async with database.read() as session:
        bought = await orders.owned(session, person.id)
    paid = [order for order, what in bought if what.id == callback_data.item and order.price_stars]
    if item is not None and paid:
        cancelled = await shop.refund(paid[0], item)
    else:
        async with database.write() as session:
            cancelled = await bookings.cancel(session, person.id, callback_data.item, person.now)
    callback_answer.text = texts("cancelled" if cancelled else "not-booked")
    if cancelled and item is not None:
        await person.note("cancelled", "item", item.id)
    if item is not None:
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
    """The card as it is for this person now: its seats and its buttons."""
    item = await find(person, item.id) or item
    has = await standing(person, item.id)
    html = card(item, person.texts, full=True, now=person.now)
    buttons = detail_buttons(item, person.texts, callback_data.origin, has, person.now)
    await replace(query, html, buttons)
