"""What Telegram may bring one day: updates and answers that the library can't read."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from aiogram.methods import SendMessage

from bot.app import make_bot, poll, run_webhook
from bot.parsing import Unreadable, read_update
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from storage.models import InboxUpdate, User
from storage.repositories import inbox
from tests.bot.acts import TOKEN, rows
from tests.bot.conftest import ADMIN
from tests.bot.odd import ANONYMOUS, CHANNEL_BOT, TELEGRAM, USER, Odd

SECRET = "words of somebody's own"
POLL = {
    "id": "1",
    "question": SECRET,
    "options": [{"text": SECRET}],
    "total_voter_count": 0,
    "is_closed": False,
}
ODD = {
    "message.poll.options.persistent_id": {"poll": POLL},
    "message.forward_origin (from_the_future)": {
        "text": SECRET,
        "forward_origin": {"type": "from_the_future", "date": 0, "words": SECRET},
    },
    "message.paid_media.paid_media (hologram)": {
        "paid_media": {"star_count": 1, "paid_media": [{"type": "hologram", "words": SECRET}]}
    },
    "message.text": {"text": {"rich": SECRET}},
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=["polling", "webhook"])
async def any_way(
    pg: Playground, brain: Brain, request: pytest.FixtureRequest
) -> AsyncIterator[PlaygroundClient]:
    """The bot, by either way in."""
    bot, port = make_bot(TOKEN, pg.url), free_port()
    work = (
        poll(brain, bot)
        if request.param == "polling"
        else run_webhook(brain, bot, f"http://127.0.0.1:{port}/hook", "127.0.0.1", port)
    )
    running = asyncio.create_task(work)
    async with PlaygroundClient(pg.url) as client:
        await client.wait_for_bot()
        yield client
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def of(person: Person, **content: Any) -> dict[str, Any]:
    user = {"id": person.id, "is_bot": False, "first_name": "Ann", "language_code": "en"}
    return {"chat": {"id": person.id, "type": "private"}, "sender": user, **content}


async def test_what_cannot_be_read_is_kept_told_once_and_passed(
    any_way: PlaygroundClient, brain: Brain, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = any_way
    admin = await client.persona(ADMIN)
    await admin.start()
    await admin.wait_text("你的数据")
    ann = await client.persona(first_name="Ann", language_code="en")
    await ann.start()
    for content in [*ODD.values(), *ODD.values()]:
        await client.bring("message", **of(ann, **content))
    await ann.send("When should brake fluid be changed?")
    await ann.wait_text("two years")
    for where in ODD:
        await admin.wait_text(where)
    kept = []
    while len(kept) < 2 * len(ODD):
        await asyncio.sleep(0.05)
        kept = await rows(brain.database, InboxUpdate, InboxUpdate.aside.is_not(None))
    await admin.send("/help")
    await admin.wait_text("/recommend")
    told = [e.data["message"]["text"] for e in admin.seen if "⚠️" in str(e.data)]
    assert len(told) == len(ODD)
    assert not any(SECRET in text for text in told)
    assert SECRET not in caplog.text
    assert all(SECRET in str(row.payload) and row.user_id == ann.id for row in kept)
    async with brain.database.write() as session:
        await inbox.forget_person(session, ann.id)
    assert not any(SECRET in str(row.payload) for row in await rows(brain.database, InboxUpdate)), (
        "a deletion finds what is put aside"
    )


async def test_an_answer_of_a_new_kind_is_an_answer(
    client: PlaygroundClient, caplog: pytest.LogCaptureFixture
) -> None:
    newer = {"poll": {"id": "1"}, "entities": [{"type": "bold"}], "hologram": {"words": SECRET}}
    await client.fault("newer", method="send*", adds=newer)
    await client.fault("newer", method="editMessageText", adds=newer)
    ann = await client.persona(language_code="en")
    await ann.start("item_course-winter")
    event = await ann.wait_for(lambda e: "item:buy" in str(e.data.get("message")))
    # The card's id comes from such an answer, and the delivery is written into it.
    await ann.click_text(event.data["message"], "⭐")
    invoice = await ann.wait_for(lambda e: "invoice" in e.data.get("message", {}))
    assert (await ann.pay(invoice.data["message"]))["ok"]
    await ann.wait_text("✅")
    await ann.send("When should brake fluid be changed?")
    await ann.wait_text("two years")
    assert not any("went wrong" in str(event.data) for event in ann.seen)
    assert SECRET not in caplog.text


RICH = {
    "blocks": [
        {"type": "heading", "text": "Winter", "size": 3},
        {"type": "paragraph", "text": ["When should ", {"type": "bold", "text": "brake fluid"}]},
        {"type": "list", "items": [{"label": "•", "blocks": [{"type": "paragraph", "text": "a"}]}]},
        {"type": "table", "cells": [[{"text": "b"}, {"text": {"type": "code", "text": "c"}}]]},
        {"type": "divider"},
        {"type": "details", "summary": "d", "blocks": [{"type": "paragraph", "text": "e"}]},
        {"type": "map", "location": {"latitude": 1, "longitude": 2}, "caption": {"text": "f"}},
    ]
}
WORDS = "Winter\nWhen should brake fluid\na\nb c\nd\ne\nf"


def test_a_rich_message_is_read_as_its_words() -> None:
    """aiogram's own reading of rich text takes longer by powers of its nesting."""
    bot = make_bot(TOKEN, "http://127.0.0.1:1")
    head = {"message_id": 1, "date": 0, "chat": {"id": 7, "type": "private"}, "from": USER}
    answered = {**head, "rich_message": RICH}
    update = read_update(
        {"update_id": 1, "message": {**answered, "reply_to_message": answered}}, bot
    )
    assert not isinstance(update, Unreadable)
    told = bot.session.check_response(
        bot, SendMessage(chat_id=7, text="x"), 200, json.dumps({"ok": True, "result": answered})
    ).result
    assert update.message
    for message in (update.message, update.message.reply_to_message, told):
        assert message
        assert message.text == WORDS
        assert message.rich_message is None


async def test_a_rich_question_is_answered(client: PlaygroundClient) -> None:
    ann = await client.persona(first_name="Ann", language_code="en")
    await ann.start()
    asked = [{"type": "italic", "text": "When should brake fluid "}, "be changed?"]
    rich = {"blocks": [{"type": "paragraph", "text": asked}]}
    await client.bring("message", **of(ann, rich_message=rich))
    await ann.wait_text("two years")


@pytest.mark.parametrize("seed", range(2))
async def test_odd_updates_end_in_no_unhandled_error(
    seed: int, client: PlaygroundClient, brain: Brain, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody of them is there to be answered, most of their chats are not, and taps come late."""
    odd = Odd(seed)
    for _ in range(150):
        kind, body = odd.update()
        await client.bring(kind, **body)
    while await unfinished(brain):  # noqa: ASYNC110 (nothing tells it)
        await asyncio.sleep(0.1)
    errors = [
        record.getMessage()
        for record in caplog.records
        # A client that an earlier test left open is told of when its memory is freed.
        if record.levelno >= logging.ERROR and record.name != "asyncio"
    ]
    assert errors == []
    known = {row.id for row in await rows(brain.database, User)}
    assert not known & {ANONYMOUS, TELEGRAM, CHANNEL_BOT, 0}
    assert await rows(brain.database, InboxUpdate, InboxUpdate.aside.is_not(None)) == []
    ann = await client.persona(language_code="en")
    await ann.send("/terms")
    await ann.wait_text("/paysupport")


async def unfinished(brain: Brain) -> bool:
    left = await rows(brain.database, InboxUpdate, InboxUpdate.done_at.is_(None))
    return any(row.aside is None for row in left)
