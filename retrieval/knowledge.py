"""The knowledge base: builds versions of the index, publishes them, hands out the live one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from filelock import Timeout

from retrieval.chunks import Chunking, chunks
from retrieval.documents import Document
from retrieval.index import Index, Version, read_manifest, read_version, write_version
from retrieval.vectors import Progress, VectorStore
from storage.versions import Damaged, VersionStore, verify

if TYPE_CHECKING:  # it takes seconds to load, and few commands encode
    from sentence_transformers import SentenceTransformer

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
        cut = [chunk for document in documents for chunk in chunks(document, self.chunking)]
        passages = [chunk.embedded for chunk in cut]
        texts = passages + [sentence for chunk in cut for sentence in chunk.sentences]
        vectors, encoded = self._vectors.encode(texts, fresh=full, progress=progress, stop=stop)
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
        version = write_version(folder, fields, cut, vectors[: len(cut)], vectors[len(cut) :])
        self._store.publish(version_id)
        self._vectors.prune(texts)
        return version

    def _parameters(self) -> dict[str, int]:
        return {"max_size": self.chunking.max_size, "overlap": self.chunking.overlap}
