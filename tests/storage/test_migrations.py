"""Data of an older build after its migration, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from storage.database import Database
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
