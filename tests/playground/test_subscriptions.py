"""Subscriptions in Stars: paid by a link, renewed, ended, over months."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BotSubscriptionUpdated,
    LabeledPrice,
    Message,
    PreCheckoutQuery,
    SuccessfulPayment,
    TransactionPartnerUser,
    Update,
)

from playground.client import Person, PlaygroundClient, PlaygroundError
from playground.server import Playground
from tests.playground.conftest import Call, Time, make_bot, until

MONTH = 2_592_000  # seconds


async def plan(bot: Bot, payload: str = "plan:all", stars: int = 300) -> str:
    price = [LabeledPrice(label="A month", amount=stars)]
    return await bot.create_invoice_link(
        "All courses", "A month of all", payload, "XTR", price, subscription_period=MONTH
    )


class Club:
    """What a bot was told of those who subscribed."""

    def __init__(self) -> None:
        self.paid: list[SuccessfulPayment] = []
        self.told: list[BotSubscriptionUpdated] = []
        self.asked = 0

    async def payments(self, n: int) -> list[SuccessfulPayment]:
        async def enough() -> list[SuccessfulPayment]:
            return self.paid if len(self.paid) >= n else []

        return await until(enough)

    async def states(self, n: int) -> list[str]:
        async def enough() -> list[str]:
            return [one.state for one in self.told] if len(self.told) >= n else []

        return await until(enough)


@pytest.fixture
async def club(bot: Bot) -> AsyncIterator[Club]:
    """A bot that takes every payment."""
    seen = Club()
    dispatcher = Dispatcher()

    @dispatcher.pre_checkout_query()
    async def on_checkout(query: PreCheckoutQuery) -> None:
        seen.asked += 1
        await query.answer(True)

    @dispatcher.message()
    async def on_message(message: Message) -> None:
        if message.successful_payment:
            seen.paid.append(message.successful_payment)

    @dispatcher.subscription()
    async def on_subscription(update: BotSubscriptionUpdated) -> None:
        seen.told.append(update)

    running = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    yield seen
    await dispatcher.stop_polling()
    await running


async def test_three_months_of_one_subscription(
    bot: Bot, alex: Person, club: Club, client: PlaygroundClient, time: Time
) -> None:
    link = await plan(bot)
    assert link.startswith("https://t.me/$")
    start = (await client.call("GET", "/clock"))["now"]
    assert await alex.pay_link(link) == {"ok": True}
    await client.pass_time(days=90)
    first, *renewals = await club.payments(4)
    assert club.asked == 1  # a renewal asks nobody
    assert (first.is_recurring, first.is_first_recurring) == (True, True)
    assert [(one.is_recurring, one.is_first_recurring) for one in renewals] == [(True, None)] * 3
    ends = [one.subscription_expiration_date for one in (first, *renewals)]
    assert ends == [int(start) + MONTH * n for n in (1, 2, 3, 4)]
    assert {one.invoice_payload for one in club.paid} == {"plan:all"}
    assert len({one.telegram_payment_charge_id for one in club.paid}) == 4
    assert (await bot.get_my_star_balance()).amount == 1200
    booked = (await bot.get_star_transactions()).transactions
    assert [one.id for one in booked] == [one.telegram_payment_charge_id for one in club.paid]
    for one in booked:
        assert isinstance(one.source, TransactionPartnerUser)
        assert one.source.subscription_period == MONTH
    assert [round(one.date.timestamp() - start) for one in booked] == [MONTH * n for n in range(4)]
    # A renewal is paid back like any payment; the subscription goes on.
    await bot.refund_star_payment(102, renewals[1].telegram_payment_charge_id)
    back = (await bot.get_star_transactions(offset=4)).transactions[0].receiver
    assert isinstance(back, TransactionPartnerUser)
    assert back.subscription_period == MONTH
    assert (await bot.get_my_star_balance()).amount == 900
    await client.pass_time(days=30)
    await club.payments(5)
    assert not club.told


async def test_time_that_passes_by_itself_renews_too(
    bot: Bot, alex: Person, club: Club, time: Time
) -> None:
    await alex.pay_link(await plan(bot))
    await club.payments(1)
    time.passed += 2 * MONTH + 1
    await club.payments(3)


async def test_a_person_ends_it_and_takes_it_up_again(
    bot: Bot, alex: Person, club: Club, client: PlaygroundClient
) -> None:
    await alex.pay_link(await plan(bot))
    charge = (await club.payments(1))[0].telegram_payment_charge_id
    assert (await alex.cancel(charge))["state"] == "canceled"
    with pytest.raises(PlaygroundError, match="409: This subscription is canceled"):
        await alex.cancel(charge)
    assert (await alex.enable(charge))["state"] == "active"
    assert await club.states(2) == ["canceled", "active"]
    assert club.told[0].user.id == 102
    assert club.told[0].invoice_payload == "plan:all"
    await client.pass_time(days=30)
    await club.payments(2)
    await alex.cancel(charge)
    mark = alex.now
    await client.pass_time(days=31)
    with pytest.raises(PlaygroundError, match="409: This subscription is ended"):
        await alex.enable(charge)
    # None says that it ran out, and nothing more is paid.
    assert await club.states(3) == ["canceled", "active", "canceled"]
    assert len(club.paid) == 2
    assert not [e for e in alex.seen[mark:] if e.name == "message"]
    with pytest.raises(PlaygroundError, match="404: You have no such subscription"):
        await (await client.persona(101)).enable(charge)


async def test_a_renewal_fails_for_want_of_stars(
    bot: Bot, alex: Person, club: Club, client: PlaygroundClient
) -> None:
    link = await plan(bot)
    await alex.pay_link(link)
    charge = (await club.payments(1))[0].telegram_payment_charge_id
    await alex.has_stars(False)
    await client.pass_time(days=70)
    assert await club.states(1) == ["failed"]  # once, and it is not tried again by itself
    assert (await alex.wait_event("persona"))["out_of_stars"] is True
    assert await alex.pay_link(link) == {"ok": False, "error": "You have too few Stars."}
    assert club.asked == 1
    with pytest.raises(PlaygroundError, match="409: You have too few Stars"):
        await alex.retry(charge)
    await alex.has_stars(True)
    assert (await alex.retry(charge))["state"] == "active"
    late = (await club.payments(2))[1]
    now = (await client.call("GET", "/clock"))["now"]
    assert late.subscription_expiration_date == int(now) + MONTH
    assert (late.is_recurring, late.is_first_recurring) == (True, None)


async def test_the_bot_ends_it(
    bot: Bot, alex: Person, club: Club, client: PlaygroundClient
) -> None:
    await alex.pay_link(await plan(bot))
    charge = (await club.payments(1))[0].telegram_payment_charge_id
    for user_id, named, reason in (
        (102, "stx", "CHARGE_ID_INVALID"),
        (101, charge, "CHARGE_ID_INVALID"),
        (5, charge, "USER_ID_INVALID"),
    ):
        with pytest.raises(TelegramBadRequest, match=reason):
            await bot.edit_user_star_subscription(user_id, named, True)
    assert await bot.edit_user_star_subscription(102, charge, True)
    with pytest.raises(PlaygroundError, match="409: The bot ended this subscription"):
        await alex.enable(charge)
    assert await bot.edit_user_star_subscription(102, charge, False)
    await alex.enable(charge)
    assert await club.states(1) == ["active"]
    await bot.edit_user_star_subscription(102, charge, True)
    await client.pass_time(days=31)
    assert len(club.paid) == 1
    await alex.pay_link(await plan(bot))
    await client.pass_time(days=30)
    renewal = (await club.payments(3))[2].telegram_payment_charge_id
    with pytest.raises(TelegramBadRequest, match="CHARGE_ID_INVALID"):  # it names a first payment
        await bot.edit_user_star_subscription(102, renewal, True)


async def test_one_person_holds_several_of_one_plan(
    bot: Bot, alex: Person, club: Club, client: PlaygroundClient
) -> None:
    link = await plan(bot)
    for _ in range(2):
        assert await alex.pay_link(link) == {"ok": True}
    await alex.pay_link(await plan(bot, "plan:some", 100))
    first = (await club.payments(3))[0].telegram_payment_charge_id
    await alex.cancel(first)
    await client.pass_time(days=30)
    renewed = (await club.payments(5))[3:]
    assert sorted(one.invoice_payload for one in renewed) == ["plan:all", "plan:some"]
    shown = await alex.wait_for(lambda e: e.name == "subscriptions")
    assert shown.data["subscriptions"][0]["charge_id"] == first


async def test_a_link_without_a_period_is_paid_as_often_as_one_likes(
    bot: Bot, alex: Person, club: Club, client: PlaygroundClient
) -> None:
    price = [LabeledPrice(label="Course", amount=5)]
    link = await bot.create_invoice_link("Course", "On tyres", "course:1", "XTR", price)
    bob = await client.persona(101)
    for person in (alex, alex, bob):
        assert await person.pay_link(link) == {"ok": True}
    paid = await club.payments(3)
    assert {(one.total_amount, one.is_recurring) for one in paid} == {(5, None)}
    assert (await alex.wait_event("checkout")) == {"url": link, "ok": True}
    await client.pass_time(days=60)
    assert len(club.paid) == 3
    with pytest.raises(PlaygroundError, match="404: This is no invoice link"):
        await alex.pay_link("https://t.me/$nothing")
    with pytest.raises(PlaygroundError, match="400: Name the invoice"):
        await client.call("POST", "/personas/102/payments", {})


def terms(**changed: Any) -> dict[str, Any]:
    price = [{"label": "Course", "amount": 5}]
    known = {"title": "T", "description": "D", "payload": "p", "currency": "XTR", "prices": price}
    return {**known, "subscription_period": MONTH, **changed}


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        (terms(subscription_period=3 * MONTH), "SUBSCRIPTION_PERIOD_INVALID"),
        (terms(subscription_period=-1), "SUBSCRIPTION_PERIOD_INVALID"),
        (terms(prices=[{"label": "x", "amount": 10_001}]), "SUBSCRIPTION_AMOUNT_INVALID"),
        (terms(currency="USD"), "PAYMENT_PROVIDER_INVALID"),
        (terms(prices=[]), "STARS_INVOICE_INVALID"),
        (terms(title=""), "title is empty"),
        (terms(payload="é" * 65), "INVOICE_PAYLOAD_INVALID"),
    ],
)
async def test_links_that_telegram_refuses(call: Call, params: dict[str, Any], reason: str) -> None:
    status, body = await call("createInvoiceLink", params)
    assert (status, body["description"]) == (400, f"Bad Request: {reason}")


async def test_a_bot_hears_of_it_only_if_its_list_names_it(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    await bot.get_updates(allowed_updates=["pre_checkout_query", "message"])
    paying = asyncio.create_task(alex.pay_link(await plan(bot)))

    async def asked() -> list[Any]:
        return [u for u in await bot.get_updates() if u.pre_checkout_query]

    (query,) = await until(asked)
    await bot.answer_pre_checkout_query(query.pre_checkout_query.id, True)
    await paying
    (shown,) = (await alex.wait_event("subscriptions"))["subscriptions"]
    await alex.cancel(shown["charge_id"])
    assert not [u for u in await bot.get_updates() if u.subscription]
    await bot.get_updates(allowed_updates=["subscription"])
    await alex.enable(shown["charge_id"])
    (told,) = [u.subscription for u in await bot.get_updates() if u.subscription]
    assert told
    assert told.state == "active"


async def test_subscriptions_and_the_time_outlive_the_server(tmp_path: Path) -> None:
    async def check_out(bot: Bot) -> None:
        async def seen() -> list[Update]:
            return [u for u in await bot.get_updates() if u.pre_checkout_query]

        asked = await until(seen)
        assert asked[0].pre_checkout_query
        await bot.answer_pre_checkout_query(asked[0].pre_checkout_query.id, True)

    async with (
        Playground(data_dir=tmp_path) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        await bot.get_me()
        alex = await client.persona(102)
        link = await plan(bot)
        await asyncio.gather(alex.pay_link(link), check_out(bot))
        await client.pass_time(days=29)
        await alex.has_stars(False)
        now = (await client.call("GET", "/clock"))["now"]
    async with (
        Playground(data_dir=tmp_path) as pg,
        make_bot(pg.url) as bot,
        PlaygroundClient(pg.url) as client,
    ):
        assert (await client.call("GET", "/clock"))["now"] >= now
        alex = await client.persona(102)
        (kept,) = alex.seen[0].data["chat"]["subscriptions"]
        assert (kept["state"], alex.seen[0].data["persona"]["out_of_stars"]) == ("active", True)
        await client.pass_time(days=1)
        (told,) = [u.subscription for u in await bot.get_updates() if u.subscription]
        assert told
        assert told.state == "failed"
        assert (await client.call("GET", "/invoices", url=link))["title"] == "All courses"
        await client.reset()
        alex = await client.persona(102)
        assert alex.seen[0].data["chat"]["subscriptions"] == []
        assert alex.seen[0].data["persona"]["out_of_stars"] is False
