"""Taps that lead nowhere any more, taps on what is somebody else's, and handlers that fail."""

import inspect
import logging

import pytest
from aiogram.types import (
    BotSubscriptionUpdated,
    CallbackQuery,
    ErrorEvent,
    InlineQuery,
    Message,
    MessageGenerationStopped,
    PollAnswer,
    PreCheckoutQuery,
)

from bot.routers import all_routers
from playground.client import PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from storage.models import Question
from tests.bot.acts import (
    agreed,
    button_data,
    change_item,
    open_item,
    rows,
    stale,
    tap,
    verbs,
    with_button,
)

EVENTS = {
    BotSubscriptionUpdated,
    CallbackQuery,
    ErrorEvent,
    InlineQuery,
    Message,
    MessageGenerationStopped,
    PollAnswer,
    PreCheckoutQuery,
}
GARBAGE = [
    "x",
    "source",
    "source:1",
    "source:one:2",
    f"source:{2**70}:1",
    "source:-1:1",
    "rate:999999:1",
    "reason:999999:wrong",
    "reason:1:nonsense",
    "human:999999",
    f"human:{2**70}",
    "help:add:1",
    "item:open",
    "item:fly:course-winter:",
    "item:like:no-such-item:",
    "item:dismiss:no-such-item:recommend",
    "item:buy:no-such-item:",
    "item:get:no-such-item:",
    "item:read:no-such-item:",
    "item:book:no-such-item:",
    "item:cancel:no-such-item:",
    "item:book:course-winter:",
    "item:read:course-winter:",
    "item:get:course-winter:",
    "lesson:course-winter:0",
    "lesson:no-such:99999999999999999999",
    *(f"learn:{act}:no-such" for act in ("on", "cert", "show", "hide")),
    "learn:cert:course-winter",
    "quiz:no-such:0::",
    "quiz:course-winter:-1:abc:def",
    f"quiz:course-winter:{10**18}::",
    "item:play:no-such-item:",
    "item:play:course-winter:",
    *(f"lot:{act}:course-winter" for act in ("about", "enter", "file", "claim", "decline")),
    "play:nothing:",
    "consent:maybe",
    "onboard:car",
    "onboard:nothing:else",
    "privacy:nothing",
    "language:xx:yy",
    "camp:send:1",
    "draft:course-winter::",
    "invite:open:77",
    "old-format|7",
]
# These change the message under them, so each has a message of its own.
SHOWN = ["list:nothing:0", "list:course:-5", f"list:course:{10**22}", "item:cancel:course-winter:"]


async def test_every_tap_is_answered_and_none_fails(
    client: PlaygroundClient, pg: Playground, brain: Brain, caplog: pytest.LogCaptureFixture
) -> None:
    person = await agreed(client)
    message = await stale(pg, person, *GARBAGE)
    assert [data for data in GARBAGE if not await tap(person, message, data)] == []
    for data in SHOWN:
        await tap(person, await stale(pg, person, data), data)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
    assert await verbs(brain.database, person) == []


async def test_another_persons_question_stays_theirs(
    client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    ann = await agreed(client, "Ann")
    await ann.send("When should brake fluid be changed?")
    answer = await with_button(ann, "source:")
    source, up = (next(d for d in button_data(answer) if d.startswith(p)) for p in ("sou", "rate"))
    bob = await agreed(client, "Bob")
    message = await stale(pg, bob, source, up)
    for data in (source, up):
        assert "no longer there" in await tap(bob, message, data)
    (question,) = await rows(brain.database, Question)
    assert question.rating is None
    assert await verbs(brain.database, bob) == []


async def test_an_item_that_is_gone_says_so(
    client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    person = await agreed(client)
    message = await stale(pg, person, "item:buy:course-winter:x", "item:open:course-winter:x")
    await change_item(brain.database, "course-winter", active=False)
    assert "no longer on offer" in await tap(person, message, "item:buy:course-winter:x")
    await tap(person, message, "item:open:course-winter:x")
    await person.wait_text("no longer on offer")
    assert await verbs(brain.database, person) == []


async def test_a_failing_handler_says_one_sentence_and_logs_the_update(
    client: PlaygroundClient, caplog: pytest.LogCaptureFixture
) -> None:
    person = await agreed(client)
    mark = person.now
    await client.fault("500", method="sendMessage", times=1)
    await person.send("/help")
    sorry = await person.wait_text("went wrong on our side", since=mark)
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert line.split("id=")[1].split()[0] in sorry["text"]
    # A tap is answered all the same, and the next message is handled as if nothing was.
    mark = person.now
    await client.fault("500", method="editMessageText", times=1)
    message = await with_button(person, "onboard:car")
    await tap(person, message, "onboard:car:owns")
    await person.wait_text("went wrong on our side", since=mark)
    await person.send("/help")
    await person.wait_text("/recommend", since=mark)


async def test_a_toast_that_comes_too_late_is_no_failure(
    client: PlaygroundClient, pg: Playground, brain: Brain, caplog: pytest.LogCaptureFixture
) -> None:
    person = await agreed(client)
    likes = ["item:like:course-winter:x", "item:like:course-ev:x"]
    message = await stale(pg, person, *likes)
    await client.fault("500", method="answerCallbackQuery", times=1)
    await person.click(message, likes[0])
    await tap(person, message, likes[1])
    assert await verbs(brain.database, person) == ["liked course-winter", "liked course-ev"]
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_failing_pre_checkout_is_refused_at_once(
    client: PlaygroundClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await agreed(client)
    card = await open_item(person, "course-winter")
    await tap(person, card, "item:buy:course-winter:link")
    invoice = await person.wait_for(lambda e: "invoice" in e.data.get("message", {}))
    monkeypatch.setattr("activities.shop.orders.reserve", None)
    paid = await person.pay(invoice.data["message"])
    assert not paid["ok"]
    assert "went wrong on our side" in paid["error"]


def test_every_handler_takes_its_event_first() -> None:
    # aiogram passes it by position; a handler without it fails on each tap.
    routers, taken = list(all_routers()), set()
    while routers:
        router = routers.pop()
        routers += router.sub_routers
        for observer in router.observers.values():
            for handler in observer.handlers:
                first = next(iter(inspect.signature(handler.callback).parameters.values()))
                assert first.annotation in EVENTS, handler.callback
                taken.add(first.annotation)
    assert taken == EVENTS
