"""The database: engine, transactions and migrations, on SQLite (WAL) or PostgreSQL."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar, cast

from alembic import command
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import Session, sessionmaker

from storage import encryption
from storage.private import tighten

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
# How long a statement waits on SQLite while another process writes.
BUSY_S = 15.0
# The same of what can as well be done a minute later.
SOON_S = 0.5
# To PostgreSQL, of one process.
CONNECTIONS = 15
# So long unused, one may have been dropped on the way without anybody telling.
IDLE_S = 2.0
# Files that SQLite keeps beside a database while it is open.
BESIDE = ("", "-wal", "-shm", "-journal")

T = TypeVar("T")
L = TypeVar("L")


class TooNew(Exception):
    """The database has tables of a newer version."""

    def __init__(self) -> None:
        super().__init__(
            "The data were made by a newer Chezhi: install that one, or restore the backup that "
            "was made before it was updated."
        )


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
        if self.is_sqlite:
            _make_private(self.url.database or "")
        self.engine: AsyncEngine = create_async_engine(
            self.url,
            # Kept open: one that is opened for a rush has to prepare each statement anew.
            **({} if self.is_sqlite else {"pool_size": CONNECTIONS, "max_overflow": 0}),
            # An error's text reaches the log, which people's words must not.
            hide_parameters=True,
        )
        if self.is_sqlite:
            _prepare_sqlite(self.engine.sync_engine)
        else:
            _look_after(self.engine.sync_engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._readers: sessionmaker[Session] | None = None
        if self.is_sqlite and self.url.database not in (None, "", ":memory:"):
            engine = create_engine(self.url.set(drivername="sqlite"), hide_parameters=True)
            _prepare_sqlite(engine)
            self._readers = sessionmaker(engine, expire_on_commit=False)
        self._writers = asyncio.Lock()

    def unlock(self, keys: encryption.Keys | None) -> None:
        """Has encrypted columns written and read with these keys."""
        engines = [self.engine.sync_engine]
        if self._readers is not None:
            engines.append(self._readers.kw["bind"])
        for engine in engines:
            encryption.unlock(engine.dialect, keys)

    @property
    def is_unlocked(self) -> bool:
        """Whether there are keys for what is kept encrypted."""
        return encryption.are_there(self.engine.sync_engine.dialect)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._sessions() as session:
            yield session

    async def together(self, reads: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
        """Runs several reads in one transaction, without anything else in between.

        On SQLite in one step of a worker thread: each statement on its own takes three, which cost
        more than most reads. `reads` may wait for nothing but its session.
        """
        if self._readers is None:
            async with self.read() as session:
                return await reads(session)
        return await asyncio.to_thread(self._read_at_once, self._readers, reads)

    @staticmethod
    def _read_at_once(
        readers: sessionmaker[Session], reads: Callable[[AsyncSession], Coroutine[Any, Any, T]]
    ) -> T:
        with readers() as session:
            return _at_once(session, reads)

    async def write_together(self, writes: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
        """Runs a transaction that writes, on SQLite in one step of a worker thread, as `together`
        does for reads; rolled back on error."""
        if self._readers is None:
            async with self.write() as session:
                return await writes(session)
        async with self._writers:
            return await asyncio.to_thread(self._write_at_once, self._readers, writes)

    @staticmethod
    def _write_at_once(
        writers: sessionmaker[Session], writes: Callable[[AsyncSession], Coroutine[Any, Any, T]]
    ) -> T:
        with writers() as session:
            session.connection(execution_options={"immediate": True})
            found = _at_once(session, writes)
            session.commit()
            return found

    async def write_after(
        self,
        look: Callable[[AsyncSession], Coroutine[Any, Any, L]],
        decide: Callable[[L], T | None],
        writes: Callable[[AsyncSession, L], Coroutine[Any, Any, T]],
    ) -> T:
        """As `write_together`, for what most often is decided by a look, of one statement: where
        `decide` tells what came of it, nothing is written, and PostgreSQL opens no transaction."""
        if self._readers is not None:

            async def both(session: AsyncSession) -> T:
                seen = await look(session)
                decided = decide(seen)
                return decided if decided is not None else await writes(session, seen)

            return await self.write_together(both)
        # On one connection, as all who came meanwhile would get theirs before a second one.
        async with self.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            async with self._sessions(bind=connection) as session:
                seen = await look(session)
            if (decided := decide(seen)) is not None:
                return decided
            await connection.execution_options(isolation_level="READ COMMITTED")
            async with self._sessions(bind=connection) as session:
                written = await writes(session, seen)
                await session.commit()
            return written

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
        """Runs the migrations up to `revision`. Repeating it is harmless. Raises TooNew."""
        engine = self.engine.execution_options(keys="OFF") if self.is_sqlite else self.engine
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade, revision)
            await connection.commit()
            # Its foreign keys are off, so nobody may use it after this.
            await connection.invalidate()

    async def wipe_traces(self) -> bool:
        """Takes what was deleted or overwritten out of the files, too.

        SQLite's log still holds pages as they were until it is written into the database and cut;
        on its own it does so when it likes. False when somebody reads or writes just now: then it
        is for the next round. On PostgreSQL there is nothing to do: its vacuum does it.
        """
        if not self.is_sqlite:
            return True
        async with self._writers, self.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            # An execute of SQLAlchemy's would begin a transaction, and in one this can't be done.
            await driver.execute(f"PRAGMA busy_timeout = {SOON_S * 1000:.0f}")
            try:
                cursor = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (busy, _, _) = await cursor.fetchone()
            except sqlite3.OperationalError as error:
                log.info("Traces of deleted rows can't be wiped just now: %s", error)
                return False
            finally:
                await driver.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}")
        return not busy

    async def close(self) -> None:
        await self.engine.dispose()
        if self._readers is not None:
            await asyncio.to_thread(self._readers.kw["bind"].dispose)


def _at_once(session: Session, work: Callable[[AsyncSession], Coroutine[Any, Any, T]]) -> T:
    steps = work(cast(AsyncSession, AtOnce(session)))
    try:
        steps.send(None)
    except StopIteration as end:
        found: T = end.value
        return found
    steps.close()
    raise RuntimeError("What runs together may wait for nothing but its session.")


class AtOnce:
    """What repositories use of an AsyncSession, each call done when it returns."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_bind(self) -> Any:
        return self._session.get_bind()

    def add(self, row: Any) -> None:
        self._session.add(row)

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return self._session.execute(statement, values)

    async def scalar(self, statement: Any, values: Any = None) -> Any:
        return self._session.scalar(statement, values)

    async def scalars(self, statement: Any, values: Any = None) -> Any:
        return self._session.scalars(statement, values)

    async def get(self, model: Any, key: Any) -> Any:
        return self._session.get(model, key)

    async def get_one(self, model: Any, key: Any, *, populate_existing: bool = False) -> Any:
        return self._session.get_one(model, key, populate_existing=populate_existing)

    async def refresh(self, row: Any) -> None:
        self._session.refresh(row)

    async def flush(self) -> None:
        self._session.flush()

    async def stream_scalars(self, statement: Any) -> AsyncIterator[Any]:
        return _each(self._session.scalars(statement))


async def _each(rows: Iterable[Any]) -> AsyncIterator[Any]:
    for row in rows:
        yield row


def _make_private(database: str) -> None:
    """Sees to it that nobody else may read the file, and makes its folder where there is none."""
    if database in ("", ":memory:") or database.startswith("file:"):
        return
    file = Path(database)
    file.parent.parent.mkdir(parents=True, exist_ok=True)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
    tighten(*(file.with_name(file.name + end) for end in BESIDE))


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _upgrade(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        if isinstance(error.__cause__, ResolutionError):
            raise TooNew from error
        raise


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
            # Deleted rows are overwritten, as what they said may be somebody's words.
            "secure_delete = ON",
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


def _look_after(engine: Engine) -> None:
    """Replaces lost connections to PostgreSQL before they are used. SQLAlchemy's own
    `pool_pre_ping` asks each time, in as many round trips as a small transaction has."""

    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        record.info["unused_since"] = monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, _proxy: object) -> None:
        # None of a new one, and of one that was closed while it was used.
        since = record.info.get("unused_since")
        if since is None or connection is None:
            return
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError()
        if monotonic() - since > IDLE_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError() from error
