"""What is appended and looked up again: inbox, questions, signals, documents; on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from storage.database import Database
from storage.models import VERBS, InboxUpdate, Question, Signal
from storage.repositories import documents, inbox, questions, signal_columns, signals, users
from tests.storage.rows import NOW, user

BOT = 4242


@pytest.fixture
async def known(database: Database) -> Database:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, 4)])
    return database


def updates(*ids: int) -> list[dict[str, Any]]:
    return [{"update_id": n, "message": {"text": f"第 {n}"}} for n in ids]


async def receive(database: Database, *ids: int) -> set[int]:
    async with database.write() as session:
        return await inbox.receive(session, BOT, updates(*ids), NOW)


async def left(database: Database, bot: int = BOT) -> list[int]:
    async with database.read() as session:
        return [row.update_id for row in await inbox.left_open(session, bot)]


async def test_an_update_is_open_until_it_is_done_and_known_ever_after(database: Database) -> None:
    assert await receive(database, 11, 12, 13) == {11, 12, 13}
    async with database.write() as session:
        await inbox.done(session, BOT, 12, NOW)
    assert await receive(database, 12, 13, 14) == {14}
    async with database.read() as session:
        found = await inbox.left_open(session, BOT)
    assert [row.payload for row in found] == updates(11, 13, 14)


async def test_the_inboxes_of_two_bots_are_apart(database: Database) -> None:
    await receive(database, 11)
    assert await left(database, bot=7) == []
    assert await left(database) == [11]


async def test_what_is_put_aside_is_kept_and_each_reason_is_told_once(database: Database) -> None:
    await receive(database, 11, 12, 13, 14)
    async with database.write() as session:
        told = [
            await inbox.put_aside(session, BOT, update_id, why, user_id)
            for update_id, why, user_id in ((11, "a", 1), (12, "a", 2), (11, "a", 1), (13, "b", 1))
        ]
    assert told == [True, False, False, True]
    assert await left(database) == [14]
    async with database.write() as session:
        await inbox.forget_person(session, 1)
        await inbox.forget_old(session, NOW + inbox.KEEP + timedelta(hours=1))
    kept = await rows(database)
    assert {row.update_id: bool(row.payload) for row in kept} == {11: False, 12: True, 13: False}
    async with database.write() as session:
        await inbox.forget_old(session, NOW + inbox.KEEP_ASIDE + timedelta(hours=1))
    assert await rows(database) == []


async def rows(database: Database) -> Sequence[InboxUpdate]:
    async with database.read() as session:
        return (await session.scalars(select(InboxUpdate))).all()


async def test_tries_are_counted_until_a_stop_takes_them_back(database: Database) -> None:
    await receive(database, 11, 12)
    async with database.write() as session:
        for update_id in (11, 12, 12):
            await inbox.begin(session, BOT, update_id)
    assert [row.attempts for row in await rows(database)] == [1, 2]
    async with database.write() as session:
        await inbox.release(session, BOT, {12})
    assert [row.attempts for row in await rows(database)] == [1, 0]


async def test_old_updates_are_forgotten(database: Database) -> None:
    await receive(database, 11)
    async with database.write() as session:
        await inbox.forget_old(session, NOW + inbox.KEEP - timedelta(hours=1))
    assert await left(database) == [11]
    async with database.write() as session:
        await inbox.forget_old(session, NOW + inbox.KEEP + timedelta(hours=1))
    assert await left(database) == []


def signal(user_id: int, key: str, verb: str = "viewed", **changes: Any) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "verb": verb,
        "object_type": "item",
        "object_id": "live-winter",
        "value": None,
        "source": "test",
        "occurred_at": NOW,
        "idempotency_key": key,
    } | changes


async def test_a_signal_is_stored_once_however_often_it_comes(known: Database) -> None:
    async def record(*rows: dict[str, Any]) -> int:
        async with known.write() as session:
            return await signals.record(session, rows)

    assert sorted(await asyncio.gather(*(record(signal(1, "a")) for _ in range(5)))) == [0] * 4 + [
        1
    ]
    assert await record(signal(1, "a"), signal(1, "b"), signal(1, "b")) == 1
    many = [signal(2, f"n{n}", occurred_at=NOW - timedelta(minutes=n)) for n in range(2500)]
    assert await record(*many) == 2500
    async with known.read() as session:
        assert await signals.count(session) == 2502
        times = [row.occurred_at async for row in signals.whole(session)]
        assert times == sorted(times)
        assert await signals.newest(session) == NOW
        assert [s.idempotency_key for s in await signals.of_user(session, 2, limit=2)] == [
            "n0",
            "n1",
        ]


async def test_signals_are_counted_by_verb_since_a_time(known: Database) -> None:
    old = NOW - timedelta(days=40)
    rows = [
        signal(1, "a"),
        signal(1, "b", "liked"),
        signal(2, "c"),
        signal(2, "d", occurred_at=old),
    ]
    async with known.write() as session:
        await signals.record(session, rows)
        counted = await signals.counts_by_verb(session, NOW - timedelta(days=30))
    assert counted == {"viewed": 2, "liked": 1}


async def test_a_model_learns_only_from_people_who_agreed(known: Database) -> None:
    async with known.write() as session:
        await users.change(session, 2, personalisation=False)
        await users.change(session, 3, personalisation=None)
        await signals.record(session, [signal(n, f"s{n}") for n in (1, 2, 3)])
        columns = await signal_columns.read(session, signals.of_consenting_users())
        assert columns.user.tolist() == [1] == (await signal_columns.agreed(session)).tolist()


async def test_columns_hold_what_the_rows_say(known: Database) -> None:
    verbs = ("viewed", "progressed", "liked", "asked")
    rows = [
        signal(
            1 + n % 3,
            f"c{n}",
            verbs[n % 4],
            object_type="topic" if n % 4 == 3 else "item",
            object_id=f"thing-{n % 7}",
            value=None if n % 2 else 0.1 * n,
            unit=(None, "fraction", "seconds")[n % 3],
            # Of one time in fives, to the microsecond, and not in the order that they came in.
            occurred_at=NOW - timedelta(minutes=(n * 7 % 50) // 5, microseconds=n % 2),
        )
        for n in range(100)
    ]
    async with known.write() as session:
        await signals.record(session, rows)
        await users.change(session, 3, personalisation=False)
    async with known.read() as session:
        columns = await signal_columns.read(session)
        plain = [row async for row in signals.whole(session)]
        assert (await signal_columns.agreed(session)).tolist() == [1, 2]
        of_one = await signal_columns.read(session, Signal.user_id == 2)
    units = (None, "fraction", "seconds")
    assert [
        (s.user_id, s.verb, s.object_type, s.object_id, s.value, s.occurred_at, s.unit)
        for s in plain
    ] == [
        (
            int(columns.user[n]),
            VERBS[columns.verb[n]],
            *columns.things[columns.thing[n]],
            None if np.isnan(columns.value[n]) else columns.value[n],
            columns.time[n].item().replace(tzinfo=UTC),
            units[columns.unit[n]],
        )
        for n in range(len(columns.user))
    ]
    assert len(plain) == 100
    assert len(of_one.user) == 33
    assert set(of_one.user.tolist()) == {2}


async def ask(database: Database, user_id: int, *, refused: bool, days_ago: int = 0) -> int:
    question = Question(
        user_id=user_id,
        text="制动液多久换一次？",
        language="zh",
        answer="" if refused else "两年。[1]",
        refused=refused,
        mode="extractive",
        citations=[{"document": "zh-brake-fluid", "quote": "两年"}],
        index_version="v1",
        embedding=b"\x00\x3c" * 4,
        asked_at=NOW - timedelta(days=days_ago),
    )
    async with database.write() as session:
        session.add(question)
    return question.id


async def test_questions_are_kept_rated_by_their_asker_and_counted(known: Database) -> None:
    first = await ask(known, 1, refused=False)
    await ask(known, 1, refused=True)
    await ask(known, 2, refused=True, days_ago=31)
    async with known.write() as session:
        assert await questions.rate(session, first, 1, -1)
        assert not await questions.rate(session, first, 2, 1)
        await questions.set_answer(session, first, "每两年。", "generative")
    async with known.read() as session:
        kept = await questions.get(session, first)
        assert kept is not None
        assert (kept.rating, kept.answer, kept.mode) == (-1, "每两年。", "generative")
        assert kept.citations[0]["quote"] == "两年"
        assert await questions.counts(session, NOW - timedelta(days=30)) == (2, 1)
        assert await questions.embeddings(session, 1, "bundled", limit=1) == [b"\x00\x3c" * 4]
        assert await questions.embeddings(session, 3, "bundled") == []
        assert await questions.embeddings(session, 1, "another") == []


def document(document_id: str, digest: str, added_by: int | None = None) -> dict[str, Any]:
    return {
        "id": document_id,
        "name": f"{document_id}.md",
        "title": "制动液",
        "data": "# 制动液\n\n两年。".encode(),
        "digest": digest,
        "added_by": added_by,
        "added_at": NOW,
    }


async def test_documents_are_replaced_by_id_removed_and_added_again(database: Database) -> None:
    async def save(*rows: dict[str, Any]) -> None:
        async with database.write() as session:
            for row in rows:
                await documents.save(session, row)

    async def stored() -> list[tuple[str, str]]:
        async with database.read() as session:
            return [(document.id, document.digest) for document in await documents.stored(session)]

    await save(document("b", "1"), document("a", "1"), document("b", "2", added_by=902))
    assert await stored() == [("a", "1"), ("b", "2")]
    async with database.write() as session:
        assert await documents.remove(session, "a", NOW)
        assert not await documents.remove(session, "a", NOW)
        assert not await documents.remove(session, "c", NOW)
    assert await stored() == [("b", "2")]
    async with database.read() as session:
        assert await documents.touched(session) == {"a", "b"}
        assert await documents.data(session, "b") == document("b", "2")["data"]
    await save(document("a", "1"))
    assert await stored() == [("a", "1"), ("b", "2")]
