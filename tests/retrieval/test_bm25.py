from pathlib import Path

import numpy as np
import pytest

from retrieval.bm25 import Bm25
from retrieval.words import index_terms

TEXTS = [
    "制动液两年一换",
    "Brake fluid is changed every two years",
    "？",
    "Tyre 205/55 wears, brake too",
]


def scores(bm25: Bm25, query: str) -> list[float]:
    return bm25.scores(index_terms(query)).tolist()


def test_scores_are_bm25s_own() -> None:
    """Against the formula of Lucene's BM25, k1 = 1.5, b = 0.75, written out."""
    texts = [index_terms(text) for text in TEXTS]
    mean = sum(map(len, texts)) / len(texts)
    expected = []
    for text in texts:
        total = 0.0
        for term in ("brake", "fluid"):
            n = sum(term in other for other in texts)
            rarity = np.log1p((len(texts) - n + 0.5) / (n + 0.5))
            tf = text.count(term)
            total += rarity * tf / (tf + 1.5 * (0.25 + 0.75 * len(text) / mean))
        expected.append(total)
    assert scores(Bm25.build(TEXTS), "brake fluid") == pytest.approx(expected, rel=1e-5)


def test_a_saved_one_scores_alike(tmp_path: Path) -> None:
    bm25 = Bm25.build(TEXTS)
    bm25.save(tmp_path)
    loaded = Bm25.load(tmp_path)
    for query in ("制动液", "brake", "205/55", "nothing of that"):
        assert scores(loaded, query) == scores(bm25, query)
        assert loaded.rarity(query) == bm25.rarity(query)


def test_building_upon_an_earlier_one_gives_the_same_and_forgets_terms() -> None:
    before = Bm25.build(TEXTS)
    changed = [TEXTS[3], "Engine oil", TEXTS[0]]
    upon, anew = Bm25.build(changed, before, [3, -1, 0]), Bm25.build(changed)
    for query in ("制动液", "brake", "engine", "fluid"):
        assert scores(upon, query) == pytest.approx(scores(anew, query))
    assert "fluid" not in upon._ids


def test_texts_without_a_term_score_nothing() -> None:
    assert scores(Bm25.build(["？", "！"]), "brake") == [0, 0]
