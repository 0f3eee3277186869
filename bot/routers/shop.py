"""Buying: invoice, pre-checkout, payment, what was bought, and refunds by an admin."""

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message, PreCheckoutQuery
from aiogram.utils.callback_answer import CallbackAnswer

from activities.items import find, standing
from activities.leads import Leads
from activities.learning import progress
from activities.membership import Memberships
from activities.shop import Shop
from bot.callbacks import ItemAct
from bot.chats import send_plain
from bot.filters import May
from bot.lead_cards import offer_lead
from bot.lessons import lesson_buttons
from bot.messages import read_button
from bot.people import Person
from bot.times import times
from services.content.library import Library
from storage.database import Database
from storage.models import Item, Order
from wording.texts import Texts

router = Router(name="shop")


# Why an item isn't sold now.
NOT_SOLD = {
    "gone": "item-gone",
    "owned": "order-owned",
    "begun": "item-begun",
    "full": "order-full",
    "price": "order-price",
    "expired": "order-expired",
    "times": "button-times",
    "coupon": "order-coupon",
}


@router.callback_query(ItemAct.filter(F.act == "buy"))
async def buy(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    shop: Shop,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await shop.buy(person, callback_data.item)
    if outcome == "times" and isinstance(query.message, Message):
        html, keyboard = await times(person, callback_data.item, 0)
        await query.message.answer(html, reply_markup=keyboard)
    elif outcome == "given":
        item = await find(person, callback_data.item)
        if isinstance(query.message, Message) and item is not None:
            thanks = texts("coupon-thanks")
            await query.message.answer(thanks, reply_markup=read_button(item, texts))
    elif outcome != "offered":
        callback_answer.text = texts(NOT_SOLD[outcome])
        callback_answer.show_alert = outcome in ("begun", "full", "coupon")


@router.callback_query(ItemAct.filter(F.act == "get"))
async def get_free(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    shop: Shop,
    library: Library,
    callback_answer: CallbackAnswer,
) -> None:
    await shop.take(person, callback_data.item)
    await read(query, callback_data, person, library, callback_answer)


@router.callback_query(ItemAct.filter(F.act == "read"))
async def read(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    library: Library,
    callback_answer: CallbackAnswer,
) -> None:
    """Opens what the person owns: its text, and the lessons of a course."""
    item = await find(person, callback_data.item)
    if item is None or not (await standing(person, item.id)).may_read:
        callback_answer.text = person.texts("not-owned" if item else "item-gone")
        return
    if not isinstance(query.message, Message):
        return
    text = f"{person.texts.pick(item.title)}\n\n{person.texts.pick(item.delivery)}"
    shelf = await progress(person, library, item.id, person.texts.language)
    await send_plain(query.message, text, lesson_buttons(shelf, item.id, person.texts))
    await person.note("viewed", "item", item.id)


@router.pre_checkout_query()
async def pre_checkout(query: PreCheckoutQuery, person: Person, texts: Texts, shop: Shop) -> None:
    outcome = await shop.reserve(person, query.invoice_payload, query.total_amount)
    if outcome == "ok":
        await query.answer(ok=True)
    else:
        await query.answer(ok=False, error_message=texts(NOT_SOLD[outcome]))


@router.message(F.successful_payment)
async def paid(
    message: Message, person: Person, texts: Texts, database: Database, shop: Shop, leads: Leads
) -> None:
    payment = message.successful_payment
    if payment is None:
        return
    order_id = payment.invoice_payload
    outcome = await shop.pay(order_id, person.id, payment.telegram_payment_charge_id)
    if outcome == "return":
        await message.answer(texts("payment-returned", stars=payment.total_amount))
    if outcome != "paid":
        return
    async with database.read() as session:
        order = await session.get_one(Order, order_id)
        item = await session.get_one(Item, order.item_id)
    await message.answer(texts("payment-thanks"), reply_markup=read_button(item, texts))
    await offer_lead(message, person, item, leads)


@router.message(F.refunded_payment)
async def refunded(message: Message, shop: Shop, memberships: Memberships) -> None:
    if message.refunded_payment is not None:
        charge = message.refunded_payment.telegram_payment_charge_id
        await shop.refunded_elsewhere(charge)
        await memberships.refunded_elsewhere(charge)


@router.message(Command("terms"))
async def terms(message: Message, texts: Texts) -> None:
    await message.answer(texts("terms"))


@router.message(Command("refund"), May("refund"))
async def refund(
    message: Message,
    command: CommandObject,
    person: Person,
    texts: Texts,
    shop: Shop,
    memberships: Memberships,
) -> None:
    if not command.args:
        await message.answer(texts("refund-usage"))
        return
    order = await shop.refund(command.args.strip())
    if order is None and (month := await memberships.refund(command.args.strip())):
        done = texts("refund-done", stars=month.stars, user=str(month.user_id))
        await message.answer(done)
        return
    if order is None:
        await message.answer(texts("refund-impossible"))
        return
    text = texts("refund-done", stars=order.price_stars, user=str(order.user_id))
    await message.answer(text)
