from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from playground.client import Person, PlaygroundClient
from playground.server import Playground

TOKEN = "4242:playground-test-token"


@pytest.fixture
async def pg() -> AsyncIterator[Playground]:
    async with Playground(limits=None) as playground:
        yield playground


def make_bot(url: str, token: str = TOKEN) -> Bot:
    return Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))


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
