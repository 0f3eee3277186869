"""What `bench.retrieval` measures: ours, and what one writes in an afternoon, behind one face."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import bm25s
import faiss
import numpy as np
import rjieba

from retrieval.batching import Vectors, encode_passages, encode_queries
from retrieval.chunks import Chunk, Chunking, chunks
from retrieval.documents import Document
from retrieval.index import Index
from retrieval.knowledge import KnowledgeBase
from retrieval.search import search

POOL, K = 100, 60


class System(Protocol):
    """Made with a folder of its own and an encoder (a sentence-transformers model, or its like)."""

    def build(self, documents: Sequence[Document]) -> None: ...

    def update(self, documents: Sequence[Document], changed: Sequence[Document]) -> None:
        """`documents` are all, as they are now."""

    def search(self, text: str, k: int) -> list[tuple[str, str]]:
        """(document, passage), best first; it encodes the text itself."""

    def size(self) -> int:
        """How many passages it holds."""

    def save(self) -> None: ...

    def open(self) -> None:
        """Takes up what was saved in the folder."""


class Chezhi:
    """Ours. A build is another process's, as far as the searching one is concerned."""

    def __init__(self, folder: Path, model: Any, index: Index | None = None) -> None:
        self._folder, self._model, self._index = folder, model, index
        self._knowledge = KnowledgeBase(folder, model)

    def build(self, documents: Sequence[Document]) -> None:
        KnowledgeBase(self._folder, self._model).build(documents)

    def update(self, documents: Sequence[Document], changed: Sequence[Document]) -> None:
        self.build(documents)

    def search(self, text: str, k: int) -> list[tuple[str, str]]:
        vector = encode_queries(self._model, [text])[0]
        index = self.index()
        found = search(index, text, vector, k)
        return [(index.chunks[each.row].document, index.chunks[each.row].text) for each in found]

    def index(self) -> Index:
        return self._index or self._knowledge.index()

    def size(self) -> int:
        return len(self.index().chunks)

    def save(self) -> None:
        """A build is on disk already."""

    def open(self) -> None:
        """The first search opens it."""


class Plain:
    """An exact FAISS index and bm25s, the first hundred of each fused by reciprocal ranks."""

    def __init__(self, folder: Path, model: Any) -> None:
        self._folder, self._model = folder, model
        self._texts: dict[str, str] = {}
        self._vectors: Vectors = np.empty((0, 0), dtype=np.float32)

    def build(self, documents: Sequence[Document]) -> None:
        self._texts = passages_of(documents)
        self._vectors = encode_passages(self._model, list(self._texts.values()))
        self._index()

    def update(self, documents: Sequence[Document], changed: Sequence[Document]) -> None:
        new = passages_of(changed)
        row_of = {name: row for row, name in enumerate(self._texts)}
        self._texts |= new
        self._vectors = self._vectors.copy()
        self._vectors[[row_of[name] for name in new]] = encode_passages(
            self._model, list(new.values())
        )
        self._index()

    def _index(self) -> None:
        nearest, bm25 = faiss.IndexFlatIP(self._vectors.shape[1]), bm25s.BM25()
        nearest.add(self._vectors)
        words = [_words(text) for text in self._texts.values()]
        bm25.index(words, show_progress=False)
        # One assignment, so that another thread's search sees all of it or nothing.
        self._live = nearest, bm25, list(self._texts.items())

    def search(self, text: str, k: int) -> list[tuple[str, str]]:
        nearest, bm25, passages = self._live
        count = min(POOL, len(passages))
        _, near = nearest.search(encode_queries(self._model, [text]), count)
        said, _ = bm25.retrieve([_words(text)], k=count, show_progress=False)
        scores: defaultdict[int, float] = defaultdict(float)
        for rows in (near[0], said[0]):
            for rank, row in enumerate(rows, start=1):
                scores[int(row)] += 1 / (K + rank)
        best = sorted(scores, key=lambda row: -scores[row])[:k]
        return [(document_of(passages[row][0]), passages[row][1]) for row in best]

    def size(self) -> int:
        return len(self._texts)

    def save(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        np.save(self._folder / "vectors.npy", self._vectors)
        (self._folder / "texts.json").write_text(json.dumps(self._texts), encoding="utf-8")

    def open(self) -> None:
        self._vectors = np.load(self._folder / "vectors.npy")
        self._texts = json.loads((self._folder / "texts.json").read_text("utf-8"))


def passages_of(documents: Iterable[Document]) -> dict[str, str]:
    """Our chunks as they are embedded, for what cuts no documents itself."""
    return {chunk.id: chunk.embedded for document in documents for chunk in cut(document)}


def cut(document: Document) -> list[Chunk]:
    return chunks(document, Chunking())


def document_of(chunk: str) -> str:
    """The document of a chunk's id."""
    return chunk.rpartition("#")[0]


def _words(text: str) -> list[str]:
    return [word.lower() for word in rjieba.cut(text) if word.strip()]
