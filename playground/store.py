"""Records that outlive the process: a key-value table in SQLite, written off the event loop."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

SCHEMA = """CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID"""
RETRY = 1.0  # seconds
RESERVE = 1000  # ids promised ahead, so that a crash can't hand one out twice


logger = logging.getLogger(__name__)


class Store:
    """`put` is at once and in order; rows reach the disk in batches, in a thread.

    Whoever is told that something is done is told so after `flush`: a killed server forgets
    nothing that it has answered for.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._waiting: dict[tuple[str, str], str | None] = {}
        self._changed = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def load(self) -> dict[str, dict[str, Any]]:
        """Every record: kind → key → value, in the order of the keys."""
        if self._path is None:
            return {}
        self._db = await asyncio.to_thread(_open, self._path)
        return await asyncio.to_thread(_read, self._db)

    @property
    def keeps(self) -> bool:
        """Whether there is a disk to keep anything on."""
        return self._db is not None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keeps a JSON value; None forgets it."""
        if self._db is None:
            return
        text = None if value is None else json.dumps(value, ensure_ascii=False)
        self._waiting[kind, key] = text
        self._changed.set()

    def start(self) -> None:
        if self._db is not None:
            self._task = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        while True:
            await self._changed.wait()
            try:
                await self.flush()
            except sqlite3.Error:
                logger.exception("Could not save; trying again")
                await asyncio.sleep(RETRY)

    async def flush(self) -> None:
        """Returns when everything put so far is on disk."""
        async with self._writing:
            self._changed.clear()
            batch, self._waiting = self._waiting, {}
            if not batch or self._db is None:
                return
            try:
                await asyncio.to_thread(_write, self._db, batch)
            except BaseException:
                self._waiting = {**batch, **self._waiting}
                self._changed.set()
                raise

    async def close(self) -> None:
        if self._task is not None:
            await self.flush()  # the task has nothing to write when it is cancelled
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._db is not None:
            self._db.close()
            self._db = None


def _open(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # One thread at a time uses it, though not always the same one.
    db = sqlite3.connect(path, timeout=30, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    # A killed process loses nothing by this; a machine that loses power may lose the last moments.
    db.execute("PRAGMA synchronous=NORMAL")
    with db:
        db.execute(SCHEMA)
    return db


def _read(db: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    rows = db.execute("SELECT kind, key, value FROM records ORDER BY kind, key").fetchall()
    records: dict[str, dict[str, Any]] = {}
    for kind, key, value in rows:
        records.setdefault(kind, {})[key] = json.loads(value)
    return records


def _write(db: sqlite3.Connection, batch: dict[tuple[str, str], str | None]) -> None:
    kept = [(kind, key, value) for (kind, key), value in batch.items() if value is not None]
    gone = [name for name, value in batch.items() if value is None]
    with db:
        db.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", kept)
        db.executemany("DELETE FROM records WHERE kind = ? AND key = ?", gone)


class Counter:
    """Ids that only go up, across restarts and crashes too."""

    def __init__(self, store: Store, name: str, first: int, saved: int | None) -> None:
        self._store = store
        self._name = name
        self._next = saved if saved is not None else first
        self._promised = 0

    def next(self) -> int:
        value = self._next
        self._next += 1
        # Half of the reserve is still unused when the new promise goes to disk.
        if self._next + RESERVE // 2 > self._promised:
            self._promised = self._next + RESERVE
            self._store.put("counter", self._name, self._promised)
        return value

    def settle(self) -> None:
        """On an orderly stop the ids go on without a gap."""
        self._store.put("counter", self._name, self._next)
