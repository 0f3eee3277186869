"""Killed between the draw and the claim, nobody is passed over and nobody has two prizes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from activities import draws, fair_draw
from activities.draw_rows import DrawRow
from activities.draw_steps import Draws
from playground.client import PlaygroundClient
from playground.server import Playground
from retrieval.intents import Intents
from sample.loading import catalogue
from services.clock import utc_now
from services.deadlines import Deadlines
from services.operators import Operators
from services.people import Person
from services.recent import Recent
from storage.database import Database
from storage.models import Deadline, DrawAward
from storage.repositories import dealers, items, users
from storage.repositories import draws as stored
from tests.bot.acts import rows, with_button
from tests.bot.draw_world import Heard
from tests.bot.processes import called, data_folder, kill, last, to
from tests.bot.staff import SLOW
from tests.bot.test_crashes import met, running

DRAW = "draw-tyre-check"
TERMS: dict[str, Any] = {
    "rules": {"zh": "一人一次", "en": "Once each"},
    "prizes": [{"title": {"zh": "券", "en": "Coupon"}, "count": 1, "codes": ["SAVE-1"]}],
    "reveal_minutes": 10,
}


@pytest.fixture
async def client() -> AsyncIterator[PlaygroundClient]:
    async with Playground(limits=None) as playground, PlaygroundClient(playground.url) as client:
        yield client


async def frozen(database: Database, people: list[int]) -> None:
    """As it was an hour ago: everybody has entered, and the list is fixed."""
    opened = utc_now() - timedelta(hours=3)
    async with database.write() as session:
        found = catalogue(utc_now())
        await dealers.save(session, found.dealers, {})
        await items.save(session, [row | {"active": True} for row in found.items])
        row = DrawRow(**TERMS, entries_until=opened + timedelta(hours=2))
        await draws.open_draw(session, DRAW, row, opened)
    for user_id in people:
        async with database.read() as session:
            user = await users.get(session, user_id)
        assert user is not None
        person = Person(user, database, f"k{user_id}", opened, Recent())
        assert (await draws.enter(person, DRAW))[0] == "entered"
    then = opened + timedelta(hours=2)
    heard: Any = Heard()
    service = Deadlines(database, lambda: then)
    service.add(*Draws(heard, database, lambda: then, Operators(heard, database)).kinds())
    while await service.round():
        pass


async def test_killed_between_the_draw_and_the_claim(
    client: PlaygroundClient, tmp_path: Path, models_dir: Path, intents: Intents
) -> None:
    folder = data_folder(tmp_path / "var", models_dir)
    async with running(client, folder) as process:
        people = {person.id: person for person in [await met(client) for _ in range(3)]}
        await kill(process)
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await frozen(database, list(people))
    marks = {person.id: person.now for person in people.values()}
    # The bot draws as it starts, and dies while the winner is told, or at the latest then.
    for user_id in people:
        await client.fault("slow", method="sendMessage", chat_id=user_id, seconds=2)
    since = await last(client)
    async with running(client, folder) as process:
        (award,) = await drawn(database)
        async with database.read() as session:
            (winner_id,) = (await draws_holders(session, award)).values()
        await called(client, since, to("sendMessage", winner_id))
        await kill(process)
    await client.clear_faults()
    winner = people[winner_id]
    await forget_leases(database)
    async with running(client, folder) as process:
        won = await with_button(winner, f"lot:claim:{DRAW}", since=marks[winner_id])
        # And once more while the code of a claim is on its way.
        await client.fault("slow", method="sendMessage", chat_id=winner_id, seconds=2)
        since = await last(client)
        await winner.click(won, f"lot:claim:{DRAW}")
        await called(client, since, to("sendMessage", winner_id))
        await kill(process)
    await client.clear_faults()
    mark = winner.now
    async with running(client, folder):
        await winner.wait_text("SAVE-1", SLOW, mark)
    (award,) = await rows(database, DrawAward)
    assert (award.outcome, award.rank) == ("claimed", 1)
    file = await draws.publish(database, DRAW)
    assert fair_draw.verify(file) == []
    await database.close()


async def draws_holders(session: Any, award: DrawAward) -> dict[str, int]:
    return await stored.holders(session, DRAW, [award.ticket])


async def drawn(database: Database) -> list[DrawAward]:
    async with asyncio.timeout(SLOW):
        while not (found := await rows(database, DrawAward)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return list(found)


async def forget_leases(database: Database) -> None:
    """As if the lease of the process that was killed had run out."""
    async with database.write() as session:
        await session.execute(update(Deadline).values(leased_until=None))
