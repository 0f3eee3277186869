"""Data of an older build after its migration, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from storage.database import Database, TooNew
from storage.models import Deadline
from storage.repositories import deadlines
from tests.conftest import on_postgres
from tests.storage.rows import NOW


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path}/chezhi.db"
    if request.param == "postgresql":
        url = on_postgres(request.getfixturevalue("postgres"), f"old_{uuid4().hex}")
    database = Database(url)
    yield database
    await database.close()


async def test_questions_of_who_did_not_agree_lose_their_name_and_nothing_else_is_lost(
    empty: Database,
) -> None:
    await empty.upgrade("0007_reader")
    async with empty.write() as session:
        for user, agreed in ((1, True), (2, False), (3, None), (4, False)):
            await session.execute(
                text(
                    "INSERT INTO users (id, first_name, role, topics, personalisation, invites,"
                    " created_at, seen_at)"
                    " VALUES (:id, 'U', 'user', '[]', :agreed, true, :now, :now)"
                ),
                {"id": user, "agreed": agreed, "now": NOW},
            )
            await session.execute(
                text(
                    "INSERT INTO questions (id, user_id, text, language, answer, refused, mode,"
                    " citations, asked_at) VALUES (:id, :id, 'Q', 'en', 'A', false, 'extractive',"
                    " '[]', :now)"
                ),
                {"id": user, "now": NOW},
            )
        await session.execute(
            text(
                "INSERT INTO help_requests (id, question_id, user_id, status, created_at)"
                " VALUES (1, 4, 4, 'open', :now)"
            ),
            {"now": NOW},
        )
    await empty.upgrade()
    async with empty.read() as session:
        owners = await session.execute(text("SELECT id, user_id FROM questions ORDER BY id"))
        assert [tuple(row) for row in owners] == [(1, 1), (2, None), (3, None), (4, 4)]
        assert await session.scalar(text("SELECT question_id FROM help_requests")) == 4
        if empty.is_sqlite:
            assert await session.scalar(text("PRAGMA foreign_keys")) == 1


async def test_data_of_a_newer_version_are_told_as_such(empty: Database) -> None:
    await empty.upgrade()
    async with empty.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    with pytest.raises(TooNew, match="newer Chezhi"):
        await empty.upgrade()


async def test_who_booked_before_there_were_reminders_is_reminded(empty: Database) -> None:
    await empty.upgrade("0006_labels")
    now = datetime.now(UTC).replace(microsecond=0)
    day, hour = timedelta(days=1), timedelta(hours=1)
    # By the booking: when it starts, when it ends, and of what it is.
    events: dict[int, tuple[timedelta | None, timedelta | None, str, bool, str]] = {
        1: (3 * day, None, "live", True, "booked"),
        2: (3 * hour, 5 * hour, "salon", True, "booked"),
        3: (-3 * day, -2 * day, "live", True, "booked"),
        4: (3 * day, None, "live", True, "cancelled"),
        5: (3 * day, None, "live", False, "booked"),
        6: (3 * day, None, "draw", True, "booked"),
        7: (None, None, "test_drive", True, "booked"),
    }
    async with empty.write() as session:
        await session.execute(
            text(
                "INSERT INTO users (id, first_name, role, topics, invites, created_at, seen_at)"
                " VALUES (1, 'U', 'user', '[]', true, :now, :now)"
            ),
            {"now": now},
        )
        for number, (start, end, kind, active, status) in events.items():
            await session.execute(
                text(
                    "INSERT INTO items (id, type, title, summary, description, topics, price_stars,"
                    " seats_taken, starts_at, ends_at, active, updated_at) VALUES (:id, :kind,"
                    " '{}', '{}', '{}', '[]', 0, 1, :start, :end, :active, :now)"
                ),
                {
                    "id": f"item-{number}",
                    "kind": kind,
                    "start": start and now + start,
                    "end": end and now + end,
                    "active": active,
                    "now": now,
                },
            )
            await session.execute(
                text(
                    "INSERT INTO bookings (id, user_id, item_id, status, created_at, changed_at)"
                    " VALUES (:id, 1, :item, :status, :now, :now)"
                ),
                {"id": number, "item": f"item-{number}", "status": status, "now": now},
            )
    await empty.upgrade("0034_links_of_invites")
    done = {"kind": "remind-hour", "about": "booking:2", "now": now}
    async with empty.write() as session:
        await session.execute(
            text(
                "INSERT INTO deadlines (kind, about, user_id, due_at, state, takes, fence,"
                " changed_at) VALUES (:kind, :about, 1, :now, 'done', 1, 1, :now)"
            ),
            done,
        )
    await empty.upgrade()
    async with empty.read() as session:
        rows = (await session.scalars(select(Deadline).order_by(Deadline.about, Deadline.id))).all()
        assert [(row.about, row.kind, row.due_at - now, row.state) for row in rows] == [
            ("booking:1", "remind-day", 2 * day, "due"),
            ("booking:1", "remind-hour", 3 * day - hour, "due"),
            ("booking:1", "event-over", 3 * day + 2 * hour, "due"),
            ("booking:2", "remind-hour", timedelta(), "done"),
            ("booking:2", "event-over", 5 * hour, "due"),
        ]
        # What the service takes up when the time has come.
        later = now + 2 * day
        assert await deadlines.any_due(session, ["remind-day"], later)
        assert {row.user_id for row in rows} == {1}
