"""Paying an invoice in Stars, from the buyer's side."""

from __future__ import annotations

import asyncio
import secrets

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


async def pay(person: Person, message_id: int) -> str | None:
    """Asks the bot, then pays: None when paid, else why not. Raises PageError."""
    world, bot, chat = person.world, person.bot, person.chat
    person.check_open()
    invoice = person.message(message_id).invoice
    terms = chat.invoices.get(message_id)
    if invoice is None or terms is None:
        raise PageError(400, "This message is no invoice.")
    if terms["paid"]:
        raise PageError(409, "This invoice is paid already.")
    query = PreCheckoutQuery(
        id=str(secrets.randbelow(9 * 10**17) + 10**17),
        from_user=chat.persona.user(),
        currency=invoice.currency,
        total_amount=invoice.total_amount,
        invoice_payload=terms["payload"],
    )
    answer: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
    world.checkouts[query.id] = (bot.id, answer)
    bot.updates.push("pre_checkout_query", query, chat.id)
    try:
        error = await asyncio.wait_for(answer, CHECKOUT_WAIT)
    except TimeoutError:
        error = "The bot did not answer in time."
    finally:
        del world.checkouts[query.id]
    if error is None:
        error = _too_late(person, message_id)
    if error is None:
        _settle(person, message_id, terms["payload"], invoice.total_amount)
    outcome = {"message_id": message_id, "ok": error is None}
    world.tell(chat, "checkout", outcome if error is None else {**outcome, "error": error})
    return error


def _too_late(person: Person, message_id: int) -> str | None:
    """What came in between while the bot was asked."""
    terms = person.chat.invoices.get(message_id)
    if terms is None:
        return "This invoice is gone."
    return "This invoice is paid already." if terms["paid"] else None


def _settle(person: Person, message_id: int, payload: str, amount: int) -> None:
    world, bot, chat = person.world, person.bot, person.chat
    charge_id = f"stx{secrets.token_urlsafe(24)}"
    bot.ledger.payments[charge_id] = Payment(
        charge_id=charge_id, user_id=chat.id, amount=amount, payload=payload
    )
    buyer = TransactionPartnerUser(
        transaction_type="invoice_payment", user=chat.persona.user(), invoice_payload=payload
    )
    bot.ledger.transactions.append(
        StarTransaction(id=charge_id, amount=amount, date=world.clock.date(), source=buyer)
    )
    world.save_bot(bot)
    chat.invoices[message_id] = {"payload": payload, "paid": charge_id}
    world.save_chat(chat)
    world.replace(chat, chat.messages[message_id])
    world.hear(
        chat,
        successful_payment=SuccessfulPayment(
            currency="XTR",
            total_amount=amount,
            invoice_payload=payload,
            telegram_payment_charge_id=charge_id,
            provider_payment_charge_id=f"{chat.id}_{message_id}",
        ),
    )
