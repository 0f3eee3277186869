"""Campaigns under crashes, races and changes of mind, on both databases."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from campaigns.planning import Planning
from services.people import Person
from services.recent import Recent
from storage.database import Database
from storage.models import Item, Order, Recipient
from storage.repositories import bookings, campaigns, items, recipients, rights, users
from tests.storage import sending
from tests.storage.rows import NOW, item, user
from tests.storage.sending import claim, settle

EVERYONE = {"kind": "all", "value": ""}


@pytest.fixture
async def people(database: Database) -> Database:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, 9)])
        await items.save(session, [item(), item("live-summer")])
    return database


async def launched(
    database: Database, segment: dict[str, str] | None = None, of: str = "live-winter"
) -> int:
    async with database.write() as session:
        made, _ = await campaigns.draft(session, 901, of, segment or EVERYONE, NOW)
        assert await campaigns.launch(session, made.id, NOW)
    return made.id


async def counts(database: Database, campaign_id: int) -> dict[str, int]:
    async with database.read() as session:
        return dict(await campaigns.counts(session, campaign_id))


async def test_without_the_guard_the_same_race_sends_twice(people: Database) -> None:
    """A look first and a write after it, as one would write it without thinking of others."""
    campaign = await launched(people)
    meeting = asyncio.Barrier(6)

    async def naive() -> list[int]:
        waiting = select(Recipient.user_id).where(
            Recipient.campaign_id == campaign, Recipient.status == "pending"
        )
        async with people.read() as session:
            found = list(await session.scalars(waiting))
        await meeting.wait()
        async with people.write() as session:
            await session.execute(
                update(Recipient).where(Recipient.user_id.in_(found)).values(status="sending")
            )
        return found

    claimed = await asyncio.gather(*(naive() for _ in range(6)))
    assert sum(map(len, claimed)) == 6 * 8, "the race is there"


async def test_racing_claims_hand_each_recipient_out_once(people: Database) -> None:
    campaign = await launched(people)
    claimed = await asyncio.gather(*(claim(people, campaign) for _ in range(6)))
    assert sorted(n for some in claimed for n in some) == list(range(1, 9))
    assert await counts(people, campaign) == {"sending": 8}


async def test_a_campaign_is_launched_once(people: Database) -> None:
    async with people.write() as session:
        made, _ = await campaigns.draft(session, 901, "live-winter", EVERYONE, NOW)

    async def launch() -> bool:
        async with people.write() as session:
            return await campaigns.launch(session, made.id, NOW)

    assert sorted(await asyncio.gather(launch(), launch())) == [False, True]
    assert await counts(people, made.id) == {"pending": 8}


async def test_only_people_of_the_segment_who_may_be_invited(people: Database) -> None:
    async with people.write() as session:
        await users.change(session, 1, personalisation=None)
        await users.change(session, 2, personalisation=False)
        await users.change(session, 3, invites=False)
        await users.change(session, 4, blocked_at=NOW)
        await users.change(session, 5, city="上海")
        await users.change(session, 6, car="plans")
        await users.change(session, 7, topics=["winter_tyres"])
    expected = {
        ("all", ""): [5, 6, 7, 8],
        ("city", "上海"): [5],
        ("car", "plans"): [6],
        ("topic", "winter"): [5, 6, 8],
    }
    for (kind, value), ids in expected.items():
        segment = {"kind": kind, "value": value}
        campaign = await launched(people, segment)
        async with people.read() as session:
            query = select(Recipient.user_id).where(Recipient.campaign_id == campaign)
            assert sorted(await session.scalars(query)) == ids


async def test_who_opts_out_after_the_launch_is_skipped(people: Database) -> None:
    campaign = await launched(people)
    async with people.write() as session:
        await users.change(session, 2, invites=False)
        await users.choose_personalisation(session, 3, False, NOW)
        await users.change(session, 4, blocked_at=NOW)
        assert await rights.erase(session, 5)
    assert await claim(people, campaign, 20) == [1, 6, 7, 8]
    assert await counts(people, campaign) == {"sending": 4, "skipped": 3}


async def test_what_a_crash_left_in_the_air_is_unknown_and_stays_so(people: Database) -> None:
    running, paused = await launched(people), await launched(people, of="live-summer")
    assert await claim(people, running) == [1, 2, 3]
    assert await claim(people, paused) == [1, 2, 3]
    assert await settle(people, running, 1, "sent")
    async with people.write() as session:
        assert await campaigns.set_status(session, paused, "paused", was=["sending"])
        assert await recipients.abandon(session, NOW) == 5
        assert list(await campaigns.sending(session)) == [running]
    # An answer that comes after all changes nothing any more.
    assert not await settle(people, running, 2, "sent")
    assert await claim(people, running, 20) == [4, 5, 6, 7, 8]
    assert await counts(people, running) == {"sent": 1, "unknown": 2, "sending": 5}
    assert await counts(people, paused) == {"unknown": 3, "pending": 5}


async def test_a_recipient_given_back_is_claimed_again(people: Database) -> None:
    campaign = await launched(people)
    assert await claim(people, campaign, 1) == [1]
    assert await settle(people, campaign, 1, "pending")
    assert await claim(people, campaign, 1) == [1]


async def test_pause_stops_claims_and_only_a_finished_campaign_is_done(people: Database) -> None:
    campaign = await launched(people)
    async with people.write() as session:
        assert await campaigns.set_status(session, campaign, "paused", was=["sending"])
    assert await claim(people, campaign) == []
    async with people.write() as session:
        assert await campaigns.set_status(session, campaign, "sending", was=["paused"])
        assert not await campaigns.set_status(session, campaign, "sending", was=["paused"])
        assert not await campaigns.finish(session, campaign, NOW)
    for user_id in await claim(people, campaign, 20):
        assert await settle(people, campaign, user_id, "sent")
    async with people.write() as session:
        assert await campaigns.finish(session, campaign, NOW)
        assert not await campaigns.finish(session, campaign, NOW)


async def test_the_audience_is_whom_the_preview_counted(people: Database) -> None:
    async with people.write() as session:
        await users.change(session, 8, personalisation=None)
        made, size = await campaigns.draft(session, 901, "live-winter", EVERYONE, NOW)
    async with people.write() as session:
        await users.choose_personalisation(session, 8, True, NOW)
        await users.save(session, [user(9)])
        assert await campaigns.launch(session, made.id, NOW)
    assert size == 7
    assert await claim(people, made.id, 20) == list(range(1, 8))


async def test_a_preview_of_the_day_before_is_asked_for_again(people: Database) -> None:
    async with people.write() as session:
        made, _ = await campaigns.draft(session, 901, "live-winter", EVERYONE, NOW)
    late = NOW + timedelta(days=1, minutes=1)
    async with people.write() as session:
        assert not await campaigns.launch(session, made.id, late)
        again, size = await campaigns.draft(session, 901, "live-winter", EVERYONE, late)
        assert again.id != made.id
        assert size == 8
        assert not await campaigns.set_status(session, made.id, "cancelled", was=["draft"])


async def test_a_draft_of_before_that_names_nobody_is_not_sent(people: Database) -> None:
    """Older builds looked for people only as they sent."""
    async with people.write() as session:
        await users.save(session, [user(901, role="admin")])
        row = await users.get(session, 901)
        made, _ = await campaigns.draft(session, 901, "live-winter", EVERYONE, NOW)
        await session.execute(delete(Recipient).where(Recipient.campaign_id == made.id))
    assert row is not None
    admin = Person(row, people, "key", NOW, Recent())
    planning = Planning(people, None, "one")
    assert await planning.launch(admin, made.id, None) == "empty"
    async with people.write() as session:
        again, _ = await campaigns.draft(session, 901, "live-winter", EVERYONE, NOW)
    assert await planning.launch(admin, again.id, None) == "launched"


async def test_nobody_gets_the_same_invite_twice(people: Database) -> None:
    first, second = await launched(people), await launched(people)
    assert await claim(people, first) == [1, 2, 3]
    for user_id, status in ((1, "sent"), (2, "unknown"), (3, "failed")):
        assert await settle(people, first, user_id, status)
    # The other campaign was previewed before, so it finds out as it sends.
    assert await claim(people, second, 20) == [3, 4, 5, 6, 7, 8]
    third = await launched(people)
    assert await counts(people, third) == {"pending": 0} or await claim(people, third, 20) == []
    other = await launched(people, of="live-summer")
    assert len(await claim(people, other, 20)) == 8


async def in_doubt(database: Database) -> int:
    """A campaign that is over, with 2 and 3 in doubt."""
    campaign = await launched(database)
    for user_id in await claim(database, campaign, 20):
        status = "unknown" if user_id in (2, 3) else "sent"
        assert await settle(database, campaign, user_id, status)
    async with database.write() as session:
        assert await campaigns.finish(session, campaign, NOW)
    return campaign


async def send_again(database: Database, campaign: int, before: int) -> int | None:
    async with database.write() as session:
        return await campaigns.send_again(session, campaign, before, NOW)


async def test_those_in_doubt_are_sent_to_again_once_for_each_answer(people: Database) -> None:
    campaign = await in_doubt(people)
    answers = await asyncio.gather(*(send_again(people, campaign, 0) for _ in range(4)))
    assert sorted(answers, key=str) == [2, None, None, None]
    claimed = await asyncio.gather(*(claim(people, campaign, 1) for _ in range(4)))
    assert sorted(n for some in claimed for n in some) == [2, 3]
    assert await send_again(people, campaign, 1) is None, "while it is being sent"
    # A crash in the midst leaves them in doubt, not queued.
    async with people.write() as session:
        assert await recipients.abandon(session, NOW) == 2
        assert await campaigns.finish(session, campaign, NOW)
    assert await send_again(people, campaign, 0) is None
    assert await claim(people, campaign) == []
    assert await send_again(people, campaign, 1) == 2
    assert await claim(people, campaign) == [2, 3]


async def test_who_was_in_doubt_stays_so_for_other_campaigns(people: Database) -> None:
    campaign = await in_doubt(people)
    assert await send_again(people, campaign, 0) == 2
    async with people.write() as session:
        assert await campaigns.set_status(session, campaign, "cancelled", was=["sending"])
        assert await campaigns.send_again(session, campaign, 1, NOW) is None, "over for good"
    assert await claim(people, await launched(people), 20) == []
    async with people.write() as session:
        assert await campaigns.has_arrived(session, campaign, 2, 77, NOW)
        assert not await campaigns.has_arrived(session, campaign, 2, 77, NOW)
        assert not await campaigns.has_arrived(session, campaign, 1, 77, NOW)
    assert await counts(people, campaign) == {"sent": 7, "pending": 1}


async def test_who_opted_out_meanwhile_is_not_sent_to_again(people: Database) -> None:
    campaign = await in_doubt(people)
    async with people.write() as session:
        await users.change(session, 2, invites=False)
    assert await send_again(people, campaign, 0) == 2
    assert await claim(people, campaign) == [3]


async def test_what_surely_failed_comes_last_and_not_for_ever(people: Database) -> None:
    campaign = await launched(people)

    async def put_back(user_id: int) -> int:
        return await sending.put_back(people, campaign, user_id)

    assert await claim(people, campaign) == [1, 2, 3]
    assert [await put_back(1), await put_back(1)] == [1, 0]
    assert await claim(people, campaign, 20) == [1, 4, 5, 6, 7, 8]
    assert [await put_back(1), await put_back(4)] == [2, 1]
    assert await claim(people, campaign, 1) == [4]
    assert await claim(people, campaign, 1) == [1]
    assert await put_back(1) == 3
    assert await claim(people, campaign, 20) == []
    assert await counts(people, campaign) == {"failed": 1, "sending": 7}


async def test_claims_of_two_campaigns_with_one_invite_share_nobody(people: Database) -> None:
    both = await launched(people), await launched(people)
    claimed = await asyncio.gather(*(claim(people, both[n % 2], 2) for n in range(8)))
    assert sorted(n for some in claimed for n in some) == list(range(1, 9))


async def test_who_has_the_item_is_not_invited_to_it(people: Database) -> None:
    campaign = await launched(people)
    async with people.write() as session:
        assert await bookings.book(session, 1, "live-winter", NOW)
    assert await claim(people, campaign, 20) == [2, 3, 4, 5, 6, 7, 8]
    again = await launched(people)
    assert 1 not in await claim(people, again, 20)


@pytest.mark.parametrize(
    "change", [{"active": False}, {"starts_at": NOW - timedelta(hours=1)}, {"capacity": 0}]
)
async def test_an_item_that_cant_be_had_ends_its_campaign(
    people: Database, change: dict[str, Any]
) -> None:
    campaign = await launched(people)
    assert await claim(people, campaign) == [1, 2, 3]
    async with people.write() as session:
        assert await campaigns.set_status(session, campaign, "paused", was=["sending"])
        await session.execute(update(Item).where(Item.id == "live-winter").values(**change))
        assert await campaigns.set_status(session, campaign, "sending", was=["paused"])
    assert await claim(people, campaign) == []
    async with people.read() as session:
        found = await campaigns.get(session, campaign)
    assert found is not None
    assert found.status == "cancelled"
    assert await counts(people, campaign) == {"sending": 3, "pending": 5}


async def test_a_large_audience_is_looked_through_slice_by_slice_once_it_is_sent(
    people: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "SLICE", 3)

    async def fill(campaign_id: int) -> bool:
        async with people.write() as session:
            return await recipients.fill(session, campaign_id, NOW)

    async with people.write() as session:
        made, size = await campaigns.draft(session, 901, "live-winter", EVERYONE, NOW, large=True)
    assert size == 0
    assert not await fill(made.id), "nobody is written to because of a preview"
    async with people.write() as session:
        await users.change(session, 2, invites=False)
        assert await campaigns.launch(session, made.id, NOW)
    assert await fill(made.id)
    async with people.write() as session:
        assert not await campaigns.finish(session, made.id, NOW), "there are more to come"
        await campaigns.set_status(session, made.id, "paused", was=["sending"])
    assert not await fill(made.id)
    assert sum((await counts(people, made.id)).values()) == 2
    async with people.write() as session:
        await campaigns.set_status(session, made.id, "sending", was=["paused"])
    assert await fill(made.id)
    assert not await fill(made.id)
    assert not await fill(made.id)
    assert await claim(people, made.id, 100) == [1, *range(3, 9)]


async def test_who_bought_and_erased_their_data_keeps_nobody_from_being_invited(
    people: Database,
) -> None:
    async with people.write() as session:
        await items.save(session, [item("course-paid", price_stars=5, capacity=None)])
        paid = {"price_stars": 5, "status": "paid", "created_at": NOW, "paid_at": NOW}
        session.add(Order(id="kept", user_id=None, item_id="course-paid", **paid))
        session.add(Order(id="own", user_id=3, item_id="course-paid", **paid))
        _, size = await campaigns.draft(session, 901, "course-paid", EVERYONE, NOW)
    assert size == 7


async def test_segments_are_counted_all_at_once(people: Database) -> None:
    async with people.write() as session:
        await users.change(session, 1, city="上海", topics=["ev", "winter"], car="plans")
        await users.change(session, 2, city="上海", invites=False)
        await users.change(session, 3, city="北京", topics=["ev"])
        segments = [
            {"kind": "all", "value": ""},
            {"kind": "topic", "value": "ev"},
            {"kind": "topic", "value": "winter"},
            {"kind": "city", "value": "上海"},
            {"kind": "car", "value": "owns"},
            {"kind": "car", "value": "plans"},
        ]
        sizes = [
            (await campaigns.draft(session, 901, "live-winter", segment, NOW))[1]
            for segment in segments
        ]
        found = await users.audiences(session)
    assert (found.users, found.cities) == (8, ["北京", "上海"])
    assert [found.sizes[s["kind"], s["value"]] for s in segments] == sizes
