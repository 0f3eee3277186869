"""What the tests of the staff's side share: one bot for a module, personas, and steps."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.app import make_bot, poll
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from retrieval.bundled_reader import BundledReader
from retrieval.encoder import Encoder
from services.brain import Brain, open_brain
from services.settings import Settings
from storage.database import Database
from storage.repositories import users
from tests.bot.models import loaded

TOKEN = "4242:bot-test-token-0123456789-abcdefghijk"
ADMIN, EDITOR = 901, 902
SLOW = 20.0  # seconds to wait on a busy machine


@dataclass
class Staffed:
    """A running bot and the people around it."""

    brain: Brain
    client: PlaygroundClient
    admin: Person
    editor: Person
    earlier: list[Person] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.brain.database

    async def audience(self, city: str, count: int, **choices: Any) -> list[Person]:
        """People of a city who have talked to the bot and agreed to personalisation.

        Those of an earlier call are of no city any more: only so many cities are offered.
        """
        async with self.database.write() as session:
            for person in self.earlier:
                await users.change(session, person.id, city=None)
        people = [await self.client.persona(first_name=f"{city}{n}") for n in range(count)]
        for person in people:
            await person.start()
        for person in people:
            await person.wait_text("your choice", within=SLOW)
            async with self.database.write() as session:
                values = {"personalisation": True, "city": city} | choices
                await users.change(session, person.id, **values)
        self.earlier = people
        return people

    async def plan(self, item: str, segment: str) -> tuple[Any, Any]:
        """/broadcast up to the question: (the preview, the message with the button to send)."""
        admin, mark = self.admin, self.admin.now
        await admin.send("/broadcast")
        message = await admin.wait_text("新的群发", SLOW, mark)
        await admin.click_text(message, item)
        message = await admin.wait_text("邀请谁？", SLOW, mark)
        await admin.click_text(message, segment)
        preview = await admin.wait_text("你收到此消息", SLOW, mark)
        return preview, await admin.wait_text("现在发送吗", SLOW, mark)

    async def progress(self, part: str, since: int) -> str:
        """The text of the first progress message that holds `part`."""
        text: str = (await self.admin.wait_text(part, SLOW, since))["text"]
        return text


def invites(person: Person) -> list[Any]:
    """The invites on a persona's screen."""
    messages = [event.data["message"] for event in person.seen if event.name == "message"]
    return [m for m in messages if "No more invites" in str(m.get("reply_markup"))]


@asynccontextmanager
async def staffed(
    folder: Path,
    prepared: Path,
    encoder: Encoder,
    reader: BundledReader,
    **options: Any,
) -> AsyncIterator[Staffed]:
    """The bot on a playground, in a copy of the prepared folder."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    settings = Settings(_env_file=None, data_dir=folder, owner_ids=[ADMIN], **options)
    database = Database(settings.database)
    async with AsyncExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        loaded(patch, encoder, reader)
        # A chat gets a message a second, and one admin reads all that a module's tests are told:
        # tests/bot/test_outgoing.py holds that pace.
        patch.setattr("bot.outgoing.BURST", 10_000)
        brain = await stack.enter_async_context(open_brain(settings, database))
        playground = await stack.enter_async_context(Playground(limits=None))
        bot = make_bot(TOKEN, playground.url)
        running = asyncio.create_task(poll(brain, bot))
        async with PlaygroundClient(playground.url) as client:
            await client.wait_for_bot(SLOW)
            admin, editor = await client.persona(ADMIN), await client.persona(EDITOR)
            for person in (admin, editor):
                await person.start()
                await person.wait_text("同意", SLOW)
            yield Staffed(brain, client, admin, editor)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    await database.close()
