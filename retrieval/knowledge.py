"""The knowledge base on disk: versions of the index, one of them live.

root/versions/ID/…   a finished version
root/versions/ID.building/   one under way, or left by a crash
root/LIVE            the id of the live version, replaced atomically
root/vectors.db      vectors by hash of their text
"""

import logging
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from uuid import uuid4

from filelock import FileLock, Timeout
from sentence_transformers import SentenceTransformer

from retrieval.chunks import Chunking, chunks
from retrieval.documents import Document
from retrieval.index import DamagedIndex, Index, Version, read_manifest, read_version, sync
from retrieval.index import write_version as write
from retrieval.vectors import Progress, VectorStore

log = logging.getLogger(__name__)

LIVE = "LIVE"
BUILDING = ".building"
# The live version and those before it that a rollback can reach.
KEPT = 5

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
        self._versions = root / "versions"
        self._vectors = VectorStore(root / "vectors.db", model_name, model)
        self._index: Index | None = None
        self._seen: str | None = None

    # -- reading --

    def index(self) -> Index:
        """The live index; a version published since, by any process, is picked up.

        Raises KnowledgeBaseMissing. A damaged live version gives way to the newest good one.
        """
        live = _read_live(self.root)
        if self._index is None or live != self._seen:
            self._index = self._load(live)
            self._seen = live
        return self._index

    def _load(self, live: str | None) -> Index:
        older = sorted((folder.name for folder in self._finished()), reverse=True)
        for version_id in dict.fromkeys([*([live] if live else []), *older]):
            try:
                return read_version(self._versions / version_id, self.model_name)
            except DamagedIndex as error:
                log.error("The index can't be used, taking an earlier one: %s", error)
        raise KnowledgeBaseMissing

    @staticmethod
    def live_version(root: Path) -> Version | None:
        """The live version's manifest, without loading any vectors."""
        live = _read_live(root)
        return read_manifest(root / "versions" / live) if live else None

    def is_current(self, documents: Sequence[Document]) -> bool:
        """Whether the live version holds exactly these documents, made with this model."""
        try:
            live = self.live_version(self.root)
        except DamagedIndex:
            return False
        return (
            live is not None
            and live.model == self.model_name
            and live.parameters == self._parameters()
            and live.document_digests == {d.id: d.digest for d in documents}
        )

    def _finished(self) -> list[Path]:
        if not self._versions.exists():
            return []
        return [f for f in self._versions.iterdir() if not f.name.endswith(BUILDING)]

    # -- building --

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
        self._versions.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.root / "lock", timeout=0):
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
        for leftover in self._versions.glob(f"*{BUILDING}"):
            shutil.rmtree(leftover)
        cut = [chunk for document in documents for chunk in chunks(document, self.chunking)]
        passages = [chunk.embedded for chunk in cut]
        texts = passages + [sentence for chunk in cut for sentence in chunk.sentences]
        vectors, encoded = self._vectors.encode(texts, fresh=full, progress=progress, stop=stop)
        now = datetime.now(UTC)
        version_id = f"{now:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
        folder = self._versions / f"{version_id}{BUILDING}"
        folder.mkdir()
        fields = {
            "id": version_id,
            "created": now.isoformat(),
            "model": self.model_name,
            "parameters": self._parameters(),
            "documents": len(documents),
            "document_digests": {document.id: document.digest for document in documents},
            "encoded": encoded,
        }
        version = write(folder, fields, cut, vectors[: len(cut)], vectors[len(cut) :])
        folder.rename(self._versions / version_id)
        self._publish(version_id)
        self._vectors.prune(texts)
        return version

    def _publish(self, version_id: str) -> None:
        sync(self._versions, ())
        temporary = self.root / f"{LIVE}.new"
        temporary.write_text(version_id, encoding="utf-8")
        temporary.replace(self.root / LIVE)
        sync(self.root, (LIVE,))
        old = sorted((f for f in self._finished() if f.name != version_id), reverse=True)
        for folder in old[KEPT - 1 :]:
            shutil.rmtree(folder)

    def _parameters(self) -> dict[str, int]:
        return {"max_size": self.chunking.max_size, "overlap": self.chunking.overlap}


def _read_live(root: Path) -> str | None:
    try:
        return (root / LIVE).read_text("utf-8").strip()
    except FileNotFoundError:
        return None
