"""The knowledge base: builds versions of the index, publishes them, hands out the live one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import numpy as np
from filelock import Timeout

from retrieval.batching import Vectors, encode_queries
from retrieval.calibration import Calibration
from retrieval.chunks import RULES, Chunk, Chunking, chunks
from retrieval.cosines import Cosines, cosines_of
from retrieval.documents import Document
from retrieval.encoder import Encoder
from retrieval.index import (
    FILES,
    Index,
    Version,
    build_index,
    checked,
    read_manifest,
    read_version,
    write_manifest,
    write_version,
    written,
)
from retrieval.vectors import Progress, VectorStore
from storage.versions import Damaged, VersionStore, verify

__all__ = ["AlreadyBuilding", "KnowledgeBase", "KnowledgeBaseMissing", "Version"]

Calibrate = Callable[[Index], Calibration]
"""Given an index, from which probability on it may answer."""

Judge = Callable[[Index, Index | None], tuple[dict[str, float], bool]]
"""Given a new index and the live one: the new one's figures, and whether it may go live."""


class KnowledgeBaseMissing(Exception):
    """There is no usable index; `faults` say why those that are there can't be used."""

    def __init__(self, faults: Sequence[str] = ()) -> None:
        told = (
            "There is no knowledge base yet. Make one: chezhi kb add FOLDER, then chezhi kb index."
        )
        if faults:
            told = f"No index can be used ({faults[0]}). Make it anew: chezhi kb index."
        super().__init__(told)


class AlreadyBuilding(Exception):
    """Another process is building an index of this knowledge base."""


class UnknownVersion(Exception):
    """There is no such version, or it is no longer kept."""

    def __init__(self, version_id: str) -> None:
        super().__init__(f"There is no version {version_id!r}: chezhi kb versions lists them.")


class KnowledgeBase:
    """Builds versions, publishes them, and hands out the live one.

    `faults` say what is wrong with the live version while another is handed out.
    """

    def __init__(
        self,
        root: Path,
        model: Encoder,
        model_name: str = "bundled",
        chunking: Chunking | None = None,
    ) -> None:
        self.root = root
        self.model_name = model_name
        self.chunking = chunking or Chunking()
        self._store = VersionStore(root)
        self._vectors = VectorStore(root / "vectors.db", model_name, model)
        self._queries = VectorStore(root / "queries.db", model_name, model, encode_queries)
        self.faults: tuple[str, ...] = ()
        self._index: Index | None = None
        self._seen: tuple[str | None, int] = None, 0

    def index(self) -> Index:
        """The live index; a version published since, by any process, is picked up.

        Raises KnowledgeBaseMissing. A damaged live version gives way to the one that is loaded, or
        at the start to the newest good one.
        """
        live = self._store.live()
        seen = live, written(self._store.path(live)) if live else 0
        if self._index is None or seen != self._seen:
            self._index = self._load()
            self._seen = seen
        return self._index

    def _load(self) -> Index:
        found, faults = self._store.first_whole(self._read)
        self.faults = tuple(faults)
        index = found or self._index
        if index is None:
            raise KnowledgeBaseMissing(faults)
        return index

    def _read(self, folder: Path) -> Index:
        if self._index is None or self._index.version.id != folder.name:
            return read_version(folder, self.model_name)
        # Of a version that is loaded, only what its manifest says can have changed.
        with suppress(Damaged):
            self._index.version = read_manifest(folder)
        return self._index

    @property
    def cosines(self) -> Cosines:
        """The calibration of the encoder."""
        return cosines_of(self._vectors.model)

    def live(self) -> Index | None:
        """As `index`, but None when there is none."""
        try:
            return self.index()
        except KnowledgeBaseMissing:
            return None

    @staticmethod
    def is_there(root: Path) -> bool:
        """Whether there is any version that could be loaded."""
        return bool(VersionStore(root).ids())

    @staticmethod
    def in_use(root: Path, model: str) -> tuple[Version | None, list[str]]:
        """The version that a process with this model would load, and what is wrong with those that
        should have come before it. All files are checked; no vectors are loaded.
        """
        return VersionStore(root).first_whole(lambda folder: checked(folder, model))

    @staticmethod
    def versions(root: Path) -> list[tuple[Version, str]]:
        """Manifests of all readable versions, newest first, with their states as in
        `VersionStore.kept`.
        """
        return VersionStore(root).kept(
            read_manifest, lambda folder, version: verify(folder, version.checksums, FILES)
        )

    @staticmethod
    def rollback(root: Path, version_id: str, model: str) -> Version:
        """Makes a version that is kept the live one; every process takes it up by itself.

        Raises UnknownVersion, AlreadyBuilding, and Damaged when it is damaged or another model's.
        """
        store = VersionStore(root)
        try:
            with store.lock():
                if version_id not in store.ids():
                    raise UnknownVersion(version_id)
                version = read_version(store.path(version_id), model).version
                store.promote(version_id)
        except Timeout as error:
            raise AlreadyBuilding(
                "An index is being built: wait until it is done, then roll back."
            ) from error
        return version

    def is_current(self, documents: Sequence[Document]) -> bool:
        """Whether the live version is whole and holds just these documents, by this model."""
        live = self._store.live()
        return live is not None and self._holds(live, documents)

    def is_built(self, documents: Sequence[Document]) -> bool:
        """Whether the newest version is such a one: the live one, unless it was held back or an
        earlier one was chosen, and then an index of the same documents would change nothing.
        """
        newest = self._store.ids()[:1]
        return self.live() is not None and all(self._holds(v, documents) for v in newest)

    def _holds(self, version_id: str, documents: Sequence[Document]) -> bool:
        try:
            version = checked(self._store.path(version_id), self.model_name)
        except Damaged:
            return False
        return version.parameters == self._parameters() and (
            version.document_digests == {d.id: d.digest for d in documents}
        )

    def build(
        self,
        documents: Sequence[Document],
        *,
        full: bool = False,
        progress: Progress | None = None,
        stop: Event | None = None,
        judge: Judge | None = None,
        calibrate: Calibrate | None = None,
    ) -> Version:
        """Builds a version of these documents beside the live one, finds its threshold, and
        publishes it, if `judge` lets it; what was not let live is kept, to be made live by
        `rollback`.

        Only texts that no earlier build has encoded are encoded, unless `full`. Nothing of a
        build that is killed, cancelled (`vectors.Cancelled`) or fails is ever live.
        Raises AlreadyBuilding, and ValueError when there are no documents.
        """
        if not documents:
            raise ValueError("There are no documents to index: add some with chezhi kb add.")
        try:
            with self._store.lock():
                return self._build(documents, full, progress, stop, judge, calibrate)
        except Timeout as error:
            raise AlreadyBuilding(
                "An index is being built already: wait until it is done."
            ) from error

    def _build(
        self,
        documents: Sequence[Document],
        full: bool,
        progress: Progress | None,
        stop: Event | None,
        judge: Judge | None,
        calibrate: Calibrate | None,
    ) -> Version:
        before = None if full else self._reusable()
        cut, rows = self._cut(documents, before)
        passages, sentences, encoded = self._encode(cut, rows, before, full, progress, stop)
        version_id, folder = self._store.begin()
        fields = {
            "id": version_id,
            "created": datetime.now(UTC).isoformat(),
            "model": self.model_name,
            "parameters": self._parameters(),
            "documents": len(documents),
            "document_digests": {document.id: document.digest for document in documents},
            "encoded": encoded,
            "cosines": self.cosines.fields(),
        }
        version = write_version(folder, build_index(fields, cut, passages, sentences, before, rows))
        passed = True
        if judge is not None or calibrate is not None:
            candidate = read_version(folder, self.model_name)
            if calibrate is not None:
                version = replace(version, calibration=calibrate(candidate).fields())
                candidate.version = version
            if judge is not None:
                metrics, passed = judge(candidate, self.live())
                version = replace(version, metrics=metrics)
            write_manifest(folder, version)
        self._store.publish(version_id, hold=not passed)
        if passed:
            self._forget_others(cut, rows, before)
        return version

    def _forget_others(
        self, cut: Sequence[Chunk], rows: Sequence[int], before: Index | None
    ) -> None:
        """Leaves the vectors of these chunks only; `rows` as `_cut` gives them."""
        texts = set(_encoded(cut))
        gone = None
        if before is not None:
            kept = set(rows)
            left = [chunk for row, chunk in enumerate(before.chunks) if row not in kept]
            gone = set(_encoded(left)) - texts
        self._vectors.prune(texts, gone)

    def recalibrate(self, calibrate: Calibrate) -> Version:
        """Gives the live version another threshold; every process takes it up by itself.

        Raises KnowledgeBaseMissing, and AlreadyBuilding.
        """
        try:
            with self._store.lock():
                index = self.index()
                version = replace(index.version, calibration=calibrate(index).fields())
                write_manifest(self._store.path(version.id), version)
        except Timeout as error:
            raise AlreadyBuilding(
                "An index is being built: wait until it is done, then calibrate."
            ) from error
        return version

    def encode(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, d] of short texts, which aren't kept."""
        return encode_queries(self._vectors.model, list(texts))

    def query_vectors(self, queries: Sequence[str]) -> Vectors:
        """float32 [n, d]; those of the last call are kept, so that few are encoded again."""
        vectors, _ = self._queries.encode(queries)
        self._queries.prune(queries)
        return vectors

    def _reusable(self) -> Index | None:
        """The live index, where a build with the same parameters can take unchanged parts."""
        try:
            live = self.index()
        except KnowledgeBaseMissing:
            return None
        return live if live.version.parameters == self._parameters() else None

    def _cut(
        self, documents: Sequence[Document], before: Index | None
    ) -> tuple[list[Chunk], list[int]]:
        """The chunks, and which row of `before` each is, or -1."""
        known = before.version.document_digests if before is not None else {}
        kept: dict[str, list[int]] = {}
        for row, chunk in enumerate(before.chunks if before is not None else ()):
            kept.setdefault(chunk.document, []).append(row)
        cut: list[Chunk] = []
        rows: list[int] = []
        for document in documents:
            if before is not None and known.get(document.id) == document.digest:
                same = kept.get(document.id, [])
                cut += [before.chunks[row] for row in same]
                rows += same
            else:
                fresh = chunks(document, self.chunking)
                cut += fresh
                rows += [-1] * len(fresh)
        return cut, rows

    def _encode(
        self,
        cut: Sequence[Chunk],
        rows: Sequence[int],
        before: Index | None,
        full: bool,
        progress: Progress | None,
        stop: Event | None,
    ) -> tuple[Vectors, Vectors, int]:
        """Vectors of the chunks and of their sentences, and how many texts had to be encoded."""
        fresh = [chunk for chunk, row in zip(cut, rows, strict=True) if row < 0]
        texts = _encoded(fresh)
        found, encoded = self._vectors.encode(texts, fresh=full, progress=progress, stop=stop)
        if before is None:
            return found[: len(cut)], found[len(cut) :], encoded
        is_new = np.array(rows) < 0
        # As the index keeps them: what is taken over isn't converted there and back.
        passages = np.empty((len(cut), found.shape[1]), dtype=before.passages.dtype)
        passages[is_new] = found[: len(fresh)]
        old = np.array(rows)[~is_new]
        passages[~is_new] = before.passages[old]
        counts = [len(chunk.sentences) for chunk in cut]
        of_new = np.repeat(is_new, counts)
        sentences = np.empty((len(of_new), found.shape[1]), dtype=before.sentence_vectors.dtype)
        sentences[of_new] = found[len(fresh) :]
        sentences[~of_new] = before.sentence_vectors[before.sentence_rows(old)]
        return passages, sentences, encoded

    def _parameters(self) -> dict[str, int]:
        return {
            "max_size": self.chunking.max_size,
            "overlap": self.chunking.overlap,
            "rules": RULES,
        }


def _encoded(cut: Sequence[Chunk]) -> list[str]:
    """What of chunks is encoded: the passages, then all their sentences."""
    return [
        *(chunk.embedded for chunk in cut),
        *(sentence for chunk in cut for sentence in chunk.sentences),
    ]
