"""A campaign on its way to people, over HTTP to the playground, on both databases: arms, delays,
and rounds."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from campaigns.approval import whole_of
from campaigns.holding import HeldBack, held_back
from campaigns.variants import Dealer
from playground.server import Playground
from storage.database import Database
from storage.models import Campaign, Recipient, Signal, User, Variant
from storage.repositories import campaigns, items, recipients, users
from tests.bot.campaign_sender import (
    ADMIN,
    EVERYONE,
    FIRST,
    IDS,
    PEOPLE,
    PNG,
    Clock,
    fill,
    got,
    launched,
    playground_of_many,
    rows,
    sender,
    status,
    until,
)
from tests.storage.rows import NOW, item, user


@pytest.fixture
async def pg() -> AsyncIterator[Playground]:
    async with playground_of_many() as playground:
        yield playground


@pytest.fixture
async def people(database: Database) -> Database:
    return await fill(database)


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
