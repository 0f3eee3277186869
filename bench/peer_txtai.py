"""txtai's Embeddings with its default index, texts kept, over our chunks: it cuts no documents."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from txtai import Embeddings

from bench.systems import document_of, passages_of
from retrieval.batching import Vectors, encode_passages, encode_queries
from retrieval.documents import Document

# txtai tells its encoding function only by these which of the two a text is.
QUERY, PASSAGE = "query: ", "passage: "


class Txtai:
    def __init__(self, folder: Path, model: Any) -> None:
        def encode(texts: list[str]) -> Vectors:
            if texts[0].startswith(QUERY):
                return encode_queries(model, [text.removeprefix(QUERY) for text in texts])
            return encode_passages(model, [text.removeprefix(PASSAGE) for text in texts])

        self._folder, self._encode = str(folder), encode
        # An update during a search of another thread hangs: it wants to be locked from outside.
        self._lock = threading.Lock()
        self._index = Embeddings(
            method="external",
            transform=encode,
            instructions={"query": QUERY, "data": PASSAGE},
            content=True,
        )

    def build(self, documents: Sequence[Document]) -> None:
        self._index.index(_rows(documents))

    def update(self, documents: Sequence[Document], changed: Sequence[Document]) -> None:
        with self._lock:
            self._index.upsert(_rows(changed))

    def search(self, text: str, k: int) -> list[tuple[str, str]]:
        with self._lock:
            found = self._index.search(text, limit=k)
        return [(document_of(each["id"]), each["text"]) for each in found]

    def size(self) -> int:
        return int(self._index.count())

    def save(self) -> None:
        self._index.save(self._folder)

    def open(self) -> None:
        self._index.load(self._folder, config={"transform": self._encode})


def _rows(documents: Sequence[Document]) -> list[tuple[str, str, None]]:
    return [(name, text, None) for name, text in passages_of(documents).items()]
