"""Faults that can be switched on."""

import asyncio

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from playground.client import Person, PlaygroundClient, PlaygroundError
from tests.playground.conftest import until


async def test_refusals_are_as_many_as_asked_for(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    await client.fault("429", method="sendMessage", retry_after=7, times=2)
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(102, "x")
        assert refused.value.retry_after == 7
    await bot.send_message(102, "x")
    for kind, words in (("500", "Internal Server Error"), ("502", "Bad Gateway")):
        number = await client.fault(kind, method="send*", chat_id=102)
        with pytest.raises(TelegramServerError, match=words):
            await bot.send_message(102, "x")
        await bot.get_me()
        await client.call("DELETE", f"/faults/{number}")
        await bot.send_message(102, "x")
    await client.fault("gateway", chat_id=102, times=1)
    with pytest.raises(ClientDecodeError):
        await bot.send_message(102, "x")
    await client.fault("block", chat_id=102, times=1)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(102, "x")


async def test_a_dropped_call_is_not_carried_out_and_a_late_drop_is(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    await client.fault("drop", times=1)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(102, "never")
    await client.fault("drop_after", times=1)
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(102, "yet it came")
    await alex.wait_text("yet it came")
    again = await client.persona(102)
    messages = (await again.wait_event("snapshot"))["chat"]["messages"]
    assert [message["text"] for message in messages] == ["/start", "yet it came"]
    assert [one["status"] for one in await client.log(method="sendMessage")] == [0, 0]


async def test_a_slow_answer_holds_up_nobody_else(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    await client.fault("slow", method="sendMessage", seconds=30)
    slow = asyncio.create_task(bot.send_message(102, "slow"))
    await until(lambda: client.log(method="sendMessage"))
    assert await bot.get_me()
    assert not slow.done()
    await client.clear_faults()
    assert (await asyncio.wait_for(slow, 10)).text == "slow"


async def test_faults_are_listed_and_cleared(bot: Bot, client: PlaygroundClient) -> None:
    await client.fault("500", probability=0)
    await bot.get_me()
    (rule,) = await client.call("GET", "/faults")
    assert (rule["kind"], rule["method"], rule["probability"]) == ("500", "*", 0)
    await client.clear_faults()
    assert await client.call("GET", "/faults") == []
    with pytest.raises(PlaygroundError, match="404"):
        await client.call("DELETE", f"/faults/{rule['id']}")
    with pytest.raises(PlaygroundError, match="400: kind"):
        await client.fault("earthquake")


async def test_an_answer_may_be_of_a_bot_api_to_come(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    await client.fault("newer", method="sendMessage", times=1, adds={"poll": {"depth": 3}})
    with pytest.raises(ClientDecodeError, match="poll"):
        await bot.send_message(102, "x")
    await alex.wait_text("x")
    await bot.send_message(102, "y")
