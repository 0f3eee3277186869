"""What tests of a campaign's sending share: a sender without the rest of a bot, its playground, and
a clock of ours."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.app import make_bot
from bot.messenger import TelegramMessenger
from bot.outgoing import Outgoing
from campaigns.broadcast import Broadcaster
from campaigns.pace import Pace
from playground.server import Playground
from playground.state import Persona
from storage.database import Database
from storage.models import Campaign, Recipient, Variant
from storage.repositories import audit, campaigns, items, users
from tests.bot.acts import TOKEN
from tests.storage.rows import NOW, item, user

EVERYONE = {"kind": "all", "value": ""}
FIRST, PEOPLE = 1001, 60
IDS = range(FIRST, FIRST + PEOPLE)
ADMIN = 901
# 12:00 UTC is 20:00 in Shanghai and 7:00 in New York.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def playground_of_many() -> AsyncIterator[Playground]:
    """All of whom have met the bot."""
    async with Playground(limits=None) as playground:
        playground.register(TOKEN, "Chezhi", "chezhi_bot")
        bot = playground.world.bots[int(TOKEN.partition(":")[0])]
        for number in (*IDS, ADMIN):
            person = Persona(id=number, first_name="G", username=f"g{number}", language_code="zh")
            playground.world.personas[number] = person
            playground.world.chat(bot, person).started = True
        yield playground


async def fill(database: Database) -> Database:
    """Everybody, and two items that all may have."""
    open_to_all = {"capacity": None, "starts_at": NOW + timedelta(days=60)}
    async with database.write() as session:
        await users.save(session, [user(n) for n in IDS])
        await items.save(session, [item(**open_to_all), item("live-summer", **open_to_all)])
    return database


@asynccontextmanager
async def sender(
    database: Database, pg: Playground, clock: Clock, folder: Path | None = None, **options: Any
) -> AsyncIterator[Broadcaster]:
    bot = make_bot(TOKEN, pg.url)
    bot.session.middleware(Outgoing(1000))
    messenger = TelegramMessenger(bot, database, data_dir=folder)
    broadcaster = Broadcaster(database, messenger, Pace(1000), clock, **options)
    yield broadcaster
    await broadcaster.close()
    await bot.session.close()


async def launched(
    database: Database, of: str = "live-winter", variants: list[str] | None = None, **values: Any
) -> int:
    async with database.write() as session:
        made, _ = await campaigns.draft(session, ADMIN, of, EVERYONE, NOW)
        for name, value in values.items():
            setattr(made, name, value)
        for name in variants or []:
            text = {"zh": f"第{name}版", "en": f"Version {name}"}
            session.add(Variant(campaign_id=made.id, name=name, text=text))
        await session.flush()
        assert await campaigns.launch(session, made.id, NOW)
    return made.id


async def rows(database: Database, campaign_id: int) -> dict[int, Recipient]:
    async with database.read() as session:
        query = select(Recipient).where(Recipient.campaign_id == campaign_id)
        return {row.user_id: row for row in await session.scalars(query)}


async def status(database: Database, campaign_id: int) -> str:
    async with database.read() as session:
        return (await session.get_one(Campaign, campaign_id)).status


def got(pg: Playground, method: str = "send") -> Counter[int]:
    """How many messages each was sent, by the playground's own log."""
    return Counter(
        int(call["params"]["chat_id"])
        for call in pg.log.calls
        if call["method"].startswith(method) and call["status"] == 200
    )


async def acts(database: Database, campaign_id: int) -> list[tuple[str, Any]]:
    """What the log has of a campaign."""
    async with database.read() as session:
        found = await audit.newest(session, 10, f"campaign:{campaign_id}")
    return [(entry.act, entry.detail) for entry in found[::-1]]


async def until(database: Database, campaign_id: int, wanted: str) -> None:
    async with asyncio.timeout(60):
        while await status(database, campaign_id) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
