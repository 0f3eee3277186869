"""Invoice links, among them those of subscriptions, and a bot's hand on a subscription."""

from __future__ import annotations

import secrets

from aiogram.methods import CreateInvoiceLink, EditUserStarSubscription

from playground.errors import bad_request
from playground.methods.payments import check_terms
from playground.methods.registry import Context, handles
from playground.state import InvoiceLink
from playground.subscriptions import PERIOD, cancel_as_bot, keep_link

MAX_SUBSCRIPTION = 10_000  # Stars: https://core.telegram.org/bots/api#createinvoicelink


@handles(CreateInvoiceLink)
async def create_invoice_link(ctx: Context, call: CreateInvoiceLink) -> str:
    if call.subscription_period:
        if call.currency == "XTR" and call.subscription_period != PERIOD:
            raise bad_request("SUBSCRIPTION_PERIOD_INVALID")
        if call.currency == "XTR" and sum(one.amount for one in call.prices) > MAX_SUBSCRIPTION:
            raise bad_request("SUBSCRIPTION_AMOUNT_INVALID")
    check_terms(call)
    link = InvoiceLink(
        slug=secrets.token_urlsafe(12),
        bot_id=ctx.bot.id,
        title=call.title,
        description=call.description,
        payload=call.payload,
        amount=call.prices[0].amount,
        period=call.subscription_period or None,
    )
    keep_link(ctx.world, link)
    return link.url


@handles(EditUserStarSubscription)
async def edit_user_star_subscription(ctx: Context, call: EditUserStarSubscription) -> bool:
    """The charge is that of the first payment; a renewal's is refused."""
    if call.user_id not in ctx.world.personas:
        raise bad_request("USER_ID_INVALID")
    subscription = ctx.world.subscriptions.get(call.telegram_payment_charge_id)
    if subscription is None or (subscription.bot_id, subscription.user_id) != (
        ctx.bot.id,
        call.user_id,
    ):
        raise bad_request("CHARGE_ID_INVALID")
    cancel_as_bot(ctx.world, subscription, call.is_canceled)
    return True
