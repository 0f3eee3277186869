"""Items and topics as vectors: what recommendations by content are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.tags import TOPICS
from bot.texts import LANGUAGES, Texts
from retrieval.batching import Vector
from retrieval.vectors import VectorStore
from storage.models import Item

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# What kept vectors before, without saying which model they were by.
OLD = "content.npz"


class ContentVectors:
    """Vectors under one model, kept in a file beside the recommender's models; any number of
    processes may share it, whichever models they have."""

    def __init__(self, root: Path, model_name: str, model: SentenceTransformer) -> None:
        self.encoder = model_name
        self._root = root
        self._store = VectorStore(root / "content.db", model_name, model)

    def of(self, described: Mapping[str, str]) -> tuple[np.ndarray, dict[str, Vector]]:
        """float32 [items, d] of the items' texts, and the vectors of topics; only what is new is
        encoded, and what is gone is forgotten."""
        topics = {topic: topic_text(topic) for topic in TOPICS}
        texts = [*described.values(), *topics.values()]
        vectors, encoded = self._store.encode(texts)
        if encoded:
            self._store.prune(texts)
            (self._root / OLD).unlink(missing_ok=True)
        return vectors[: len(described)], dict(zip(topics, vectors[len(described) :], strict=True))


def describe(item: Item) -> str:
    """An item as text for its content vector, in both languages, so that it suits both."""
    parts = [item.type, *item.topics]
    for texts in (item.title, item.summary, item.brand or {}):
        parts += [texts[language] for language in LANGUAGES if language in texts]
    return "\n".join(parts)


def prices_of(items: Sequence[Item]) -> np.ndarray:
    """float64 [items], in Stars."""
    return np.array([item.price_stars for item in items], dtype=float)


def topic_text(topic: str) -> str:
    """A topic as text for its content vector, in both languages."""
    return " ".join(Texts(language)(f"topic-{topic}") for language in LANGUAGES)
