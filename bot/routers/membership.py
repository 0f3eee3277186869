"""/join: plans by the month, their payments and renewals, and leaving."""

from datetime import UTC, datetime
from typing import cast

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import (
    BotSubscriptionUpdated,
    CallbackQuery,
    Message,
    PreCheckoutQuery,
)
from aiogram.utils.callback_answer import CallbackAnswer

from activities.membership import Memberships, State, held
from bot.buttons import Buttons
from bot.callbacks import Member
from bot.memberships import held_line, renewal
from bot.people import Person
from storage.repositories.memberships import PREFIX
from wording.texts import Texts

router = Router(name="membership")
# Why a first month isn't sold now.
NOT_SOLD = {
    "gone": "membership-gone",
    "owned": "membership-owned",
    "price": "membership-price",
    "expired": "order-expired",
}


@router.message(Command("join"))
async def join(message: Message, texts: Texts, memberships: Memberships, person: Person) -> None:
    plans, mine = await memberships.plans(), await held(person)
    if not plans and not mine:
        await message.answer(texts("membership-none"))
        return
    keyboard = Buttons()
    lines = [texts("membership"), *(held_line(each, texts) for each in mine)]
    running = {each.plan.id for each in mine if each.membership.status != "cancelled"}
    for plan in plans:
        if plan.id in running:
            continue
        title, stars = texts.pick(plan.title), plan.price_stars
        summary = texts.pick(plan.summary)
        lines.append(texts.html("membership-plan", title=title, summary=summary, stars=stars))
        keyboard.button(
            text=texts("membership-join", title=title, stars=stars),
            callback_data=Member(act="join", of=plan.id),
        )
    for each in mine:
        text, data = renewal(each, texts)
        keyboard.button(text=text, callback_data=data)
    await message.answer("\n\n".join(lines), reply_markup=keyboard.rows(1))


@router.callback_query(Member.filter(F.act == "join"))
async def offer(
    _query: CallbackQuery,
    callback_data: Member,
    person: Person,
    texts: Texts,
    memberships: Memberships,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await memberships.join(person, callback_data.of)
    if outcome != "offered":
        key = "membership-gone" if outcome == "gone" else "membership-owned"
        callback_answer.text = texts(key)


@router.callback_query(Member.filter(F.act.in_({"cancel", "resume"})))
async def renew(
    query: CallbackQuery,
    callback_data: Member,
    person: Person,
    texts: Texts,
    memberships: Memberships,
    callback_answer: CallbackAnswer,
) -> None:
    resumes = callback_data.act == "resume"
    act = memberships.let_renew if resumes else memberships.stop
    if not await act(person, callback_data.of):
        callback_answer.text = texts("button-stale")
        return
    if resumes:
        callback_answer.text = texts("membership-resumable")
        callback_answer.show_alert = True
        return
    callback_answer.text = texts("membership-stopped")
    mine = [h for h in await held(person) if h.membership.id == callback_data.of]
    if isinstance(query.message, Message):
        for each in mine:
            await query.message.answer(held_line(each, texts))


@router.pre_checkout_query(F.invoice_payload.startswith(PREFIX))
async def pre_checkout(
    query: PreCheckoutQuery, person: Person, texts: Texts, memberships: Memberships
) -> None:
    outcome = await memberships.reserve(person, query.invoice_payload, query.total_amount)
    if outcome == "ok":
        await query.answer(ok=True)
    else:
        await query.answer(ok=False, error_message=texts(NOT_SOLD[outcome]))


@router.message(F.successful_payment.invoice_payload.startswith(PREFIX))
async def paid(message: Message, person: Person, texts: Texts, memberships: Memberships) -> None:
    payment = message.successful_payment
    if payment is None:
        return
    until = datetime.fromtimestamp(payment.subscription_expiration_date or 0, UTC)
    outcome = await memberships.pay(
        payment.invoice_payload,
        person.id,
        payment.telegram_payment_charge_id,
        payment.total_amount,
        until,
    )
    if outcome == "return":
        await message.answer(texts("payment-returned", stars=payment.total_amount))


@router.subscription(F.invoice_payload.startswith(PREFIX))
async def changed(subscription: BotSubscriptionUpdated, memberships: Memberships) -> None:
    """Cancelled or taken up again in the app, or a renewal that was not paid."""
    if subscription.state in ("active", "canceled", "failed"):
        await memberships.changed(subscription.invoice_payload, cast(State, subscription.state))
