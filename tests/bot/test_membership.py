"""Membership by the month: joining, renewals, leaving, refunds, and what a deletion ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from bot.app import make_bot, poll
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from sample.loading import catalogue
from services.brain import Brain, open_brain
from services.clock import utc_now
from services.settings import Settings
from storage.database import Database
from storage.models import Membership, PaidMonth, Signal, User
from storage.repositories import memberships
from tests.bot.acts import TOKEN, agreed, button_data, open_item, rows, tap, with_button
from tests.bot.conftest import ADMIN

PLAN, COURSE, OTHER = "plan-electric", "course-winter", "course-buying"


@pytest.fixture
async def brain(
    pg: Playground,
    settings: Settings,
    encoder: Encoder,
    reader: BundledReader,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Brain]:
    """As everywhere, on the playground's time, so that months pass."""
    monkeypatch.setattr("services.answering.answers.load_encoder", lambda *_: encoder)
    monkeypatch.setattr("services.answering.answers.load_reader", lambda *_: None)
    monkeypatch.setattr("bot.app.SETTLE_EVERY_S", 0.3)
    database = Database(settings.database)
    async with open_brain(settings, database, pg.world.clock.now) as brain:
        yield brain
    await database.close()


@pytest.fixture
async def client(pg: Playground, brain: Brain) -> AsyncIterator[PlaygroundClient]:
    running = asyncio.create_task(poll(brain, make_bot(TOKEN, pg.url)))
    async with PlaygroundClient(pg.url) as client:
        await client.wait_for_bot()
        yield client
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def link(person: Person, plan: str = PLAN) -> str:
    """Asks to join, up to the link that is paid."""
    mark = person.now
    await person.send("/join")
    offer = await with_button(person, f"member:join:{plan}", since=mark)
    mark = person.now
    await tap(person, offer, f"member:join:{plan}")
    shown = await person.wait_text("a month", since=mark)
    return str(shown["reply_markup"]["inline_keyboard"][0][0]["url"])


async def joined(client: PlaygroundClient) -> Person:
    person = await agreed(client)
    assert (await person.pay_link(await link(person)))["ok"]
    await person.wait_text("You are a member of")
    return person


async def reads(person: Person, item: str = COURSE) -> bool:
    return any(
        d.startswith(f"item:read:{item}") for d in button_data(await open_item(person, item))
    )


async def held(brain: Brain, person: Person) -> Membership:
    found = await rows(brain.database, Membership, Membership.user_id == person.id)
    running = [m for m in found if m.status not in ("open", "expired")]
    assert len(running) == 1
    one: Membership = running[0]
    return one


async def test_a_member_reads_the_plans_courses_for_three_months_and_no_longer(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await joined(client)
    assert await reads(person)
    assert not await reads(person, OTHER), "no course of this plan"
    for _ in range(2):
        mark = person.now
        await client.pass_time(days=30)
        await person.wait_text("was renewed", since=mark)
    assert await reads(person)
    # The last renewal can't be paid: the month that was paid stays, and then it is over.
    await person.has_stars(False)
    mark = person.now
    await client.pass_time(days=29)
    assert await reads(person)
    await client.pass_time(days=1.5)
    await person.wait_text("was not paid", since=mark)
    assert not await reads(person)
    months = await rows(brain.database, PaidMonth, PaidMonth.user_id == person.id)
    assert [m.status for m in months] == ["paid"] * 3
    bought = await rows(brain.database, Signal, Signal.verb == "purchased")
    assert [(s.object_type, s.object_id) for s in bought] == [("plan", PLAN)] * 3
    assert (await held(brain, person)).status == "failed"


@pytest.mark.parametrize("by", ["bot", "app"])
async def test_who_leaves_keeps_the_paid_month_and_may_come_back(
    client: PlaygroundClient, brain: Brain, by: str
) -> None:
    person = await joined(client)
    membership = await held(brain, person)
    (month,) = await rows(brain.database, PaidMonth, PaidMonth.user_id == person.id)
    mark = person.now
    if by == "bot":
        await person.send("/my")
        mine = await with_button(person, "member:cancel", since=mark)
        assert "won't be renewed" in await tap(person, mine, f"member:cancel:{membership.id}")
    else:
        await person.cancel(month.charge_id)
        await person.wait_text("is not renewed any more", since=mark)
    assert (await held(brain, person)).status == "cancelled"
    assert await reads(person)
    mark = person.now
    if by == "bot":  # what the bot ended, only the bot can let the person take up again
        await person.send("/my")
        mine = await with_button(person, "member:resume", since=mark)
        assert "take it up again" in await tap(person, mine, f"member:resume:{membership.id}")
    await person.enable(month.charge_id)
    await person.wait_text("is renewed again", since=mark)
    mark = person.now
    await client.pass_time(days=30)
    await person.wait_text("was renewed", since=mark)


async def test_nobody_is_a_member_of_one_plan_twice(
    client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    person = await agreed(client)
    first, second = await link(person), await link(person)
    assert (await person.pay_link(first))["ok"]
    await person.wait_text("You are a member of")
    refused = await person.pay_link(second)
    assert not refused["ok"]
    assert "member of this plan already" in refused["error"]
    mark = person.now
    await person.send("/join")
    menu = await person.wait_text("Membership", since=mark)
    assert not any(d.startswith(f"member:join:{PLAN}") for d in button_data(menu))
    assert len(await rows(brain.database, PaidMonth)) == 1


async def test_a_month_paid_back_is_over_and_not_renewed(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await joined(client)
    (month,) = await rows(brain.database, PaidMonth, PaidMonth.user_id == person.id)
    admin = await client.persona(ADMIN)
    mark = person.now
    await admin.send(f"/refund {month.charge_id}")
    await person.wait_text("were paid back", since=mark)
    assert not await reads(person)
    await client.pass_time(days=31)
    assert len(await rows(brain.database, PaidMonth)) == 1
    assert (await held(brain, person)).status == "cancelled"


async def test_who_is_deleted_is_not_charged_again(
    client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    person = await joined(client)
    mark = person.now
    await person.send("/privacy")
    menu = await with_button(person, "privacy:delete", since=mark)
    await tap(person, menu, "privacy:delete")
    sure = await person.wait_text("Electric member", since=mark)
    await tap(person, sure, "privacy:delete-yes")
    await person.wait_text("Everything is deleted", since=mark)
    assert await rows(brain.database, User, User.id == person.id) == []
    await client.pass_time(days=31)
    (month,) = await rows(brain.database, PaidMonth)
    assert month.user_id is None, "what was paid stays for the books, without a name"
    assert len(next(iter(pg.world.bots.values())).ledger.transactions) == 1


async def test_a_payment_that_comes_twice_is_one_month(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await joined(client)
    paid = next(
        e.data["message"]["successful_payment"]
        for e in person.seen
        if "successful_payment" in e.data.get("message", {})
    )
    mark = person.now
    await client.bring(
        "message",
        chat={"id": person.id, "type": "private", "first_name": "Ann"},
        sender={"id": person.id, "is_bot": False, "first_name": "Ann"},
        successful_payment=paid,
    )
    await person.send("/my")
    await person.wait_text("Electric member", since=mark)
    assert len(await rows(brain.database, PaidMonth)) == 1
    shown = [e.data["message"] for e in person.seen if "message" in e.data]
    told = {m["message_id"] for m in shown if "You are a member of" in m.get("text", "")}
    assert len(told) == 1


async def test_a_price_that_changed_is_not_charged(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    old = await link(person)
    plans = [plan | {"price_stars": plan["price_stars"] + 1} for plan in catalogue(utc_now()).plans]
    async with brain.database.write() as session:
        await memberships.save_plans(session, plans)
    refused = await person.pay_link(old)
    assert "price has changed" in refused["error"]
