"""What a message is for: a question to the knowledge base, or a greeting, thanks, a wish and so on.

Learnt from the examples in intents.yaml by a logistic model of the encoder's vectors. To take a
question for something else is the worse mistake, so anything in doubt is a question.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
import yaml

from retrieval.batching import Vector, Vectors, encode_queries
from retrieval.vectors import VectorStore
from retrieval.words import folded

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# A message is no question from this probability of another kind on, or where it is hardly one.
SURE, HARDLY, LIKELY = 0.75, 0.1, 0.3
# Against overfitting, and what runs of one to three letters weigh beside the vector.
STRENGTH, LETTERS = 100.0, 0.4
WEIGHTS = ("classes_", "coef_", "intercept_")


class Kind(StrEnum):
    QUESTION = "question"
    GREETING = "greeting"
    THANKS = "thanks"
    ABOUT_BOT = "about_bot"
    WISH = "wish"
    DISTRESS = "distress"
    ABUSE = "abuse"


@dataclass(frozen=True, slots=True)
class Intent:
    """`of`: what is wished for or what distress it is; empty for the others."""

    kind: Kind
    of: str = ""
    probability: float = 1.0


QUESTION = Intent(Kind.QUESTION)


class Intents:
    """The model, fitted when it is first asked; the examples' vectors and the weights are kept in
    files, `store` and beside it.
    """

    def __init__(self, store: Path, model_name: str, model: SentenceTransformer) -> None:
        self._store = VectorStore(store, model_name, model, encode_queries)
        self._weights = store.with_suffix(".npz")
        self._model: _Model | None = None
        self._lock = Lock()

    def intent(self, text: str, query: Vector) -> Intent:
        """What a message with the query vector float32 [d] is for."""
        if not any(character.isalnum() for character in text):
            return QUESTION  # "？" is like nothing in particular
        return decided(self._ready().shares(text, query))

    def ready(self) -> None:
        """Fits the model, which takes seconds where the examples' vectors aren't kept yet."""
        self._ready()

    def _ready(self) -> _Model:
        with self._lock:
            if self._model is None:
                texts, labels = examples()
                vectors, _ = self._store.encode(texts)
                self._store.prune(texts)
                self._model = _Model(texts, labels, vectors, self._weights)
            return self._model


class _Model:
    """A logistic model of vectors and letters: of few words, as "bye", vectors say little."""

    def __init__(
        self, texts: Sequence[str], labels: Sequence[str], vectors: Vectors, kept: Path
    ) -> None:
        # It takes a second to load, and few commands need it.
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, preprocessor=folded
        ).fit(texts)
        # Cosines of an encoder lie close together, and far from 0.
        self._centre = vectors.mean(axis=0)
        self._logistic = LogisticRegression(
            C=STRENGTH, class_weight="balanced", max_iter=2000, random_state=0
        )
        # Fitting takes seconds, at each start of each command, and only depends on these.
        made_of = json.dumps([texts, labels, STRENGTH, LETTERS]).encode() + vectors.tobytes()
        digest = hashlib.sha256(made_of).hexdigest()
        if not self._read(kept, digest):
            self._logistic.fit(self._features(texts, vectors), labels)
            self._write(kept, digest)
        self._names = [str(name) for name in self._logistic.classes_]

    def _read(self, kept: Path, digest: str) -> bool:
        """Takes the weights of a file, if it has those that are wanted."""
        try:
            with np.load(kept) as found:
                if str(found["digest"]) != digest:
                    return False
                for name in WEIGHTS:
                    setattr(self._logistic, name, found[name])
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):
            return False
        return True

    def _write(self, kept: Path, digest: str) -> None:
        temporary = kept.with_name(f"{uuid4().hex}.new")
        fields = {name: getattr(self._logistic, name) for name in WEIGHTS}
        with temporary.open("wb") as file:
            np.savez(file, digest=np.array(digest), **fields)
        temporary.replace(kept)

    def shares(self, text: str, query: Vector) -> dict[str, float]:
        """The probability of each label."""
        # As predict_proba, which takes ten times as long for the one text.
        of_vector, of_letters = np.split(self._logistic.coef_, [len(query)], axis=1)
        letters = LETTERS * self._letters.transform([text])
        scores = of_vector @ (query - self._centre) + letters.dot(of_letters.T)[0]
        scores = np.exp(scores + self._logistic.intercept_ - scores.max())
        return dict(zip(self._names, (scores / scores.sum()).tolist(), strict=True))

    def _features(self, texts: Sequence[str], vectors: Vectors) -> Any:
        from scipy.sparse import csr_matrix, hstack

        letters = LETTERS * self._letters.transform(texts)
        return hstack([csr_matrix(vectors - self._centre), letters]).tocsr()


def decided(shares: Mapping[str, float]) -> Intent:
    """The likeliest kind, if it is sure enough; its kinds of wish count together."""
    kinds: dict[str, float] = {}
    for label, share in shares.items():
        name = label.partition("/")[0]
        kinds[name] = kinds.get(name, 0.0) + share
    asks = kinds.pop(Kind.QUESTION)
    best = max(kinds, key=kinds.__getitem__)
    if kinds[best] < SURE and not (asks < HARDLY and kinds[best] > LIKELY):
        return Intent(Kind.QUESTION, probability=asks)
    label = max((one for one in shares if one.partition("/")[0] == best), key=shares.__getitem__)
    return Intent(Kind(best), label.partition("/")[2], kinds[best])


@cache
def examples() -> tuple[list[str], list[str]]:
    """Sentences and their labels."""
    listed = yaml.safe_load((files("retrieval") / "intents.yaml").read_text("utf-8"))
    pairs: Sequence[tuple[str, str]] = [
        (str(text), label) for label, texts in listed.items() for text in texts
    ]
    return [text for text, _ in pairs], [label for _, label in pairs]
