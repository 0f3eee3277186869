"""A store of vectors by the hash of their text: what makes indexing incremental and resumable."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TypeVar

import numpy as np

from retrieval.batching import (
    PASSAGE,
    QUERY,
    Vectors,
    encode_passages,
    encode_queries,
    like_lengths,
    prompt,
)
from retrieval.encoder import Encoder
from retrieval.words import simplified

log = logging.getLogger(__name__)
T = TypeVar("T")

# Which stores have without a mark: the bundled model's, and none.
PLAIN_PROMPTS = ("", "query: ", "passage: ")

Progress = Callable[[int, int], None]
"""Called with texts done and texts in all."""


class Cancelled(Exception):
    """The build was asked to stop; what was encoded is kept for the next one."""


class VectorStore:
    """Vectors of passages (or what else `encode` encodes) under one model, in a SQLite file.

    A damaged file is begun anew: all that is in it can be encoded again.
    """

    def __init__(
        self,
        path: Path,
        model_name: str,
        model: Encoder,
        encode: Callable[[Encoder, list[str]], Vectors] = encode_passages,
    ) -> None:
        self.model = model
        self._encode = encode
        # A model that is told to prompt otherwise gives other vectors.
        own = prompt(model, QUERY if encode is encode_queries else PASSAGE)
        self._name = model_name if own in PLAIN_PROMPTS else f"{model_name}\0{own}"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def encode(
        self,
        texts: Sequence[str],
        *,
        fresh: bool = False,
        progress: Progress | None = None,
        stop: Event | None = None,
    ) -> tuple[Vectors, int]:
        """float32 [n, d] for the texts, and how many had to be encoded.

        A batch is committed when it is encoded: a build that is killed loses no more than that.
        With `fresh`, stored vectors are not used. Raises Cancelled.
        """
        return self._with_store(
            lambda store: self._encode_missing(store, texts, fresh, progress, stop)
        )

    def _encode_missing(
        self,
        store: sqlite3.Connection,
        texts: Sequence[str],
        fresh: bool,
        progress: Progress | None,
        stop: Event | None,
    ) -> tuple[Vectors, int]:
        keys = [self._key(text) for text in texts]
        known = {} if fresh else _stored(store, keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        todo = list(missing.items())
        done = len(texts) - len(todo)
        for places in like_lengths(self.model, [text for _, text in todo]):
            if stop is not None and stop.is_set():
                raise Cancelled
            if progress is not None:
                progress(done, len(texts))
            batch = [todo[place] for place in places]
            found = self._encode(self.model, [text for _, text in batch])
            rows = [(key, vector.tobytes()) for (key, _), vector in zip(batch, found, strict=True)]
            with store:
                store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            known.update(rows)
            done += len(batch)
        if progress is not None:
            progress(len(texts), len(texts))
        size = len(known[keys[0]]) // 4 if keys else self.model.get_embedding_dimension() or 0
        vectors = np.empty((len(texts), size), dtype=np.float32)
        for row, key in enumerate(keys):
            vectors[row] = np.frombuffer(known[key], dtype=np.float32)
        return vectors, len(todo)

    def prune(self, texts: Collection[str], gone: Iterable[str] | None = None) -> None:
        """Forgets all vectors but those of `texts`.

        `gone`: those that are no longer among them, if the caller knows. Only these are then looked
        for, unless the store still holds more than it should.
        """

        def forget(store: sqlite3.Connection) -> None:
            if gone is not None:
                _delete(store, {self._key(text) for text in gone})
                (count,) = store.execute("SELECT count(*) FROM vectors").fetchone()
                if count <= len(set(texts)):
                    return
            keys = {self._key(text) for text in texts}
            _delete(store, {key for (key,) in store.execute("SELECT key FROM vectors")} - keys)

        self._with_store(forget)

    def _with_store(self, act: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return self._opened(act)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            log.warning("%s is damaged and is begun anew: %s", self._path, error)
        for end in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        return self._opened(act)

    def _opened(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with closing(sqlite3.connect(self._path)) as store:
            store.execute("PRAGMA journal_mode = WAL")
            store.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
            return act(store)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._name}\0{simplified(text)}".encode()).digest()


def _delete(store: sqlite3.Connection, keys: Iterable[bytes]) -> None:
    with store:
        store.executemany("DELETE FROM vectors WHERE key = ?", [(key,) for key in keys])


def _stored(store: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        marks = ",".join("?" * len(some))
        query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
        found.update(store.execute(query, some))
    return found


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is at fault, and not a lock, a full disk or the like."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )
