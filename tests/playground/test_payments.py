"""Invoices in Stars, from the first look to the refund."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import LabeledPrice, Message, PreCheckoutQuery

from playground.client import Person, PlaygroundClient, PlaygroundError
from playground.server import Playground
from tests.playground.conftest import TOKEN, keyboard, make_bot, until


async def invoice(bot: Bot, payload: str = "course:1", stars: int = 250) -> Message:
    price = [LabeledPrice(label="Course", amount=stars)]
    return await bot.send_invoice(102, "Winter tyres", "A course", payload, "XTR", price)


@pytest.fixture
async def shop(pg: Playground, bot: Bot) -> AsyncIterator[list[Message]]:
    """A bot that sells what is not sold out; what it was paid for."""
    paid: list[Message] = []
    dispatcher = Dispatcher()

    @dispatcher.pre_checkout_query()
    async def on_checkout(query: PreCheckoutQuery) -> None:
        sold_out = query.invoice_payload == "sold out"
        await query.answer(not sold_out, "Sold out, sorry." if sold_out else None)

    @dispatcher.message()
    async def on_message(message: Message) -> None:
        paid.append(message)

    running = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    yield paid
    await dispatcher.stop_polling()
    await running


async def test_paying_and_giving_back(bot: Bot, alex: Person, shop: list[Message]) -> None:
    sent = await invoice(bot)
    assert sent.invoice
    assert sent.reply_markup
    assert sent.reply_markup.inline_keyboard[0][0].pay
    assert await alex.pay(sent.message_id) == {"ok": True}
    await alex.wait_for(lambda e: "successful_payment" in e.data.get("message", {}))
    edit = await alex.wait_for(lambda e: e.name == "edit" and e.data["message"].get("paid"))
    assert edit.data["message"]["message_id"] == sent.message_id
    with pytest.raises(PlaygroundError, match="409: This invoice is paid already"):
        await alex.pay(sent.message_id)
    (update,) = [one for one in await _settled(shop, 2) if one.successful_payment]
    payment = update.successful_payment
    assert payment
    assert (payment.currency, payment.total_amount) == ("XTR", 250)
    assert payment.invoice_payload == "course:1"
    charge = payment.telegram_payment_charge_id
    assert (await bot.get_my_star_balance()).amount == 250
    with pytest.raises(TelegramBadRequest, match="CHARGE_ID_INVALID"):
        await bot.refund_star_payment(101, charge)
    await bot.refund_star_payment(102, charge)
    with pytest.raises(TelegramBadRequest, match="CHARGE_ALREADY_REFUNDED"):
        await bot.refund_star_payment(102, charge)
    assert (await bot.get_my_star_balance()).amount == 0
    came, went = (await bot.get_star_transactions()).transactions
    assert came.id == went.id == charge
    assert came.source
    assert went.receiver
    (back,) = [one for one in await _settled(shop, 3) if one.refunded_payment]
    assert back.refunded_payment
    assert back.refunded_payment.total_amount == 250


async def _settled(shop: list[Message], n: int) -> list[Message]:
    """What the shop was told, once it is that much."""

    async def told() -> list[Message]:
        return shop if len(shop) >= n else []

    return await until(told)


async def test_the_bot_may_refuse(bot: Bot, alex: Person, shop: list[Message]) -> None:
    sent = await invoice(bot, "sold out")
    assert await alex.pay(sent.message_id) == {"ok": False, "error": "Sold out, sorry."}
    checkout = await alex.wait_event("checkout")
    assert checkout == {"message_id": sent.message_id, "ok": False, "error": "Sold out, sorry."}
    assert (await bot.get_my_star_balance()).amount == 0


async def test_one_invoice_is_paid_once_even_in_a_hurry(
    bot: Bot, alex: Person, shop: list[Message]
) -> None:
    sent = await invoice(bot)
    outcomes = await asyncio.gather(*(alex.pay(sent.message_id) for _ in range(5)))
    assert sorted(one["ok"] for one in outcomes) == [False] * 4 + [True]
    assert (await bot.get_my_star_balance()).amount == 250


async def test_an_invoice_that_vanishes_is_not_paid(bot: Bot, alex: Person) -> None:
    sent = await invoice(bot)
    paying = asyncio.create_task(alex.pay(sent.message_id))
    (update,) = [u for u in await _checkouts(bot) if u.pre_checkout_query]
    assert update.pre_checkout_query
    await bot.delete_message(102, sent.message_id)
    await bot.answer_pre_checkout_query(update.pre_checkout_query.id, ok=True)
    assert await paying == {"ok": False, "error": "This invoice is gone."}
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_pre_checkout_query(update.pre_checkout_query.id, ok=True)


async def _checkouts(bot: Bot) -> list[object]:
    while True:
        updates = await bot.get_updates(
            timeout=5, allowed_updates=["pre_checkout_query", "message"]
        )
        if any(update.pre_checkout_query for update in updates):
            return list(updates)
        await bot.get_updates(offset=updates[-1].update_id + 1 if updates else 0)


async def test_what_can_not_be_paid(pg: Playground, bot: Bot, alex: Person) -> None:
    plain = await bot.send_message(102, "x", reply_markup=keyboard({"A": "a"}))
    with pytest.raises(PlaygroundError, match="400: This message is no invoice"):
        await alex.pay(plain.message_id)
    with pytest.raises(TelegramBadRequest, match="BUTTON_POS_INVALID"):
        await bot.send_invoice(
            102,
            "T",
            "D",
            "p",
            "XTR",
            [LabeledPrice(label="x", amount=1)],
            reply_markup=keyboard({"A": "a"}),
        )
    async with make_bot(pg.url, "77:other-bot-token") as other, PlaygroundClient(pg.url, 77) as two:
        await other.get_me()
        alex_there = await two.persona(102)
        with pytest.raises(PlaygroundError, match="404: There is no message"):
            await alex_there.pay(plain.message_id)
    assert TOKEN.partition(":")[0] == str(bot.id)
