"""From documents in the database to a live index: parse, build beside the live one, publish."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Container, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Literal

from retrieval.answerer import Answerer
from retrieval.calibrating import calibrated
from retrieval.calibration import FALSE_ANSWERS, Calibration
from retrieval.documents import (
    BESIDE,
    MAX_BYTES,
    MAX_LABEL,
    Document,
    DocumentError,
    Note,
    Reader,
    parse,
)
from retrieval.golden import Golden, QualityGate, Report
from retrieval.index import Index
from retrieval.knowledge import KnowledgeBase, Version
from retrieval.shelf import Shelf
from services.content.library import Library
from services.content.memory import give_back_memory
from storage.database import Database
from storage.repositories import documents, golden
from storage.repositories.documents import Stored

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Called with chunks done and chunks in all, from the building thread."""

# Files that are read at the same time, each in a process of its own.
READERS = 2

Outcome = Literal["new", "changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Added:
    """What became of one file; `fault` says why it was refused."""

    name: str
    outcome: Outcome
    document: str | None = None
    remarks: tuple[Note, ...] = ()
    fault: Note | None = None


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
        answerer: Answerer | None = None,
        false_answers: float = FALSE_ANSWERS,
    ) -> None:
        self.database = database
        self.knowledge = knowledge
        self.library = library
        self.clock = clock
        self.quality_margin = quality_margin
        self.answerer = answerer or Answerer()
        self.false_answers = false_answers
        self._shelf = Shelf(knowledge.root / "documents")
        self._parsed: dict[tuple[str, str], Document | None] = {}
        self._building = asyncio.Lock()
        self._readers = asyncio.Semaphore(READERS)
        self._stop = Event()

    async def add(
        self,
        files: Mapping[str, bytes | Path],
        added_by: int | None = None,
        *,
        label: str | None = None,
        leave: Container[str] = (),
    ) -> list[Added]:
        """Stores source files, but for documents in `leave`, and tells what became of each.

        One that can't be read, or has the id of a file before it, is refused; the others go in.
        `label` is said of files given as bytes; without it, what was last said of a file of that
        name holds. A file on disk has its label beside it, in NAME.yaml.
        """
        async with self.database.read() as session:
            there = {document.id: document for document in await documents.stored(session)}
        labels = {document.name: document.label for document in there.values()}
        told: list[Added] = []
        first: dict[str, str] = {}
        async with self._reader() as reader:
            for name, source in files.items():
                try:
                    data, said = await asyncio.to_thread(
                        _open, source, labels.get(name, "") if label is None else label
                    )
                    document = await asyncio.to_thread(parse, name, data, said, reader)
                    if document.id in first:
                        raise DocumentError("same-id", id=document.id, other=first[document.id])
                except DocumentError as error:
                    told.append(Added(name, "refused", fault=error.note))
                    continue
                first[document.id] = name
                if document.id not in leave:
                    added = _compare(name, document, there.get(document.id))
                    if added.outcome != "unchanged":
                        await self._store(name, data, said, document, added_by)
                    told.append(added)
        await asyncio.to_thread(give_back_memory)
        return told

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Reader]:
        """For what editors send: an album of ten must not take ten processes' memory at once."""
        async with self._readers:
            with Reader() as reader:
                yield reader

    async def _store(
        self, name: str, data: bytes, label: str, document: Document, by: int | None
    ) -> None:
        row = {
            "id": document.id,
            "name": name,
            "title": document.title,
            "data": data,
            "label": label,
            "digest": document.digest,
            "added_by": by,
            "added_at": self.clock(),
        }
        async with self.database.write() as session:
            await documents.save(session, row)
        await asyncio.to_thread(self._shelf.put, name, document)

    async def documents(self) -> list[Document]:
        """What the next index is made of. A stored file that no longer parses is left out."""
        async with self.database.read() as session:
            stored = await documents.stored(session)
        parsed: dict[tuple[str, str], Document | None] = {}
        with Reader() as reader:
            for file in stored:
                key = file.name, file.digest
                known = key in self._parsed
                parsed[key] = self._parsed[key] if known else await self._parse(file, reader)
        if parsed.keys() != self._parsed.keys():
            await asyncio.to_thread(self._shelf.keep, parsed)
        self._parsed = parsed
        return [document for document in parsed.values() if document is not None]

    async def _parse(self, file: Stored, reader: Reader) -> Document | None:
        if found := await asyncio.to_thread(self._shelf.get, file.name, file.digest):
            return found
        async with self.database.read() as session:
            data = await documents.data(session, file.id)
        try:
            document = await asyncio.to_thread(parse, file.name, data or b"", file.label, reader)
        except DocumentError as error:
            log.warning("%s is left out of the index: %s", file.name, error)
            return None
        await asyncio.to_thread(self._shelf.put, file.name, document)
        return document

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
            questions = await self.golden()
            gate = self._gate(questions, force)
            version = await asyncio.to_thread(
                self.knowledge.build,
                found,
                full=full,
                progress=progress,
                stop=self._stop,
                judge=gate,
                calibrate=lambda index: self._calibrated(index, questions),
            )
            self.library.fill(found)
        await asyncio.to_thread(give_back_memory)
        report = gate.report if gate else None
        return Built(version, force or report is None or not report.worse, report)

    async def calibrate(self, progress: Progress | None = None) -> Version:
        """Finds the live index's threshold anew. Raises as `KnowledgeBase.recalibrate`."""
        questions = await self.golden()
        return await asyncio.to_thread(
            self.knowledge.recalibrate,
            lambda index: self._calibrated(index, questions, progress),
        )

    async def golden(self) -> list[Golden]:
        """The golden questions that are stored."""
        async with self.database.read() as session:
            rows = await golden.listed(session)
        return [Golden(row.question, row.language, tuple(row.documents)) for row in rows]

    def _calibrated(
        self, index: Index, questions: Sequence[Golden], progress: Progress | None = None
    ) -> Calibration:
        return calibrated(
            index,
            self.answerer,
            questions,
            self.knowledge.query_vectors,
            self.false_answers,
            progress,
        )

    def _gate(self, questions: Sequence[Golden], force: bool) -> QualityGate | None:
        if not questions:
            return None
        return QualityGate(
            questions,
            self.knowledge.query_vectors,
            self.quality_margin,
            self.answerer,
            force=force,
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
        try:
            await asyncio.to_thread(self.knowledge.index)
        finally:
            # Models were loaded just now, too.
            await asyncio.to_thread(give_back_memory)

    async def is_current(self) -> bool:
        """Whether the live index holds just what is stored."""
        return await asyncio.to_thread(self.knowledge.is_current, await self.documents())

    async def is_measured(self) -> bool:
        """Whether it does, and has figures on the golden questions that are stored."""
        if not await self.is_current():
            return False
        live = await asyncio.to_thread(self.knowledge.index)
        return live.version.metrics.get("questions", 0) == len(await self.golden())

    async def is_built(self) -> bool:
        """Whether the newest index, be it live or not, is of just what is stored."""
        return await asyncio.to_thread(self.knowledge.is_built, await self.documents())

    def cancel(self) -> None:
        self._stop.set()


def _open(source: bytes | Path, label: str) -> tuple[bytes, str]:
    """A file's bytes and its label. Raises DocumentError."""
    if isinstance(source, bytes):
        return source, label.strip()
    beside = source.with_name(source.name + BESIDE)
    try:
        with source.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        said = beside.read_bytes()[: MAX_LABEL + 1] if beside.is_file() else b""
    except OSError as error:
        raise DocumentError("unreadable", reason=error.strerror or type(error).__name__) from error
    return data, said.decode("utf-8-sig", "replace").strip()


def _compare(name: str, document: Document, before: Stored | None) -> Added:
    if before is None:
        return Added(name, "new", document.id, document.remarks)
    if before.digest == document.digest:
        return Added(name, "unchanged", document.id, document.remarks)
    replaced = () if before.name == name else (Note("replaces", {"name": before.name}),)
    return Added(name, "changed", document.id, (*document.remarks, *replaced))
