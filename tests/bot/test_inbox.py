"""Updates that fail for a passing reason are tried again, in order; what ends the process isn't."""

import asyncio
import sqlite3
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from aiogram import Bot, Dispatcher
from aiogram.types import Update
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot import inbox as module
from bot.app import make_bot, poll
from bot.inbox import Inbox
from bot.messenger import TelegramMessenger
from bot.routers import questions
from playground.client import PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from services.clock import utc_now
from services.operators import Operators
from storage import database as database_module
from storage.database import Database
from storage.models import InboxUpdate, Order
from storage.repositories import inbox, orders
from tests.bot.acts import TOKEN, agreed, open_item, rows
from tests.bot.conftest import ADMIN, EDITOR

LOCKED = OperationalError("UPDATE …", {}, sqlite3.OperationalError("database is locked"))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite gives up a lock soon, and so does nobody else."""
    monkeypatch.setattr(database_module, "BUSY_S", 0.1)
    monkeypatch.setattr(module, "LAST_PAUSE_S", 0.5)


async def test_who_writes_while_the_database_is_locked_is_answered_afterwards(
    impatient: None,
    client: PlaygroundClient,
    brain: Brain,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(questions, "TYPING_AFTER_S", 0)
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    # Ann's question is under way when the lock comes; Bob's are sent meanwhile.
    await client.fault("slow", method="sendChatAction", chat_id=ann.id, times=1, seconds=1)
    mark, marked = ann.now, bob.now
    await ann.send("When should brake fluid be changed?")
    await ann.send("/terms")
    await asyncio.sleep(0.3)
    lock = sqlite3.connect(tmp_path / "chezhi.db", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    for text in ("When should brake fluid be changed?", "/terms"):
        await bob.send(text)
    await asyncio.sleep(1.5)
    lock.rollback()
    for person, since in ((ann, mark), (bob, marked)):
        await person.wait_text("/paysupport", since=since)
        texts = [str(e.data) for e in person.seen[since:] if e.name == "message"]
        said = [t for t in texts if "two years" in t or "/paysupport" in t]
        assert ["two years" in text for text in said] == [True, False], "in order, once each"
        assert not any("went wrong" in text for text in texts)


async def test_a_payment_that_meets_a_lock_is_delivered_by_the_running_bot(
    impatient: None,
    client: PlaygroundClient,
    brain: Brain,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ann = await agreed(client)
    await ann.click(
        await open_item(client_person := ann, "course-winter"), "item:buy:course-winter:link"
    )
    invoice = await client_person.wait_for(lambda e: "invoice" in str(e.data.get("message")))
    pay, failures = orders.pay, 3

    async def locked(*args: Any) -> str:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise LOCKED
        return await pay(*args)

    monkeypatch.setattr(orders, "pay", locked)
    assert (await ann.pay(invoice.data["message"]))["ok"]
    await ann.wait_text("✅")
    (order,) = await rows(brain.database, Order)
    assert (order.status, failures) == ("paid", -1)
    assert not any("went wrong" in str(event.data) for event in ann.seen)


class Handling:
    """Stands for the dispatcher: fails while it is told to, and notes what held."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.tried: list[int] = []
        self.held: list[int] = []

    async def feed_update(self, _bot: Bot, update: Update) -> None:
        self.tried.append(update.update_id)
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        self.held.append(update.update_id)


def message(number: int, chat: int, **content: Any) -> dict[str, Any]:
    return {
        "update_id": number,
        "message": {
            "message_id": number,
            "date": 0,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "X"},
            **(content or {"text": str(number)}),
        },
    }


PAID = {
    "currency": "XTR",
    "total_amount": 1,
    "invoice_payload": "x",
    "telegram_payment_charge_id": "y",
    "provider_payment_charge_id": "z",
}
FILE = {"file_id": "a", "file_unique_id": "b"}


@pytest.fixture
def handling() -> Handling:
    return Handling()


@pytest.fixture
async def bot() -> Bot:
    return make_bot(TOKEN, "http://127.0.0.1:1")


def make_inbox(database: Database, bot: Bot, handling: Handling) -> Inbox:
    operators = Operators(TelegramMessenger(bot, database), database)
    return Inbox(database, bot, cast(Dispatcher, handling), operators, utc_now)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (nothing tells it)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_chats_keep_their_order_and_money_comes_first(
    database: Database, bot: Bot, handling: Handling
) -> None:
    handling.error = LOCKED
    work = make_inbox(database, bot, handling)
    await work.receive([message(n, n % 3) for n in range(1, 10)])
    await work.receive([message(10, 1, successful_payment=PAID)])
    # A payment that fails for good is tried a few times; a question isn't.
    await until(lambda: 10 in handling.tried and {1, 2, 3} <= set(handling.tried))
    assert set(handling.tried) == {1, 2, 3, 10}, "what comes later in a chat waits"
    await asyncio.sleep(module.FIRST_PAUSE_S)
    handling.error = None
    await until(lambda: len(handling.held) == 10)
    assert handling.held[0] == 10
    by_chat = defaultdict(list)
    for number in handling.held[1:]:
        by_chat[number % 3].append(number)
    assert all(numbers == sorted(numbers) for numbers in by_chat.values())
    await until(lambda: not work._lanes)
    async with database.read() as session:
        assert await inbox.left_open(session, bot.id) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_defect_ends_no_lane_and_a_payment_stays_open(
    database: Database, bot: Bot, handling: Handling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.01)
    handling.error = ValueError("a defect")
    work = make_inbox(database, bot, handling)
    await work.receive([message(1, 1), message(2, 1), message(3, 1, successful_payment=PAID)])
    await until(lambda: not work._lanes)
    assert [handling.tried.count(n) for n in (1, 2, 3)] == [1, 1, module.MONEY_TRIES]
    async with database.read() as session:
        assert [row.update_id for row in await inbox.left_open(session, bot.id)] == [3]
    handling.error = None
    again = make_inbox(database, bot, handling)
    await again.take_up()
    await until(lambda: handling.held == [3])
    await again.close()


class Ending(Handling):
    """Handles for ever, until the process ends."""

    async def feed_update(self, _bot: Bot, update: Update) -> None:
        self.tried.append(update.update_id)
        await asyncio.Event().wait()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_ended_the_process_is_put_aside_at_the_next_start(
    database: Database, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is put aside after one end of the process. Of what was in hand otherwise nobody knows
    which it was, so each is tried once more, alone; a payment more often.
    """
    monkeypatch.setattr(module, "PATIENCE_S", 0.1)
    came = [message(1, 1, document=FILE), message(2, 2), message(3, 3, successful_payment=PAID)]

    async def start(*tried: int, kill: bool = True) -> None:
        handling = Ending()
        work = make_inbox(database, bot, handling)
        await work.take_up()
        await work.receive(came)  # which came before, but for the first time
        await until(lambda: sorted(handling.tried) == list(tried))
        if not kill:
            await work.close()
        for lane in work._lanes.values():  # nothing is tidied up
            assert lane.task
            lane.task.cancel()

    await start(1, 2, 3)
    await start(2, 3, kill=False)
    await start(2, 3)
    await start(3)
    await start(3)
    work = make_inbox(database, bot, Ending())
    await work.take_up()
    await until(lambda: not work._lanes)
    async with database.read() as session:
        found = await session.scalars(select(InboxUpdate).where(InboxUpdate.aside.is_not(None)))
        assert {row.update_id for row in found if row.payload} == {1, 2, 3}


async def test_who_sent_what_ended_the_process_is_told_and_everybody_else_is_answered(
    brain: Brain, pg: Playground
) -> None:
    bot = make_bot(TOKEN, pg.url)
    fatal = message(7, EDITOR, document={**FILE, "file_name": "odd.md"})
    async with PlaygroundClient(pg.url) as client:
        await bot.get_me()
        admin, editor = await client.persona(ADMIN), await client.persona(EDITOR)
        for person in (admin, editor):
            await person.send("早先的话")
        async with brain.database.write() as session:
            await inbox.receive(session, bot.id, [fatal], utc_now())
            await inbox.begin(session, bot.id, 7)
        running = asyncio.create_task(poll(brain, bot))
        assert "message.document" in (await admin.wait_text("曾使机器人进程终止"))["text"]
        await editor.wait_text("不会再试")
        await editor.send("/terms")
        await editor.wait_text("/paysupport")
        assert not any("odd.md" in str(event.data) for event in editor.seen)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        # It is told once, and not at each start.
        marks = admin.now, editor.now
        running = asyncio.create_task(poll(brain, make_bot(TOKEN, pg.url)))
        await editor.send("/terms")
        await editor.wait_text("/paysupport", since=marks[1])
        assert not any("终止" in str(event.data) for event in admin.seen[marks[0] :])
        assert not any("不会再试" in str(event.data) for event in editor.seen[marks[1] :])
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
