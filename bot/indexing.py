"""From documents in the database to a live index: parse, build beside the live one, publish."""

import asyncio
import logging
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event

from bot.library import Library
from retrieval.documents import Document, DocumentError, parse
from retrieval.golden import Golden, QualityGate, Report
from retrieval.knowledge import KnowledgeBase, Version
from storage.database import Database
from storage.repositories import documents, golden

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with chunks done and chunks in all, from the building thread."""


class AlreadyIndexing(Exception):
    """One index is built at a time."""


class NewerIsLive(Exception):
    """A version that was held back is older than the live one by now."""


@dataclass(frozen=True, slots=True)
class Built:
    """A version that was written, whether it is live, and what golden questions say of it."""

    version: Version
    live: bool
    report: Report | None


class Indexing:
    def __init__(
        self,
        database: Database,
        knowledge: KnowledgeBase,
        library: Library,
        clock: Callable[[], datetime],
        quality_margin: float,
    ) -> None:
        self.database = database
        self.knowledge = knowledge
        self.library = library
        self.clock = clock
        self.quality_margin = quality_margin
        self._building = asyncio.Lock()
        self._stop = Event()

    async def add(
        self,
        files: Mapping[str, bytes],
        added_by: int | None = None,
        *,
        leave: Container[str] = (),
    ) -> tuple[int, int]:
        """Stores source files, but for documents in `leave`; returns (given, new or changed).

        Raises DocumentError for the first file that can't be read, and for two files with one id;
        then none is stored.
        """
        rows = []
        seen: dict[str, str] = {}
        for name, data in files.items():
            document = await asyncio.to_thread(parse, name, data)
            if document.id in seen:
                raise DocumentError(
                    f"{name} has the same id as {seen[document.id]}: {document.id!r}. "
                    "Put another `id:` between --- lines at its top, or rename it."
                )
            seen[document.id] = name
            if document.id in leave:
                continue
            rows.append(
                {
                    "id": document.id,
                    "name": name,
                    "title": document.title,
                    "data": data,
                    "digest": document.digest,
                    "added_by": added_by,
                    "added_at": self.clock(),
                }
            )
        async with self.database.write() as session:
            changed = await documents.save(session, rows)
        return len(rows), changed

    async def documents(self) -> list[Document]:
        """What the next index is made of. A stored file that no longer parses is left out."""
        async with self.database.read() as session:
            rows = await documents.live(session)
        return await asyncio.to_thread(_parse_all, [(row.name, row.data) for row in rows])

    async def build(
        self,
        progress: Progress | None = None,
        *,
        full: bool = False,
        wait: bool = False,
        force: bool = False,
    ) -> Built:
        """Builds an index of all documents; queries go on with the last one until it is live.

        It stays held back when it does worse on the golden questions, unless `force`.
        While another build runs in this process, raises AlreadyIndexing, or waits for its end.
        """
        if self._building.locked() and not wait:
            raise AlreadyIndexing
        async with self._building:
            found = await self.documents()
            gate = await self._gate(force)
            version = await asyncio.to_thread(
                self.knowledge.build,
                found,
                full=full,
                progress=progress,
                stop=self._stop,
                judge=gate,
            )
            self.library.fill(found)
        report = gate.report if gate else None
        return Built(version, force or report is None or not report.worse, report)

    async def _gate(self, force: bool) -> QualityGate | None:
        async with self.database.read() as session:
            rows = await golden.listed(session)
        questions = [Golden(row.question, row.language, tuple(row.documents)) for row in rows]
        if not questions:
            return None
        return QualityGate(
            questions, self.knowledge.query_vectors, self.quality_margin, force=force
        )

    async def publish(self, version_id: str) -> Version:
        """Makes a version live that was held back. Raises NewerIsLive, and as `rollback` does."""
        knowledge = self.knowledge
        live = await asyncio.to_thread(knowledge.live)
        # Ids sort by time.
        if live is not None and live.version.id >= version_id:
            raise NewerIsLive
        return await asyncio.to_thread(
            knowledge.rollback, knowledge.root, version_id, knowledge.model_name
        )

    async def open(self) -> None:
        """At the start: loads the live index, if there is one, and the lessons."""
        self.library.fill(await self.documents())
        await asyncio.to_thread(self.knowledge.index)

    async def is_current(self) -> bool:
        """Whether the live index holds just what is stored."""
        return self.knowledge.is_current(await self.documents())

    async def is_built(self) -> bool:
        """Whether the newest index, be it live or not, is of just what is stored."""
        return await asyncio.to_thread(self.knowledge.is_built, await self.documents())

    def cancel(self) -> None:
        self._stop.set()


def _parse_all(files: list[tuple[str, bytes]]) -> list[Document]:
    found = []
    for name, data in files:
        try:
            found.append(parse(name, data))
        except DocumentError as error:
            log.warning("%s is left out of the index: %s", name, error)
    return found
