"""Messages are told from questions, and no real question is taken for anything else."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bench.intents import sentences
from retrieval.batching import Vectors, encode_queries
from retrieval.encoder import Encoder
from retrieval.intents import LETTERS, STRENGTH, Intents, Kind, decided, examples
from retrieval.words import folded


def test_kinds_are_told_from_questions(intents: Intents, encoder: Encoder) -> None:
    told = sentences()
    vectors = encode_queries(encoder, [text for text, _ in told])
    lost, wrong = [], []
    for (text, label), vector in zip(told, vectors, strict=True):
        kind = intents.intent(text, vector).kind
        if kind != label.partition("/")[0]:
            (lost if label == "question" else wrong).append((text, kind))
    assert len(told) >= 200
    assert lost == []
    assert len(wrong) <= 12, wrong


def test_shares_are_the_models_own(intents: Intents, encoder: Encoder) -> None:
    """As scikit-learn's own classes tell them of the same examples."""
    texts = ["thanks a lot", "制动液多久换一次？", "你好", "?!"]
    known, labels = examples()
    vectors, of_examples = encode_queries(encoder, texts), encode_queries(encoder, known)
    centre = of_examples.mean(axis=0)
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True, preprocessor=folded
    ).fit(known)

    def features(texts: list[str], vectors: Vectors) -> csr_matrix:
        return hstack([csr_matrix(vectors - centre), LETTERS * letters.transform(texts)]).tocsr()

    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000, random_state=0)
    wanted = model.fit(features(known, of_examples), labels).predict_proba(features(texts, vectors))
    mine = intents._ready()
    found = [mine.shares(text, vector) for text, vector in zip(texts, vectors, strict=True)]
    assert [list(shares) for shares in found] == [list(model.classes_)] * len(texts)
    assert np.array([list(shares.values()) for shares in found]) == pytest.approx(wanted, abs=1e-4)


def test_the_weights_are_kept_and_made_anew_when_their_file_is_damaged(
    intents: Intents, encoder: Encoder, models_dir: Path, tmp_path: Path
) -> None:
    (query,) = encode_queries(encoder, ["thanks a lot"])
    first = intents.intent("thanks a lot", query)
    for file in models_dir.glob("intents.*"):
        shutil.copy(file, tmp_path)
    store = tmp_path / "intents.db"
    kept = store.with_suffix(".npz")
    # Weights that are no longer those of the examples show that a file's are taken.
    with np.load(kept) as fields:
        other = {**fields, "coefficients": np.zeros_like(fields["coefficients"])}
    np.savez(kept, **other)
    again = Intents(store, "bundled", encoder)
    assert again.intent("thanks a lot", query).probability < first.probability
    kept.write_bytes(b"PK damaged")
    mended = Intents(store, "bundled", encoder)
    assert mended.intent("thanks a lot", query) == first


@pytest.mark.parametrize(
    ("shares", "kind", "of"),
    [
        ({"question": 0.5, "greeting": 0.5}, Kind.QUESTION, ""),
        ({"question": 0.2, "wish/refund": 0.5, "wish/cancel": 0.3}, Kind.WISH, "refund"),
        ({"question": 0.05, "thanks": 0.4, "abuse": 0.3}, Kind.THANKS, ""),
        ({"question": 0.05, "thanks": 0.2, "abuse": 0.2, "greeting": 0.2}, Kind.QUESTION, ""),
    ],
)
def test_what_is_in_doubt_is_a_question(shares: dict[str, float], kind: Kind, of: str) -> None:
    found = decided(shares)
    assert (found.kind, found.of) == (kind, of)
