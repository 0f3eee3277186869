"""A campaign on its way to people, over HTTP to the playground, on both databases: arms, delays,
errors, rounds, and two processes at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app import make_bot
from bot.messenger import TelegramMessenger
from bot.outgoing import Outgoing
from campaigns.approval import whole_of
from campaigns.broadcast import Broadcaster
from campaigns.holding import HeldBack, held_back
from campaigns.measure import measuring
from campaigns.pace import Pace
from campaigns.telling import Telling
from campaigns.variants import Dealer
from playground.faults import Fault
from playground.server import Playground
from playground.state import Persona
from services.deadlines import Deadlines
from storage.database import Database
from storage.models import Campaign, Effect, Item, Recipient, Signal, User, Variant
from storage.repositories import audit, campaigns, items, recipients, users
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


@pytest.fixture
async def pg() -> AsyncIterator[Playground]:
    async with Playground(limits=None) as playground:
        playground.register(TOKEN, "Chezhi", "chezhi_bot")
        bot = playground.world.bots[int(TOKEN.partition(":")[0])]
        for number in (*IDS, ADMIN):
            person = Persona(id=number, first_name="G", username=f"g{number}", language_code="zh")
            playground.world.personas[number] = person
            playground.world.chat(bot, person).started = True
        yield playground


@pytest.fixture
async def people(database: Database) -> Database:
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


async def test_each_arm_gets_its_own_and_those_who_are_held_get_nothing(
    people: Database, pg: Playground
) -> None:
    campaign = await launched(people, variants=["A", "B"], holdout=0.3)

    async def places(user_ids: Sequence[int]) -> dict[int, int]:
        return {user_id: 3 for user_id in user_ids if user_id % 2}

    async with sender(people, pg, Clock(), global_holdout=0.2, places=places) as broadcaster:
        await broadcaster.run(campaign)
    found = await rows(people, campaign)
    async with people.read() as session:
        made = await session.get_one(Campaign, campaign)
        common = await campaigns.global_salt(session, "another")
        wordings = await campaigns.variants(session, campaign)
    assert made.salt is not None
    assert made.status == "done"
    dealer = Dealer(made.salt, 0.3, wordings, common, 0.2)
    for user_id, row in found.items():
        assert (user_id, row.arm, row.variant) == dealer.hand(user_id)
        assert row.status == ("sent" if row.arm == "treated" else "held")
        assert row.assigned_at == NOW
        assert row.segment == (3 if user_id % 2 else None)
    assert {row.arm for row in found.values()} == {"treated", "holdout", "global"}
    assert got(pg) == Counter(n for n, row in found.items() if row.arm == "treated")
    for call in pg.log.calls:
        if call["method"] == "sendMessage":
            variant = found[int(call["params"]["chat_id"])].variant
            assert call["params"]["text"].startswith((f"第{variant}版", f"Version {variant}"))
    async with people.read() as session:
        told = set(await session.scalars(select(Signal.user_id).where(Signal.verb == "invited")))
    assert told == set(got(pg))


async def test_media_is_uploaded_once_and_anew_when_its_name_is_refused(
    people: Database, pg: Playground, tmp_path: Path
) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    campaign = await launched(people, variants=["A"])
    async with people.write() as session:
        await session.execute(update(Variant).values(media="a.png", file_id="gone"))
    async with sender(people, pg, Clock(), tmp_path) as broadcaster:
        await broadcaster.run(campaign)
    assert got(pg, "sendPhoto") == Counter(IDS)
    named = [str(call["params"]["photo"]) for call in pg.log.calls if call["status"] == 200]
    uploads = [name for name in named if name.startswith(("<file", "attach:"))]
    assert len(uploads) == 1
    async with people.read() as session:
        (variant,) = await campaigns.variants(session, campaign)
    assert {name for name in named if name not in uploads} == {variant.file_id}


async def test_who_is_asleep_or_had_enough_waits_and_is_written_to_later(
    people: Database, pg: Playground
) -> None:
    clock = Clock()
    async with people.write() as session:
        await session.execute(
            update(User).where(User.id < FIRST + 10).values(zone="America/New_York")
        )
    earlier = await launched(people, of="live-summer")
    async with sender(people, pg, clock) as broadcaster:
        async with people.write() as session:
            gone = Recipient.user_id >= FIRST + 20
            await session.execute(update(Recipient).where(gone).values(status="skipped"))
        await broadcaster.run(earlier)
        clock.now += timedelta(hours=1)  # 21 o'clock, and 8 in New York
        campaign = await launched(people, quiet="22-9", most_a_week=1)
        async with people.read() as session:
            row = await session.get_one(Campaign, campaign)
            assert await held_back(session, row, clock()) == HeldBack(cap=20, quiet=10)
        await broadcaster.run(campaign)
        found = await rows(people, campaign)
        assert {row.delayed_by for row in found.values() if row.status == "pending"} == {
            "quiet",
            "cap",
        }
        assert sum(row.status == "sent" for row in found.values()) == PEOPLE - 20
        async with people.read() as session:
            waits = await recipients.waiting(session, campaign, clock())
        assert {reason: wait.people for reason, wait in waits.items()} == {"quiet": 10, "cap": 10}
        assert waits["quiet"].until == NOW + timedelta(hours=2)
        assert waits["cap"].until == NOW + timedelta(days=7)
        assert await status(people, campaign) == "sending"
        before = got(pg)
        clock.now = NOW + timedelta(hours=3)  # whoever slept has had enough, too
        await broadcaster.run(campaign)
        assert got(pg) == before
        for hours in (0, 2):  # 20 o'clock there, then 9 o'clock here
            clock.now = NOW + timedelta(days=7, hours=hours, minutes=1)
            await broadcaster.run(campaign)
        assert await status(people, campaign) == "done"
    assert got(pg) == Counter({n: 2 if n < FIRST + 20 else 1 for n in IDS})


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
    campaign = await launched(people, budget_fen=100, cost_fen=60, cost_each_fen=3)
    async with sender(people, pg, Clock()) as broadcaster:
        await broadcaster.run(campaign)
        assert await status(people, campaign) == "paused"
        async with people.write() as session:
            assert await campaigns.set_status(session, campaign, "sending", was=["paused"])
        await broadcaster.run(campaign)
    assert sum(number for one, number in got(pg).items() if one != ADMIN) == 13
    assert await acts(people, campaign) == [("paused", {"because": "budget"})] * 2
    assert "预算" in [c for c in pg.log.calls if c["method"] == "sendMessage"][-1]["params"]["text"]


async def test_what_is_scheduled_begins_at_its_time_and_comes_again_to_others_only(
    people: Database, pg: Playground
) -> None:
    clock = Clock()
    async with people.write() as session:
        made, _ = await campaigns.draft(session, ADMIN, "live-winter", EVERYONE, NOW)
        made.status, made.starts_at = "scheduled", NOW + timedelta(hours=1)
        made.every_days, made.until = 1, NOW + timedelta(days=2)
    async with people.write() as session:
        session.add(Variant(campaign_id=made.id, name="A", text={"zh": "甲", "en": "a"}))
    async with sender(people, pg, clock) as broadcaster:
        await broadcaster.look()
        assert await status(people, made.id) == "scheduled"
        clock.now += timedelta(hours=1)
        await broadcaster.look()
        await until(people, made.id, "done")
        assert got(pg) == Counter(IDS)
        async with people.write() as session:
            await users.save(session, [user(ADMIN)])
            child = await session.scalar(select(Campaign).where(Campaign.parent_id == made.id))
            assert child is not None
            assert (child.status, child.starts_at) == ("scheduled", NOW + timedelta(hours=25))
            assert [one.name for one in await campaigns.variants(session, child.id)] == ["A"]
        clock.now += timedelta(days=1)
        await broadcaster.look()
        await until(people, child.id, "done")
        assert got(pg) == Counter([*IDS, ADMIN])
    async with people.read() as session:
        assert (
            await session.scalar(select(Campaign.id).where(Campaign.parent_id == child.id)) is None
        )


async def test_who_was_held_out_is_not_invited_to_the_same_by_the_next_campaign(
    people: Database, pg: Playground
) -> None:
    """Else what the first one changed could not be told."""
    clock = Clock()
    first = await launched(people, variants=["A"], holdout=0.3)
    async with sender(people, pg, clock) as broadcaster:
        await broadcaster.run(first)
        held = {n for n, row in (await rows(people, first)).items() if row.status == "held"}
        assert 5 < len(held) < PEOPLE - 5
        clock.now += timedelta(days=1)
        again = await launched(people)
        other = await launched(people, of="live-summer")
        for campaign in (again, other):
            await broadcaster.run(campaign)
        assert await rows(people, again) == {}
        assert set(await rows(people, other)) == set(IDS)
        clock.now = NOW + timedelta(days=31)
        async with people.write() as session:
            after, _ = await campaigns.draft(session, ADMIN, "live-winter", EVERYONE, clock())
        assert set(await rows(people, after.id)) == set(IDS)


async def test_what_is_full_on_the_way_ends_it_which_is_told_and_logged(
    people: Database, pg: Playground
) -> None:
    clock = Clock()
    async with people.write() as session:
        await users.save(session, [user(ADMIN)])
    campaign = await launched(people)
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
    (told,) = [c["params"] for c in pg.log.calls if c["method"] == "sendMessage"]
    assert str(told["chat_id"]) == str(ADMIN)
    assert str(PEOPLE + 1) in told["text"]


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


async def acts(database: Database, campaign_id: int) -> list[tuple[str, Any]]:
    """What the log has of a campaign."""
    async with database.read() as session:
        found = await audit.newest(session, 10, f"campaign:{campaign_id}")
    return [(entry.act, entry.detail) for entry in found[::-1]]


async def test_sending_again_to_some_makes_no_second_next_round(
    people: Database, pg: Playground
) -> None:
    campaign = await launched(people)
    async with people.write() as session:
        await session.execute(update(Campaign).where(Campaign.id == campaign).values(every_days=7))
    async with sender(people, pg, Clock()) as broadcaster:
        await broadcaster.run(campaign)
        async with people.write() as session:
            doubted = update(Recipient).where(Recipient.user_id == FIRST).values(status="unknown")
            await session.execute(doubted)
            assert await campaigns.send_again(session, campaign, 0, NOW) == 1
        await broadcaster.run(campaign)
    assert got(pg)[FIRST] == 2
    async with people.read() as session:
        query = select(Campaign.status).where(Campaign.parent_id == campaign)
        assert (await session.scalars(query)).all() == ["scheduled"]


async def test_what_changed_since_its_approval_is_held_when_its_time_comes(
    people: Database, pg: Playground
) -> None:
    """The first time nothing has changed; before the next round the price has."""
    clock = Clock()
    async with people.write() as session:
        made, _ = await campaigns.draft(session, ADMIN, "live-winter", EVERYONE, NOW)
        made.name, made.status = "Winter", "scheduled"
        made.starts_at, made.every_days = NOW + timedelta(hours=1), 1
        await session.flush()
        made.approved_digest = (await whole_of(session, made)).digest
    async with sender(people, pg, clock) as broadcaster:
        clock.now += timedelta(hours=1)
        await broadcaster.look()
        await until(people, made.id, "done")
        async with people.write() as session:
            await users.save(session, [user(ADMIN)])
            await items.save(session, [item(price_stars=7, capacity=None)])
            child = await session.scalar(select(Campaign).where(Campaign.parent_id == made.id))
            assert child is not None
        before = len(pg.log.calls)
        clock.now += timedelta(days=1)
        await broadcaster.look()
        assert await status(people, child.id) == "approved"
        (told,) = [c["params"] for c in list(pg.log.calls)[before:] if c["method"] == "sendMessage"]
        assert str(told["chat_id"]) == str(ADMIN)
        assert "Winter" in told["text"]
        async with people.write() as session:
            await items.save(session, [item(capacity=None, starts_at=NOW + timedelta(days=60))])
            await campaigns.set_status(session, child.id, "scheduled", was=["approved"])
        await broadcaster.look()
        await until(people, child.id, "done")
    assert got(pg) == Counter([*IDS, ADMIN, ADMIN])


async def until(database: Database, campaign_id: int, wanted: str) -> None:
    async with asyncio.timeout(60):
        while await status(database, campaign_id) != wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


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
