import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import ClientSession
from pydantic import BaseModel

from playground.client import Person, PlaygroundClient
from playground.clock import Clock
from playground.server import Playground

TOKEN = "4242:playground-test-token"
T = TypeVar("T")
Answer = tuple[int, dict[str, Any]]
Call = Callable[..., Awaitable[Answer]]


@dataclass
class Time:
    """A clock that stands still until a test moves it."""

    passed: float = 0.0

    def clock(self) -> Clock:
        start = datetime(2026, 3, 1, 12, tzinfo=UTC)
        return Clock(
            monotonic=lambda: 1000.0 + self.passed,
            now=lambda: start + timedelta(seconds=self.passed),
        )


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def pg(time: Time, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Playground]:
    """A playground whose time stands still, and which may not fail in secret."""
    async with Playground(limits=None, clock=time.clock()) as playground:
        yield playground
    failed = [one for one in caplog.get_records("call") if one.levelno >= logging.ERROR]
    assert not [
        one.getMessage() for one in failed if one.name.startswith(("playground", "aiohttp"))
    ]


def make_bot(url: str, token: str = TOKEN) -> Bot:
    session = AiohttpSession(api=TelegramAPIServer.from_base(url))
    session.middleware(only_telegrams_fields)
    return Bot(token, session=session)


async def only_telegrams_fields(make_request: Any, bot: Bot, method: Any) -> Any:
    """aiogram's classes take unknown fields in silence; the playground may send none."""
    result = await make_request(bot, method)
    assert not list(unknown(result.result if hasattr(result, "result") else result))
    return result


def unknown(value: Any) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield from value.model_extra or {}
        for name in type(value).model_fields:
            yield from unknown(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from unknown(item)


@pytest.fixture
async def bot(pg: Playground) -> AsyncIterator[Bot]:
    async with make_bot(pg.url) as bot:
        await bot.get_me()
        yield bot


@pytest.fixture
async def client(pg: Playground, bot: Bot) -> AsyncIterator[PlaygroundClient]:
    async with PlaygroundClient(pg.url) as client:
        yield client


@pytest.fixture
async def alex(client: PlaygroundClient) -> Person:
    person = await client.persona(102)
    await person.start()
    return person


@pytest.fixture
async def call(pg: Playground, bot: Bot) -> AsyncIterator[Call]:
    """A Bot API call as bare HTTP: (status, body)."""
    async with ClientSession() as session:

        async def send(method: str, params: Any = None, token: str = TOKEN) -> Answer:
            async with session.post(f"{pg.url}/bot{token}/{method}", json=params or {}) as answer:
                return answer.status, await answer.json()

        yield send


def keyboard(*rows: dict[str, str]) -> InlineKeyboardMarkup:
    """Rows of an inline keyboard: label → callback data."""
    return InlineKeyboardMarkup(
        inline_keyboard=[
            [InlineKeyboardButton(text=text, callback_data=data) for text, data in row.items()]
            for row in rows
        ]
    )


async def until(ready: Callable[[], Awaitable[T]], within: float = 10.0) -> T:
    """The first answer that is not empty."""
    async with asyncio.timeout(within):
        while True:
            if found := await ready():
                return found
            await asyncio.sleep(0.01)
