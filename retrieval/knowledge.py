"""The knowledge base: builds versions of the index, publishes them, hands out the live one."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import numpy as np
from filelock import Timeout
from sentence_transformers import SentenceTransformer

from retrieval.batching import Vectors
from retrieval.chunks import RULES, Chunk, Chunking, chunks
from retrieval.documents import Document
from retrieval.index import (
    Index,
    Version,
    build_index,
    read_manifest,
    read_version,
    write_version,
)
from retrieval.vectors import Progress, VectorStore
from storage.versions import Damaged, VersionStore, verify

log = logging.getLogger(__name__)

__all__ = ["AlreadyBuilding", "KnowledgeBase", "KnowledgeBaseMissing", "Version"]


class KnowledgeBaseMissing(Exception):
    """There is no usable index yet."""

    def __init__(self) -> None:
        super().__init__(
            "There is no knowledge base yet. Make one: chezhi kb add FOLDER, then chezhi kb index."
        )


class AlreadyBuilding(Exception):
    """Another process is building an index of this knowledge base."""


class KnowledgeBase:
    """Builds versions, publishes them, and hands out the live one."""

    def __init__(
        self,
        root: Path,
        model: SentenceTransformer,
        model_name: str = "bundled",
        chunking: Chunking | None = None,
    ) -> None:
        self.root = root
        self.model_name = model_name
        self.chunking = chunking or Chunking()
        self._store = VersionStore(root)
        self._vectors = VectorStore(root / "vectors.db", model_name, model)
        self._index: Index | None = None
        self._seen: str | None = None

    def index(self) -> Index:
        """The live index; a version published since, by any process, is picked up.

        Raises KnowledgeBaseMissing. A damaged live version gives way to the one that is loaded, or
        at the start to the newest good one.
        """
        live = self._store.live()
        if self._index is None or live != self._seen:
            self._index = self._load()
            self._seen = live
        return self._index

    def _load(self) -> Index:
        for version_id in self._store.candidates():
            if self._index is not None and self._index.version.id == version_id:
                return self._index
            try:
                return read_version(self._store.path(version_id), self.model_name)
            except Damaged as error:
                log.error("The index can't be used, taking an earlier one: %s", error)
        if self._index is not None:
            return self._index
        raise KnowledgeBaseMissing

    @staticmethod
    def live_version(root: Path) -> Version | None:
        """The live version's manifest, without loading any vectors. Raises Damaged."""
        store = VersionStore(root)
        live = store.live()
        return read_manifest(store.path(live)) if live else None

    def is_current(self, documents: Sequence[Document]) -> bool:
        """Whether the live version is whole and holds just these documents, by this model."""
        try:
            live = self.live_version(self.root)
            if live is not None:
                verify(self._store.path(live.id), live.checksums)
        except Damaged:
            return False
        return (
            live is not None
            and live.model == self.model_name
            and live.parameters == self._parameters()
            and live.document_digests == {d.id: d.digest for d in documents}
        )

    def build(
        self,
        documents: Sequence[Document],
        *,
        full: bool = False,
        progress: Progress | None = None,
        stop: Event | None = None,
    ) -> Version:
        """Builds a version of these documents beside the live one and publishes it.

        Only texts that no earlier build has encoded are encoded, unless `full`. Nothing of a
        build that is killed, cancelled (`vectors.Cancelled`) or fails is ever live.
        Raises AlreadyBuilding, and ValueError when there are no documents.
        """
        if not documents:
            raise ValueError("There are no documents to index: add some with chezhi kb add.")
        try:
            with self._store.lock():
                return self._build(documents, full, progress, stop)
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
        }
        version = write_version(folder, build_index(fields, cut, passages, sentences, before, rows))
        self._store.publish(version_id)
        self._vectors.prune(text for chunk in cut for text in (chunk.embedded, *chunk.sentences))
        return version

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
        texts = [chunk.embedded for chunk in fresh]
        texts += [sentence for chunk in fresh for sentence in chunk.sentences]
        found, encoded = self._vectors.encode(texts, fresh=full, progress=progress, stop=stop)
        if before is None:
            return found[: len(cut)], found[len(cut) :], encoded
        is_new = np.array(rows) < 0
        passages = np.empty((len(cut), found.shape[1]), dtype=np.float32)
        passages[is_new] = found[: len(fresh)]
        old = np.array(rows)[~is_new]
        passages[~is_new] = before.passages[old]
        counts = [len(chunk.sentences) for chunk in cut]
        of_new = np.repeat(is_new, counts)
        sentences = np.empty((len(of_new), found.shape[1]), dtype=np.float32)
        sentences[of_new] = found[len(fresh) :]
        sentences[~of_new] = before.sentence_vectors[before.sentence_rows(old)]
        return passages, sentences, encoded

    def _parameters(self) -> dict[str, int]:
        return {
            "max_size": self.chunking.max_size,
            "overlap": self.chunking.overlap,
            "rules": RULES,
        }
