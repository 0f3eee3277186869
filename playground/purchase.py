"""Paying an invoice in Stars, from the buyer's side."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from aiogram.types import (
    PreCheckoutQuery,
    StarTransaction,
    SuccessfulPayment,
    TransactionPartnerUser,
)

from playground.errors import PageError
from playground.person import Person
from playground.state import Payment

CHECKOUT_WAIT = 10.0  # seconds: https://core.telegram.org/bots/api#precheckoutquery
NO_STARS = "You have too few Stars."


async def pay(person: Person, message_id: int) -> str | None:
    """Asks the bot, then pays: None when paid, else why not. Raises PageError."""
    world, chat = person.world, person.chat
    person.check_open()
    invoice = person.message(message_id).invoice
    terms = chat.invoices.get(message_id)
    if invoice is None or terms is None:
        raise PageError(400, "This message is no invoice.")
    if terms["paid"]:
        raise PageError(409, "This invoice is paid already.")
    error = await checkout(person, terms["payload"], invoice.total_amount)
    if error is None:
        error = _too_late(person, message_id)
    if error is None:
        _settle(person, message_id, terms["payload"], invoice.total_amount)
    outcome = {"message_id": message_id, "ok": error is None}
    world.tell(chat, "checkout", outcome if error is None else {**outcome, "error": error})
    return error


async def checkout(person: Person, payload: str, amount: int) -> str | None:
    """Asks the bot whether it may be paid: None when it may, else why not."""
    world, bot, chat = person.world, person.bot, person.chat
    if chat.persona.out_of_stars:
        return NO_STARS
    query = PreCheckoutQuery(
        id=str(secrets.randbelow(9 * 10**17) + 10**17),
        from_user=chat.persona.user(),
        currency="XTR",
        total_amount=amount,
        invoice_payload=payload,
    )
    answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    world.checkouts[query.id] = (bot.id, answer)
    bot.updates.push("pre_checkout_query", query, chat.id)
    try:
        return await asyncio.wait_for(answer, CHECKOUT_WAIT)
    except TimeoutError:
        return "The bot did not answer in time."
    finally:
        del world.checkouts[query.id]


def _too_late(person: Person, message_id: int) -> str | None:
    """What came in between while the bot was asked."""
    terms = person.chat.invoices.get(message_id)
    if terms is None:
        return "This invoice is gone."
    return "This invoice is paid already." if terms["paid"] else None


def _settle(person: Person, message_id: int, payload: str, amount: int) -> None:
    world, chat = person.world, person.chat
    charge_id = charge(person, payload, amount)
    chat.invoices[message_id] = {"payload": payload, "paid": charge_id}
    world.save_chat(chat)
    world.replace(chat, chat.messages[message_id])
    tell_paid(person, payload, amount, charge_id)


def charge(person: Person, payload: str, amount: int, period: int | None = None) -> str:
    """Puts a payment into the bot's books; its charge id. `period` (seconds) is a
    subscription's."""
    world, bot, chat = person.world, person.bot, person.chat
    charge_id = f"stx{secrets.token_urlsafe(24)}"
    bot.ledger.payments[charge_id] = Payment(
        charge_id=charge_id, user_id=chat.id, amount=amount, payload=payload, period=period
    )
    buyer = TransactionPartnerUser(
        transaction_type="invoice_payment",
        user=chat.persona.user(),
        invoice_payload=payload,
        subscription_period=period,
    )
    bot.ledger.transactions.append(
        StarTransaction(id=charge_id, amount=amount, date=world.clock.date(), source=buyer)
    )
    world.save_bot(bot)
    return charge_id


def tell_paid(person: Person, payload: str, amount: int, charge_id: str, **recurring: Any) -> None:
    """The message that tells of a payment; `recurring` are a subscription's fields in it."""
    person.world.hear(
        person.chat,
        successful_payment=SuccessfulPayment(
            currency="XTR",
            total_amount=amount,
            invoice_payload=payload,
            telegram_payment_charge_id=charge_id,
            provider_payment_charge_id=f"{person.chat.id}_{charge_id[-8:]}",
            **recurring,
        ),
    )
