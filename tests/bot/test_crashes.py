"""`chezhi run` as a process: killed midway, started again, by polling or webhook."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bot import catalogue_file
from bot.services import utc_now
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from storage.database import Database
from storage.models import InboxUpdate, Order, Recipient
from storage.repositories import items, users
from tests.bot.processes import called, chezhi, data_folder, kill, last, polling, to
from tests.bot.staff import ADMIN, SLOW

TEXT = {"zh": "……", "en": "…"}


@pytest.fixture
async def client() -> AsyncIterator[PlaygroundClient]:
    async with Playground(limits=None) as playground, PlaygroundClient(playground.url) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path, models_dir: Path) -> Path:
    return data_folder(tmp_path / "var", models_dir)


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[Database]:
    """The bot's database, looked at from outside; the sample's items are in."""
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    content = (files("sample") / "items.yaml").read_bytes()
    async with database.write() as session:
        await items.save(session, catalogue_file.read("items.yaml", content, utc_now()))
    yield database
    await database.close()


def url(client: PlaygroundClient) -> str:
    return client._url


@asynccontextmanager
async def running(
    client: PlaygroundClient, folder: Path, *arguments: str, **settings: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
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


async def test_a_broadcast_killed_midway_ends_and_reaches_nobody_twice(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    pace = {"messages_per_second": 20}
    async with running(client, folder, **pace) as process:
        admin = await met(client, ADMIN)
        people = [await met(client) for _ in range(12)]
        async with database.write() as session:
            for person in people:
                await users.change(session, person.id, personalisation=True, city="西安")
        await admin.send("/broadcast")
        await admin.click_text(await admin.wait_text("新的群发", SLOW), "冬季")
        await admin.click_text(await admin.wait_text("邀请谁", SLOW), "西安")
        ready = await admin.wait_text("现在发送吗", SLOW)
        # This one is on its way when the bot dies, and arrives.
        hanging = people[6]
        await client.fault("slow", method="sendMessage", chat_id=hanging.id, seconds=1.5)
        since = await last(client)
        await admin.click_text(ready, "12 人")
        await called(client, since, to("sendMessage", hanging.id))
        await kill(process)
    await hanging.wait_text("你收到此消息", SLOW)
    await client.clear_faults()
    async with running(client, folder, **pace):
        told = (await admin.wait_text("已完成", SLOW))["text"]
    assert "12 / 12" in told
    async with database.read() as session:
        found = {r.user_id: r.status for r in await session.scalars(select(Recipient))}
    assert found[hanging.id] == "unknown"
    calls = [c for c in await client.log(since, "sendMessage") if "你收到" in c["params"]["text"]]
    tried = [int(call["params"]["chat_id"]) for call in calls]
    assert len(tried) == len(set(tried)), "nobody is written to twice"
    for person in people:
        sent = {"sent": 1, "unknown": times(person, "你收到此消息")}[found[person.id]]
        assert times(person, "你收到此消息") == sent <= 1
    # Only what was claimed for a fifth of a second can be in doubt.
    assert list(found.values()).count("unknown") <= 4


async def test_a_payment_killed_midway_is_delivered_once(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    async with running(client, folder) as process:
        buyer = await met(client)
        await buyer.start("item_course-winter")
        card = await buyer.wait_for(
            lambda e: e.name == "message" and "item:buy" in str(e.data["message"]), SLOW
        )
        await buyer.click_text(card.data["message"], "⭐")
        invoice = await buyer.wait_for(
            lambda e: e.name == "message" and "invoice" in e.data["message"], SLOW
        )
        # The delivery is on its way when the bot dies, and arrives.
        await client.fault("slow", method="editMessageText", chat_id=buyer.id, seconds=1.5)
        since = await last(client)
        assert (await buyer.pay(invoice.data["message"]))["ok"]
        await called(client, since, to("editMessageText", buyer.id))
        await kill(process)
    await client.clear_faults()
    async with database.read() as session:
        (order,) = (await session.scalars(select(Order))).all()
        assert (order.status, order.delivered_at) == ("paid", None)
    since = await last(client)
    async with running(client, folder):
        await buyer.wait_text("✅", SLOW)
        await called(client, since, to("editMessageText", buyer.id))
        await buyer.send("/my")
        await buyer.wait_text("我的", SLOW)
    async with database.read() as session:
        (order,) = (await session.scalars(select(Order))).all()
        await session.refresh(order)
        assert order.delivered_at is not None
        open_updates = select(InboxUpdate).where(InboxUpdate.done_at.is_(None))
        assert not (await session.scalars(open_updates)).all()
    assert times(buyer, "✅") == 1


async def test_what_came_before_the_kill_is_answered_after_it(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    """An update that Telegram takes for delivered is taken up from the inbox, and once only."""
    async with running(client, folder) as process:
        person = await met(client)
        await client.fault("slow", method="sendMessage", chat_id=person.id, seconds=60)
        since = await last(client)
        await person.send("/help")
        await called(client, since, to("sendMessage", person.id))
        await called(client, since, lambda call: call["method"] == "getUpdates")
        await kill(process)
    await client.clear_faults()
    mark = person.now
    async with running(client, folder) as process:
        await person.wait_text("/recommend", SLOW, mark)
        await person.send("/terms")
        await person.wait_text("/paysupport", SLOW, mark)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), SLOW)
    assert process.returncode == 0
    assert len([e for e in person.seen[mark:] if "/recommend —" in str(e.data)]) == 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_by_webhook(client: PlaygroundClient, folder: Path, database: Database) -> None:
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hook"
    where = ("--api-base", url(client), "--data-dir", str(folder))
    async with chezhi("run", *where, "--webhook", hook, "--port", str(port)) as process:
        registered = await called(client, 0, lambda call: call["method"] == "setWebhook")
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
