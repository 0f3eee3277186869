"""Items and topics as vectors: what recommendations by content are made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.batching import Vector
from retrieval.encoder import Encoder
from retrieval.vectors import VectorStore
from services.recommending.tags import TOPIC_TEXTS, TYPE_TEXTS
from storage.models import Item
from storage.models.base import LANGUAGES

# What kept vectors before, without saying which model they were by.
OLD = "content.npz"


class ContentVectors:
    """Vectors under one model, kept in a file beside the recommender's models; any number of
    processes may share it, whichever models they have."""

    def __init__(self, root: Path, model_name: str, model: Encoder) -> None:
        self.encoder = model_name
        self._root = root
        self._store = VectorStore(root / "content.db", model_name, model)

    def of(self, texts: Sequence[str], *, all_there_are: bool = False) -> np.ndarray:
        """float32 [texts, d]; only what is new is encoded. With `all_there_are` others are
        forgotten, if anything is new.
        """
        vectors, encoded = self._store.encode(texts)
        if encoded and all_there_are:
            self._store.prune([*texts, *TOPIC_TEXTS.values()])
            (self._root / OLD).unlink(missing_ok=True)
        return vectors

    def topics(self) -> dict[str, Vector]:
        """float32 [d] by topic."""
        return dict(
            zip(TOPIC_TEXTS, self._store.encode(list(TOPIC_TEXTS.values()))[0], strict=True)
        )


def describe(item: Item) -> str:
    """An item as text for its content vector, in both languages, so that it suits both."""
    parts = [item.type, *item.topics]
    for texts in (item.title, item.summary, item.brand or {}):
        parts += [texts[language] for language in LANGUAGES if language in texts]
    return "\n".join(parts)


def to_search(item: Item) -> str:
    """An item as the words by which it may be looked for: what it is about by name, and where; of
    what `items.changed` reads."""
    named = [TOPIC_TEXTS[topic] for topic in item.topics if topic in TOPIC_TEXTS]
    return "\n".join([describe(item), TYPE_TEXTS[item.type], *named, item.city or ""])
