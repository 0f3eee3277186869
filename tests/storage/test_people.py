"""Users, consent, signals and campaigns in the database."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, StatementError

from storage.database import Database
from storage.models import Base, Campaign, User
from storage.repositories import (
    campaigns,
    items,
    recipients,
    rights,
    signal_columns,
    signals,
    users,
)
from tests.storage.rows import NOW, item, user
from tests.storage.sending import claim


def signal(user_id: int, verb: str, key: str, **changes: Any) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "verb": verb,
        "object_type": "item",
        "object_id": "course-ev",
        "value": None,
        "source": "test",
        "occurred_at": NOW,
        "idempotency_key": key,
    } | changes


async def test_the_migrations_make_exactly_the_models(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    await database.upgrade()  # a second run changes nothing
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_meeting_someone_again_keeps_their_choices(database: Database) -> None:
    async with database.write() as session:
        await users.meet(session, 7, NOW, first_name="Li", telegram_language="zh-hans")
        await users.change(session, 7, language="en", city="成都", role="editor")
        later = NOW + timedelta(hours=1)
        person = await users.meet(session, 7, later, first_name="Li Lei", telegram_language="zh")
    assert (person.first_name, person.language, person.city) == ("Li Lei", "en", "成都")
    assert (person.role, person.created_at, person.seen_at) == ("editor", NOW, later)


async def test_times_keep_their_moment_and_come_back_in_utc(database: Database) -> None:
    beijing = datetime(2026, 1, 1, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    async with database.write() as session:
        await users.meet(session, 1, beijing)
    async with database.read() as session:
        seen = (await session.get_one(User, 1)).seen_at
    assert seen == beijing
    assert seen.utcoffset() == timedelta(0)
    with pytest.raises(StatementError, match="without a zone"):
        async with database.write() as session:
            await users.meet(session, 2, datetime(2026, 1, 1))  # noqa: DTZ001


async def test_a_signal_told_twice_is_stored_once(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(1)])
        assert (
            await signals.record(session, [signal(1, "viewed", "a"), signal(1, "liked", "b")]) == 2
        )
        assert (
            await signals.record(session, [signal(1, "viewed", "a"), signal(1, "liked", "c")]) == 1
        )
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            await signals.record(session, [signal(1, "admired", "d")])
    async with database.read() as session:
        rows = [row async for row in signals.whole(session)]
    assert [row.verb for row in rows] == ["viewed", "liked", "liked"]
    assert rows[0].occurred_at.tzinfo is UTC


async def test_declining_forgets_behaviour_and_keeps_contracts(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(1, personalisation=None), user(2)])
        mine = [signal(1, "viewed", "a"), signal(1, "purchased", "b"), signal(2, "viewed", "c")]
        await signals.record(session, mine)
        await users.choose_personalisation(session, 1, False, NOW)
    async with database.read() as session:
        assert [s.verb for s in await signals.of_user(session, 1)] == ["purchased"]
        assert (await signal_columns.agreed(session)).tolist() == [2]


async def test_erasing_a_person_takes_their_rows_along(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(1)])
        await signals.record(session, [signal(1, "viewed", "a")])
        assert await rights.erase(session, 1)
        assert not await rights.erase(session, 1)
        assert await signals.count(session) == 0


async def launch(database: Database, segment: dict[str, Any]) -> Campaign:
    async with database.write() as session:
        await items.save(session, [item()])
        campaign, _ = await campaigns.draft(session, 900, "live-winter", segment, NOW)
        assert await campaigns.launch(session, campaign.id, NOW)
        assert not await campaigns.launch(session, campaign.id, NOW)
    return campaign


async def test_an_audience_holds_only_who_may_be_invited(database: Database) -> None:
    people = [
        user(1),
        user(2, topics=["ev"]),
        user(3, invites=False),
        user(4, personalisation=None),
        user(5, blocked_at=NOW),
    ]
    async with database.write() as session:
        for person in people:
            await users.save(session, [person])
        await items.save(session, [item()])
        for segment, size in (
            ({"kind": "all"}, 2),
            ({"kind": "topic", "value": "ev"}, 1),
            ({"kind": "city", "value": "上海"}, 0),
            ({"kind": "car", "value": "owns"}, 2),
        ):
            _, found = await campaigns.draft(session, 900, "live-winter", segment, NOW)
            assert found == size
    campaign = await launch(database, {"kind": "all"})
    async with database.write() as session:
        await users.change(session, 2, invites=False)
    assert await claim(database, campaign.id, 10) == [1]
    async with database.read() as session:
        assert await campaigns.counts(session, campaign.id) == {"sending": 1, "skipped": 1}


async def test_workers_claiming_together_share_no_recipient(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, 101)])
    campaign = await launch(database, {"kind": "all"})

    claimed: list[int] = []
    while batch := [
        n
        for taken in await asyncio.gather(*(claim(database, campaign.id, 7) for _ in range(4)))
        for n in taken
    ]:
        claimed += batch
    assert sorted(claimed) == list(range(1, 101))
    async with database.write() as session:
        assert await recipients.abandon(session, NOW) == 100
    assert await claim(database, campaign.id, 7) == []
