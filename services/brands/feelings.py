"""How people feel when they speak of something: told from a question's stored vector by sentences
whose feeling is known (`feelings.yaml`), so that nothing is encoded anew."""

import asyncio
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Self

import numpy as np
import yaml

from retrieval.batching import BatchingEncoder, Vectors

FEELINGS = ("positive", "neutral", "negative")
# Chosen by cross-validation on the sentences of feelings.yaml alone.
STRENGTH = 50.0


@cache
def examples() -> tuple[list[str], list[str]]:
    """Sentences and their feelings."""
    listed = yaml.safe_load((files("services.brands") / "feelings.yaml").read_text("utf-8"))
    pairs = [(text, feeling) for feeling, texts in listed.items() for text in texts]
    return [text for text, _ in pairs], [feeling for _, feeling in pairs]


class Feelings:
    """A logistic model of query vectors; those of other encoders say nothing to it."""

    def __init__(self, vectors: Vectors, labels: Sequence[str]) -> None:
        """`vectors`: float32 [n, d], L2-normalised, of sentences with these labels."""
        # It takes a second to load, and few commands need it.
        from sklearn.linear_model import LogisticRegression

        # Cosines of an encoder lie close together, and far from 0.
        self._centre = vectors.mean(axis=0)
        self._model = LogisticRegression(C=STRENGTH, max_iter=2000, random_state=0)
        self._model.fit(vectors - self._centre, labels)

    @classmethod
    async def fitted(cls, encoder: BatchingEncoder) -> Self:
        """By the bundled sentences. Raises Busy."""
        texts, labels = examples()
        vectors = await asyncio.gather(*(encoder.encode(text) for text in texts))
        return await asyncio.to_thread(cls, np.stack(vectors), labels)

    def of(self, vectors: Vectors) -> list[str]:
        """The feeling of each of float32 [n, d]."""
        if not len(vectors):
            return []
        return [str(one) for one in self._model.predict(vectors - self._centre)]
