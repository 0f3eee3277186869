"""A campaign that stops, over HTTP to the playground, on both databases: by itself, by another
process, or as its process dies."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from campaigns.pace import Pace
from campaigns.telling import Telling
from campaigns.windows import measuring
from playground.faults import Fault
from playground.server import Playground
from services.deadlines import Deadlines
from storage.database import Database
from storage.models import Campaign, Effect, Item, User
from storage.repositories import campaigns, recipients, users
from tests.bot.campaign_sender import (
    ADMIN,
    FIRST,
    IDS,
    PEOPLE,
    Clock,
    acts,
    fill,
    got,
    launched,
    playground_of_many,
    rows,
    sender,
    status,
    until,
)
from tests.storage.rows import user


@pytest.fixture
async def pg() -> AsyncIterator[Playground]:
    async with playground_of_many() as playground:
        yield playground


@pytest.fixture
async def people(database: Database) -> Database:
    return await fill(database)


async def test_too_many_failures_pause_it_and_the_admin_is_told(
    people: Database, pg: Playground
) -> None:
    pg.world.faults.add(Fault(kind="block", method="sendMessage", times=50))
    campaign = await launched(people)
    async with sender(people, pg, Clock()) as broadcaster:
        await broadcaster.run(campaign)
        await asyncio.gather(*broadcaster._run.sends)
    async with people.read() as session:
        row = await session.get_one(Campaign, campaign)
        query = select(User.id).where(User.blocked_at.is_not(None))
        blocked = set(await session.scalars(query))
    assert (row.status, row.paused_because) == ("paused", "errors:50/50")
    found = await rows(people, campaign)
    assert {n for n, one in found.items() if one.status == "blocked"} == blocked
    assert len(blocked) == 50
    assert await acts(people, campaign) == [
        ("paused", {"because": "errors", "failed": 50, "of": 50})
    ]
    told = [c for c in pg.log.calls if str(c["params"].get("chat_id")) == str(ADMIN)]
    assert "50" in told[-1]["params"]["text"]


async def test_it_pauses_itself_when_its_budget_is_spent(people: Database, pg: Playground) -> None:
    """The audience may have grown since the approval."""
    costs = {"budget_fen": 100, "cost_fen": 60, "cost_each_fen": 3}
    campaign = await launched(people, name="Winter", approved_by=ADMIN, created_by=FIRST, **costs)
    async with sender(people, pg, Clock()) as broadcaster:
        await broadcaster.run(campaign)
        assert await status(people, campaign) == "paused"
        async with people.write() as session:
            assert await campaigns.set_status(session, campaign, "sending", was=["paused"])
        await broadcaster.run(campaign)
    assert await acts(people, campaign) == [("paused", {"because": "budget"})] * 2
    sent = [c["params"] for c in pg.log.calls if c["method"] == "sendMessage"]
    told = [one for one in sent if "预算" in one["text"]]
    assert len(sent) - len(told) == 13
    assert Counter(int(one["chat_id"]) for one in told) == {FIRST: 2, ADMIN: 2}
    assert all("/campaign " in one["text"] for one in told), "marketers have no /campaigns"


async def test_what_is_full_on_the_way_ends_it_which_is_told_and_logged(
    people: Database, pg: Playground
) -> None:
    clock = Clock()
    async with people.write() as session:
        await users.save(session, [user(ADMIN)])
    campaign = await launched(people, name="Winter", created_by=FIRST, approved_by=ADMIN)
    async with people.write() as session:
        await session.execute(update(Item).where(Item.id == "live-winter").values(active=False))
    async with sender(people, pg, clock) as broadcaster:
        await broadcaster.run(campaign)
        deadlines = Deadlines(people, clock)
        deadlines.add(*Telling(people, broadcaster.messenger).kinds())
        while await deadlines.round():
            pass
    assert await status(people, campaign) == "cancelled"
    assert await acts(people, campaign) == [("cancelled", {"because": "not-offered"})]
    told = [c["params"] for c in pg.log.calls if c["method"] == "sendMessage"]
    assert sorted(int(one["chat_id"]) for one in told) == [ADMIN, FIRST]
    assert all(str(PEOPLE + 1) in one["text"] for one in told)
    assert all(one["text"].endswith("/campaign") for one in told), "marketers have no /campaigns"


async def test_it_is_measured_by_itself_when_its_window_ends(
    people: Database, pg: Playground
) -> None:
    clock = Clock()
    campaign = await launched(people, variants=["A"], holdout=0.3, window_days=7)
    async with sender(people, pg, clock) as broadcaster:
        await broadcaster.run(campaign)
    deadlines = Deadlines(people, clock)
    deadlines.add(measuring(people, clock))
    clock.now += timedelta(days=7)
    assert await deadlines.round() == 0
    clock.now += timedelta(hours=1)
    assert await deadlines.round() == 1
    async with people.read() as session:
        found = (await session.scalars(select(Effect))).all()
    held = sum(row.status == "held" for row in (await rows(people, campaign)).values())
    assert {(one.treated, one.held) for one in found} == {(PEOPLE - held, held)}


async def test_two_processes_send_one_campaign_to_nobody_twice(
    people: Database, database_url: str, pg: Playground
) -> None:
    campaign = await launched(people)
    other = Database(database_url)
    async with sender(people, pg, Clock()) as one, sender(other, pg, Clock()) as two:
        await asyncio.gather(one.look(), two.look())
        one.start(campaign)
        two.start(campaign)
        await until(people, campaign, "done")
    await other.close()
    assert got(pg) == Counter(IDS)
    assert {row.status for row in (await rows(people, campaign)).values()} == {"sent"}


async def test_who_was_being_sent_to_by_a_process_that_died_is_in_doubt(
    people: Database, pg: Playground
) -> None:
    clock = Clock()
    campaign = await launched(people)
    async with sender(people, pg, clock) as dead, sender(people, pg, clock) as alive:
        await dead.look()
        for task in dead._running.values():
            task.cancel()
        await asyncio.gather(*dead._running.values(), return_exceptions=True)
        await dead._settling.written()
        async with people.write() as session:
            await recipients.mark(session, campaign, [FIRST + 50], "sending", clock())
        await alive.look()
        assert not alive._running, "while the other's lease holds"
        clock.now += timedelta(seconds=6)
        await alive.look()
        await until(people, campaign, "done")
    found = await rows(people, campaign)
    assert Counter(row.status for row in found.values()) == {"sent": PEOPLE - 1, "unknown": 1}
    assert got(pg) == Counter(n for n in IDS if n != FIRST + 50)


async def test_paused_by_another_process_it_stops_at_once(people: Database, pg: Playground) -> None:
    campaign = await launched(people)
    async with sender(people, pg, Clock()) as broadcaster:
        broadcaster._paces[False] = Pace(20)
        broadcaster.start(campaign)
        while len(got(pg)) < 5:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        async with people.write() as session:
            assert await campaigns.set_status(session, campaign, "paused", was=["sending"])
        sent = len(got(pg))
        await asyncio.gather(*broadcaster._running.values())
    assert len(got(pg)) <= sent + 6
    statuses = Counter(row.status for row in (await rows(people, campaign)).values())
    assert set(statuses) == {"sent", "pending"}
