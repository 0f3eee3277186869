"""The bot on a playground, spoken to only over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pytest

from bot import catalogue_file
from bot.app import make_bot, poll
from bot.services import Brain, open_brain, utc_now
from bot.settings import Settings
from playground.client import PlaygroundClient
from playground.server import Playground
from storage.database import Database
from storage.repositories import items, users
from tests.bot.lessons import LESSONS

TOKEN = "4242:bot-test-token-0123456789-abcdefghijk"
ADMIN, EDITOR = 901, 902


@pytest.fixture
def settings(tmp_path: Path, models_dir: Path) -> Settings:
    (tmp_path / "models").symlink_to(models_dir)
    return Settings(_env_file=None, data_dir=tmp_path, owner_ids=[ADMIN], messages_per_second=1000)


@pytest.fixture
async def brain(settings: Settings) -> AsyncIterator[Brain]:
    """Lessons indexed, the sample catalogue in, an admin and an editor; nothing trained."""
    database = Database(settings.database)
    await database.upgrade()
    async with open_brain(settings, database) as brain:
        await brain.indexing.add({name: text.encode() for name, text in LESSONS.items()})
        await brain.indexing.build()
        content = (files("sample") / "items.yaml").read_bytes()
        async with database.write() as session:
            await items.save(session, catalogue_file.read("items.yaml", content, utc_now()))
            for user_id, role in ((ADMIN, "admin"), (EDITOR, "editor")):
                await users.meet(session, user_id, utc_now())
                await users.change(session, user_id, role=role)
        yield brain
    await database.close()


@pytest.fixture
async def pg() -> AsyncIterator[Playground]:
    async with Playground(limits=None) as playground:
        yield playground


@pytest.fixture
async def client(pg: Playground, brain: Brain) -> AsyncIterator[PlaygroundClient]:
    """The bot runs and polls; its personas are reached through the client."""
    running = asyncio.create_task(poll(brain, make_bot(TOKEN, pg.url), handle_signals=False))
    async with PlaygroundClient(pg.url) as client:
        await client.wait_for_bot()
        yield client
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
