"""Invoices and payments in Telegram Stars."""

from __future__ import annotations

from aiogram.methods import (
    AnswerPreCheckoutQuery,
    CreateInvoiceLink,
    GetMyStarBalance,
    GetStarTransactions,
    RefundStarPayment,
    SendInvoice,
)
from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Invoice,
    Message,
    RefundedPayment,
    StarAmount,
    StarTransaction,
    StarTransactions,
    TransactionPartnerUser,
)

from playground.errors import bad_request, query_too_old
from playground.methods.registry import Context, handles
from playground.methods.sending import send

MAX_PAYLOAD = 128  # bytes
MAX_TITLE, MAX_DESCRIPTION = 32, 255  # characters
MAX_STARS = 10_000  # per invoice: https://core.telegram.org/bots/api#labeledprice


@handles(SendInvoice)
async def send_invoice(ctx: Context, call: SendInvoice) -> Message:
    """Invoices in Stars; other currencies need a payment provider, which nobody has here."""
    check_terms(call)
    rows = call.reply_markup.inline_keyboard if call.reply_markup else []
    first = next((button for row in rows for button in row), None)
    if first is not None and not first.pay:
        raise bad_request("BUTTON_POS_INVALID")
    total = call.prices[0].amount
    if first is None:
        pay = InlineKeyboardButton(text=f"Pay ⭐️{total}", pay=True)
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[pay]])
        call = call.model_copy(update={"reply_markup": keyboard})
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    invoice = Invoice(
        title=call.title,
        description=call.description,
        start_parameter=call.start_parameter or "",
        currency=call.currency,
        total_amount=total,
    )
    message = send(ctx, call, chat, invoice=invoice)
    chat.invoices[message.message_id] = {"payload": call.payload, "paid": None}
    ctx.world.save_chat(chat)
    return message


def check_terms(call: SendInvoice | CreateInvoiceLink) -> None:
    """Raises ApiError 400 for what Telegram refuses in an invoice in Stars."""
    if not 1 <= len(call.title) <= MAX_TITLE:
        raise bad_request("TITLE_INVALID" if call.title else "title is empty")
    if not 1 <= len(call.description) <= MAX_DESCRIPTION:
        raise bad_request("DESCRIPTION_INVALID" if call.description else "description is empty")
    if not 1 <= len(call.payload.encode()) <= MAX_PAYLOAD:
        raise bad_request("INVOICE_PAYLOAD_INVALID")
    if call.currency != "XTR":
        raise bad_request("PAYMENT_PROVIDER_INVALID")
    if call.provider_token:
        raise bad_request("STARS_PROVIDER_TOKEN_INVALID")
    if len(call.prices) != 1:
        raise bad_request("STARS_INVOICE_INVALID")
    if not 1 <= call.prices[0].amount <= MAX_STARS:
        raise bad_request("CURRENCY_TOTAL_AMOUNT_INVALID")


@handles(AnswerPreCheckoutQuery)
async def answer_pre_checkout_query(ctx: Context, call: AnswerPreCheckoutQuery) -> bool:
    bot_id, answer = ctx.world.checkouts.get(call.pre_checkout_query_id, (None, None))
    if answer is None or bot_id != ctx.bot.id or answer.done():
        raise query_too_old()
    if not call.ok and not call.error_message:
        raise bad_request("error_message is empty")
    answer.set_result(None if call.ok else call.error_message)
    return True


@handles(RefundStarPayment)
async def refund_star_payment(ctx: Context, call: RefundStarPayment) -> bool:
    payment = ctx.bot.ledger.payments.get(call.telegram_payment_charge_id)
    if payment is None or payment.user_id != call.user_id:
        raise bad_request("CHARGE_ID_INVALID")
    if payment.refunded:
        raise bad_request("CHARGE_ALREADY_REFUNDED")
    payment.refunded = True
    chat = ctx.world.known(ctx.bot, call.user_id)
    buyer = TransactionPartnerUser(
        transaction_type="invoice_payment",
        user=chat.persona.user(),
        invoice_payload=payment.payload,
        subscription_period=payment.period,
    )
    ctx.bot.ledger.transactions.append(
        StarTransaction(
            id=payment.charge_id,
            amount=payment.amount,
            date=ctx.world.clock.date(),
            receiver=buyer,
        )
    )
    ctx.world.save_bot(ctx.bot)
    ctx.world.hear(
        chat,
        refunded_payment=RefundedPayment(
            total_amount=payment.amount,
            invoice_payload=payment.payload,
            telegram_payment_charge_id=payment.charge_id,
        ),
    )
    return True


@handles(GetStarTransactions)
async def get_star_transactions(ctx: Context, call: GetStarTransactions) -> StarTransactions:
    """Oldest first, as Telegram lists them for a bot."""
    start = max(0, call.offset or 0)
    end = start + min(max(call.limit or 100, 1), 100)
    return StarTransactions(transactions=ctx.bot.ledger.transactions[start:end])


@handles(GetMyStarBalance)
async def get_my_star_balance(ctx: Context, call: GetMyStarBalance) -> StarAmount:
    kept = [payment for payment in ctx.bot.ledger.payments.values() if not payment.refunded]
    return StarAmount(amount=sum(payment.amount for payment in kept))
