"""Updates by webhook: secret, order, retries, answers in the response."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramConflictError
from aiogram.methods import SendMessage
from aiogram.types import Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

from playground import webhook
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from tests.playground.conftest import until

SECRET = "s3cret_-"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass
class Hook:
    """A bot's own server: keeps what comes, fails as often as told, answers as told."""

    fail: int = 0
    answer: web.Response | dict[str, Any] | None = None
    came: "asyncio.Queue[tuple[str | None, dict[str, Any]]]" = field(default_factory=asyncio.Queue)
    url: str = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        await self.came.put((request.headers.get(HEADER), await request.json()))
        if self.fail:
            self.fail -= 1
            return web.Response(status=503, reason="Busy")
        return web.json_response(self.answer) if self.answer else web.Response()

    async def next(self) -> tuple[str | None, dict[str, Any]]:
        return await asyncio.wait_for(self.came.get(), 10)


@pytest.fixture
async def hook(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hook]:
    monkeypatch.setattr(webhook, "FIRST_RETRY", 0.01)
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.take)
    async with serving(app) as url:
        hook.url = f"{url}/hook"
        yield hook


class serving:  # noqa: N801 (used like a function)
    """`async with serving(app) as url`: the app on a free port."""

    def __init__(self, app: web.Application) -> None:
        self.runner = web.AppRunner(app)

    async def __aenter__(self) -> str:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    async def __aexit__(self, *_: object) -> None:
        await self.runner.cleanup()


async def test_updates_come_with_the_secret_and_in_order(
    bot: Bot, alex: Person, client: PlaygroundClient, hook: Hook
) -> None:
    assert (await bot.get_webhook_info()).url == ""
    await bot.set_webhook(
        hook.url, secret_token=SECRET, max_connections=3, drop_pending_updates=True
    )
    lin = await client.persona(101)
    await lin.start()
    for number in range(5):
        await alex.send(f"{number}")
    came = [await hook.next() for _ in range(6)]
    assert {secret for secret, _ in came} == {SECRET}
    messages = [update["message"] for _, update in came]
    assert [m["text"] for m in messages if m["from"]["id"] == 102] == list("01234")
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.has_custom_certificate) == (hook.url, 3, False)
    with pytest.raises(TelegramConflictError, match="can't use getUpdates method while webhook"):
        await bot.get_updates()


async def test_what_fails_is_delivered_again(bot: Bot, alex: Person, hook: Hook) -> None:
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    hook.fail = 3
    await alex.send("one")
    await alex.send("two")
    came = [(await hook.next())[1] for _ in range(5)]
    assert [update["message"]["text"] for update in came] == ["one"] * 4 + ["two"]
    assert len({update["update_id"] for update in came}) == 2
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503 Busy"
    assert info.last_error_date


async def test_a_new_address_gets_what_the_old_one_did_not_take(
    bot: Bot, alex: Person, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "FIRST_RETRY", 60.0)
    hook.fail = 1
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    await alex.send("wait")
    await hook.next()
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.set_webhook(f"{hook.url}?again=1")
    assert (await hook.next())[1]["message"]["text"] == "wait"
    await bot.set_webhook("http://127.0.0.1:9/nobody")
    await alex.send("lost?")
    await bot.delete_webhook()
    (update,) = await bot.get_updates()
    assert update.message
    assert update.message.text == "lost?"
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_a_method_in_the_response_is_carried_out(
    bot: Bot, alex: Person, client: PlaygroundClient, hook: Hook
) -> None:
    hook.answer = {"method": "sendMessage", "chat_id": 102, "text": "From the response"}
    await bot.set_webhook(hook.url, drop_pending_updates=True)
    await alex.send("Hi")
    await alex.wait_text("From the response")
    hook.answer = {"method": "sendMessage", "chat_id": 102, "text": ""}
    await alex.send("Hi again")
    first = (await client.log(method="sendMessage"))[0]["n"]
    (refused,) = await until(lambda: client.log(since=first, method="sendMessage"))
    assert refused["error_code"] == 400
    hook.answer = None
    await alex.send("Still there?")
    assert [(await hook.next())[1]["message"]["text"] for _ in range(3)][-1] == "Still there?"


async def test_aiograms_own_handler_answers_in_the_response(
    pg: Playground, bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    dispatcher = Dispatcher()

    @dispatcher.message()
    async def on_message(message: Message) -> SendMessage:
        return message.answer(f"You said: {message.text}", parse_mode="HTML")

    app = web.Application()
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=SECRET)
    handler.register(app, "/hook")
    async with serving(app) as url:
        await bot.set_webhook(f"{url}/hook", secret_token=SECRET, drop_pending_updates=True)
        await alex.send("车")
        await alex.wait_text("You said: 车")
        await bot.set_webhook(f"{url}/hook", secret_token="another")
        await alex.send("车")

        async def error() -> str | None:
            return (await bot.get_webhook_info()).last_error_message

        reason = await until(error)
    assert reason == "Wrong response from the webhook: 401 Unauthorized"
