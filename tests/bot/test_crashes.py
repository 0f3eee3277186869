"""`chezhi run` as a process: killed in the midst of things and started again; by webhook."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from activities import coupon_file
from activities.coupon_file import CouponRow
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from retrieval.intents import Intents
from sample.loading import catalogue
from services.clock import utc_now
from storage.database import Database
from storage.models import Coupon, InboxUpdate, Order, PaidMonth, Recipient
from storage.repositories import dealers, items, memberships, users
from tests.bot.forked import Forked
from tests.bot.processes import called, chezhi, cold_chezhi, data_folder, kill, last, polling, to
from tests.bot.staff import ADMIN, SLOW

TEXT = {"zh": "……", "en": "…"}


@pytest.fixture
async def client() -> AsyncIterator[PlaygroundClient]:
    async with Playground(limits=None) as playground, PlaygroundClient(playground.url) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path, models_dir: Path, intents: Intents) -> Path:
    return data_folder(tmp_path / "var", models_dir)


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[Database]:
    """The bot's database, looked at from outside; the sample's items are in."""
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    async with database.write() as session:
        rows = catalogue(utc_now())
        await dealers.save(session, rows.dealers, {})
        await items.save(session, rows.items)
    yield database
    await database.close()


def url(client: PlaygroundClient) -> str:
    return client._url


@asynccontextmanager
async def running(
    client: PlaygroundClient, folder: Path, *arguments: str, **settings: Any
) -> AsyncIterator[Forked]:
    """The bot, once it polls."""
    since = await last(client)
    where = ("--api-base", url(client), "--data-dir", str(folder))
    async with chezhi("run", *where, *arguments, **settings) as process:
        await polling(client, since)
        yield process


async def met(client: PlaygroundClient, persona: int | None = None) -> Person:
    person = await client.persona(persona, first_name="G", language_code="zh")
    await person.start()
    await person.wait_text("你的数据", SLOW)
    return person


def times(person: Person, part: str) -> int:
    """How many messages on the screen hold a text, as they are now."""
    shown: dict[int, str] = {}
    for event in person.seen:
        if event.name in ("message", "edit"):
            message = event.data["message"]
            shown[message["message_id"]] = message.get("text", "")
    return sum(part in text for text in shown.values())


async def launch_broadcast(
    client: PlaygroundClient, database: Database, admin: Person, people: list[Person]
) -> None:
    async with database.write() as session:
        for person in people:
            await users.change(session, person.id, personalisation=True, city="西安")
    await admin.send("/broadcast")
    await admin.click_text(await admin.wait_text("新的群发", SLOW), "冬季")
    await admin.click_text(await admin.wait_text("邀请谁", SLOW), "西安")
    ready = await admin.wait_text("现在发送吗", SLOW)
    await admin.click_text(ready, f"{len(people)} 人")


async def invoice_of(buyer: Person) -> Any:
    await buyer.start("item_course-winter")
    card = await buyer.wait_for(
        lambda e: e.name == "message" and "item:buy" in str(e.data["message"]), SLOW
    )
    await buyer.click_text(card.data["message"], "⭐")
    invoice = await buyer.wait_for(
        lambda e: e.name == "message" and "invoice" in e.data["message"], SLOW
    )
    return invoice.data["message"]


async def test_killed_in_the_midst_of_a_broadcast_a_payment_and_a_question(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    pace = {"messages_per_second": 20}
    async with running(client, folder, **pace) as process:
        admin, buyer, asker = await met(client, ADMIN), await met(client), await met(client)
        people = [await met(client) for _ in range(12)]
        invoice = await invoice_of(buyer)
        since = await last(client)
        # Each of these is on its way when the bot dies, and arrives.
        hanging = people[6]
        for method, person in (
            ("editMessageText", buyer),
            ("sendMessage", asker),
            ("sendMessage", hanging),
        ):
            await client.fault("slow", method=method, chat_id=person.id, seconds=2)
        asked = asker.now
        await launch_broadcast(client, database, admin, people)
        await called(client, since, to("sendMessage", hanging.id))
        await asker.send("/help")
        assert (await buyer.pay(invoice))["ok"]
        await called(client, since, to("editMessageText", buyer.id))
        await called(client, since, to("sendMessage", asker.id))
        await kill(process)
    for person, part in ((buyer, "✅"), (asker, "/recommend"), (hanging, "你收到此消息")):
        await person.wait_text(part, SLOW)
    await client.clear_faults()
    async with database.read() as session:
        (order,) = (await session.scalars(select(Order))).all()
        assert (order.status, order.delivered_at) == ("paid", None)
        left = (await session.scalars(select(InboxUpdate.payload))).all()
        assert any("successful_payment" in str(payload) for payload in left)
    again = await last(client)
    async with running(client, folder, **pace) as process:
        told = (await admin.wait_text("已完成", SLOW))["text"]
        await called(client, again, to("editMessageText", buyer.id))
        mark = asker.now
        await asker.send("/terms")
        await asker.wait_text("/paysupport", SLOW, mark)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), SLOW)
    assert process.returncode == 0, "a stop that was asked for is no failure"
    await check_recipients(client, database, people, since, told)
    assert (await statuses(database))[hanging.id] == "unknown"
    async with database.read() as session:
        (order,) = (await session.scalars(select(Order))).all()
        assert order.delivered_at is not None
        open_updates = select(InboxUpdate).where(InboxUpdate.done_at.is_(None))
        assert not (await session.scalars(open_updates)).all()
    assert times(buyer, "✅") == 1
    # The question was handled again, since nobody can know that its answer had arrived.
    helped = [e for e in asker.seen[asked:] if "/recommend —" in str(e.data)]
    assert len(helped) == 2


async def statuses(database: Database) -> dict[int, str]:
    async with database.read() as session:
        return {r.user_id: r.status for r in await session.scalars(select(Recipient))}


async def check_recipients(
    client: PlaygroundClient, database: Database, people: list[Person], since: int, told: str
) -> None:
    """Everyone is settled, tried once at most, and counted as they are."""
    found = await statuses(database)
    assert f"{len(people)} / {len(people)}" in told
    assert sorted(found) == sorted(person.id for person in people)
    calls = [c for c in await client.log(since, "sendMessage") if "你收到" in c["params"]["text"]]
    tried = [int(c["params"]["chat_id"]) for c in calls]
    tried = [user_id for user_id in tried if user_id != ADMIN]
    assert len(tried) == len(set(tried)), "nobody is written to twice"
    for person in people:
        got = times(person, "你收到此消息")
        assert got == 1 if found[person.id] == "sent" else got <= 1
    assert set(found.values()) == {"sent", "unknown"}
    # Only what was claimed and not written down yet, a third of a second, can be in doubt.
    assert list(found.values()).count("unknown") <= 7


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_by_webhook(client: PlaygroundClient, folder: Path, database: Database) -> None:
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hook"
    where = ("--api-base", url(client), "--data-dir", str(folder))
    async with cold_chezhi("run", *where, "--webhook", hook, "--port", str(port)) as process:
        registered = await called(client, 0, lambda call: call["method"] == "setWebhook", 120)
        assert registered["params"]["url"] == hook
        assert len(registered["params"]["secret_token"]) >= 32
        person = await met(client)
        update = {"update_id": 7, "message": {"message_id": 1, "date": 0, "text": "/help"}}
        update["message"] |= {
            "chat": {"id": person.id, "type": "private"},
            "from": {"id": person.id, "is_bot": False, "first_name": "X"},
        }
        mark = person.now
        secret = registered["params"]["secret_token"]
        header = "X-Telegram-Bot-Api-Secret-Token"
        async with aiohttp.ClientSession() as session:
            for given in ({}, {header: "wrong"}, {header: "ключ".encode().decode("latin-1")}):
                async with session.post(hook, json=update, headers=given) as answer:
                    assert answer.status == 401
            # Told again and again, as Telegram does when an answer is lost.
            for _ in range(3):
                async with session.post(hook, json=update, headers={header: secret}) as answer:
                    assert answer.status == 200
        await person.wait_text("/recommend", SLOW, mark)
        await person.send("/terms")
        await person.wait_text("/paysupport", SLOW, mark)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), SLOW)
    assert len([e for e in person.seen[mark:] if "/recommend —" in str(e.data)]) == 1
    async with database.read() as session:
        rows = (await session.scalars(select(InboxUpdate))).all()
    assert all(row.done_at and row.payload is None for row in rows)
    assert utc_now() - max(row.done_at for row in rows if row.done_at) < timedelta(hours=1)


async def test_killed_between_a_months_payment_and_its_message(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    async with database.write() as session:
        await memberships.save_plans(session, catalogue(utc_now()).plans)
    async with running(client, folder) as process:
        member = await met(client)
        await member.send("/join")
        plans = await member.wait_for(lambda e: "member:join:" in str(e.data), SLOW)
        await member.click_text(plans.data["message"], "月")
        offer = await member.wait_text("每月", SLOW)
        since = await last(client)
        # The confirmation is on its way when the bot dies, and arrives.
        await client.fault("slow", method="editMessageText", chat_id=member.id, seconds=2)
        link = offer["reply_markup"]["inline_keyboard"][0][0]["url"]
        assert (await member.pay_link(link))["ok"]
        await called(client, since, to("editMessageText", member.id))
        await kill(process)
    await member.wait_text("你现在是", SLOW)
    await client.clear_faults()
    mark = member.now
    async with running(client, folder):
        await member.send("/my")
        await member.wait_text("电动", SLOW, since=mark)
        told = None
        while told is None:
            await asyncio.sleep(0.1)
            async with database.read() as session:
                told = await session.scalar(select(PaidMonth.told_at))
    assert times(member, "你现在是") == 1


async def test_killed_between_a_payment_with_a_coupon_and_its_delivery(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    title = {"zh": "冬季券", "en": "Winter"}
    cuts = [{"code": "LESS", "percent": 20}, {"code": "NONE", "free": True}]
    coupons = [CouponRow.model_validate(cut | {"title": title, "total": 1}) for cut in cuts]
    async with database.write() as session:
        await coupon_file.save(session, coupons, utc_now())
    async with running(client, folder) as process:
        buyer, lucky = await met(client), await met(client)
        for person, code in ((buyer, "LESS"), (lucky, "NONE")):
            await person.send(f"/coupon {code}")
            await person.click_text(await person.wait_text(code, SLOW), "收好")
            await person.wait_text("已收好", SLOW)
            await client.fault("slow", method="editMessageText", chat_id=person.id, seconds=2)
        invoice = await invoice_of(buyer)
        assert invoice["invoice"]["total_amount"] == 120
        since = await last(client)
        assert (await buyer.pay(invoice))["ok"]
        await lucky.start("item_course-winter")
        card = await lucky.wait_for(
            lambda e: e.name == "message" and "item:buy" in str(e.data["message"]), SLOW
        )
        await lucky.click_text(card.data["message"], "⭐")
        for person in (buyer, lucky):
            await called(client, since, to("editMessageText", person.id))
        await kill(process)
    await client.clear_faults()
    async with database.read() as session:
        found = (await session.scalars(select(Order))).all()
        assert {(one.status, one.delivered_at) for one in found} == {("paid", None)}
    since = await last(client)
    async with running(client, folder) as process:
        for person in (buyer, lucky):
            await called(client, since, to("editMessageText", person.id))
            await person.wait_text("✅", SLOW)
        mark = lucky.now
        await lucky.send("/terms")
        await lucky.wait_text("/paysupport", SLOW, mark)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), SLOW)
    async with database.read() as session:
        found = (await session.scalars(select(Order).order_by(Order.price_stars))).all()
        assert [(o.price_stars, o.taken_off, o.coupon_turn) for o in found] == [
            (0, 150, 1),
            (120, 30, 1),
        ]
        assert all(one.delivered_at is not None for one in found)
        assert [one.uses for one in await session.scalars(select(Coupon))] == [1, 1]
    assert (times(buyer, "✅"), times(lucky, "✅")) == (1, 1)
