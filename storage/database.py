"""The database: engine, transactions and migrations, on SQLite (WAL) or PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

MIGRATIONS = Path(__file__).parent / "migrations"
# How long a statement waits on SQLite while another process writes.
BUSY_S = 15.0


class Database:
    """One pool of connections.

    `read()` and `write()` each give a session in one transaction. A write on SQLite begins
    IMMEDIATE, so that two writers queue for the lock instead of failing when a read becomes a
    write, and waits for its turn in this process without holding a thread.

    Example:
        >>> async with database.write() as session:  # doctest: +SKIP
        ...     session.add(user)                    # committed on leaving, rolled back on error
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database not in (None, "", ":memory:"):
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            pool_pre_ping=not self.is_sqlite,
            # An error's text reaches the log, which people's words must not.
            hide_parameters=True,
        )
        if self.is_sqlite:
            _prepare_sqlite(self.engine.sync_engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._writers = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._writers)
            session = await stack.enter_async_context(self._sessions())
            await session.connection(execution_options={"immediate": True})
            yield session
            await session.commit()

    async def upgrade(self, revision: str = "head") -> None:
        """Runs the migrations up to `revision`. Repeating it is harmless."""
        engine = self.engine.execution_options(keys="OFF") if self.is_sqlite else self.engine
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, revision)
            await connection.commit()
            # Its foreign keys are off, so nobody may use it after this.
            await connection.invalidate()

    async def close(self) -> None:
        await self.engine.dispose()


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(dbapi_connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: `begin` below says how they open.
        dbapi_connection.isolation_level = None
        cursor = dbapi_connection.cursor()
        for pragma in (
            "journal_mode = WAL",
            "synchronous = NORMAL",
            "foreign_keys = ON",
            f"busy_timeout = {BUSY_S * 1000:.0f}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("keys"):
            # A migration copies tables: the old one's end would take along what refers to it.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        immediate = options.get("immediate", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
