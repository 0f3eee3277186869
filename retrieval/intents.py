"""What a message is for: a question to the knowledge base, or a greeting, thanks, a wish and so on.

Learnt from the examples in intents.yaml by a logistic model of the encoder's vectors. To take a
question for something else is the worse mistake, so anything in doubt is a question.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from uuid import uuid4
from zipfile import BadZipFile

import numpy as np
import yaml

from retrieval.batching import Vector, Vectors, encode_queries
from retrieval.encoder import Encoder
from retrieval.vectors import VectorStore
from retrieval.words import folded

# A message is no question from this probability of another kind on, or where it is hardly one.
SURE, HARDLY, LIKELY = 0.75, 0.1, 0.3
# Against overfitting, and what runs of one to three letters weigh beside the vector.
STRENGTH, LETTERS = 100.0, 0.4
LONGEST_RUN = 3


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

    def __init__(self, store: Path, model_name: str, model: Encoder) -> None:
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
        # Cosines of an encoder lie close together, and far from 0.
        self._centre = vectors.mean(axis=0)
        # Fitting takes seconds, at each start of each command, and only depends on these.
        made_of = json.dumps([texts, labels, STRENGTH, LETTERS]).encode() + vectors.tobytes()
        digest = hashlib.sha256(made_of).hexdigest()
        weights = _read(kept, digest)
        if weights is None:
            weights = fitted(texts, labels, vectors - self._centre)
            _write(kept, digest, weights)
        self._weights = weights
        self._runs = {run: place for place, run in enumerate(weights.runs.tolist())}
        self._names = [str(name) for name in weights.labels]

    def shares(self, text: str, query: Vector) -> dict[str, float]:
        """The probability of each label."""
        weights = self._weights
        of_vector, of_letters = np.split(weights.coefficients, [len(query)], axis=1)
        scores = of_vector @ (query - self._centre) + weights.intercepts
        counted = Counter(run for run in runs(text) if run in self._runs)
        if counted:
            places = [self._runs[run] for run in counted]
            letters = (1 + np.log(list(counted.values()))) * weights.rareness[places]
            scores += of_letters[:, places] @ (LETTERS * letters / np.linalg.norm(letters))
        scores = np.exp(scores - scores.max())
        return dict(zip(self._names, (scores / scores.sum()).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Weights:
    """What is kept: `coefficients` [labels, d + runs] and `intercepts` [labels]; `rareness` of the
    `runs` of letters.
    """

    labels: np.ndarray
    coefficients: np.ndarray
    intercepts: np.ndarray
    runs: np.ndarray
    rareness: np.ndarray


def runs(text: str) -> Iterator[str]:
    """Runs of one to three letters of each word, with the space around it."""
    for word in folded(text).split():
        spaced = f" {word} "
        for length in range(1, LONGEST_RUN + 1):
            for start in range(len(spaced) - length + 1):
                yield spaced[start : start + length]


def fitted(texts: Sequence[str], labels: Sequence[str], centred: Vectors) -> Weights:
    """Learns from the examples, whose vectors are told as differences from their mean."""
    # They take a second to load, and are needed once.
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    letters = TfidfVectorizer(analyzer=runs, sublinear_tf=True)
    features = hstack([csr_matrix(centred), LETTERS * letters.fit_transform(texts)]).tocsr()
    model = LogisticRegression(
        C=STRENGTH, class_weight="balanced", max_iter=2000, random_state=0
    ).fit(features, labels)
    return Weights(
        model.classes_,
        model.coef_,
        model.intercept_,
        letters.get_feature_names_out().astype(str),
        letters.idf_,
    )


def _read(kept: Path, digest: str) -> Weights | None:
    """The weights of a file, if it has those that are wanted."""
    try:
        with np.load(kept) as found:
            if str(found["digest"]) != digest:
                return None
            return Weights(*(found[field.name] for field in fields(Weights)))
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _write(kept: Path, digest: str, weights: Weights) -> None:
    temporary = kept.with_name(f"{uuid4().hex}.new")
    arrays = {field.name: getattr(weights, field.name) for field in fields(Weights)}
    with temporary.open("wb") as file:
        np.savez(file, digest=np.array(digest), **arrays)
    temporary.replace(kept)


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
