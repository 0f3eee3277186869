"""Search: the chunks nearest by vector and by words, ranked by both."""

from collections import Counter
from collections.abc import Set
from typing import NamedTuple

import numpy as np

from retrieval.batching import Vector
from retrieval.fusion import fused
from retrieval.index import Index
from retrieval.reranker import Reranker
from retrieval.words import index_terms

# How many chunks each of the two ways hands on.
POOL = 100
# A cross-encoder reads each pair in full, so only the best are given to it.
RERANKED = 20
# A passage is a copy of another when they share this much of their terms; only those whose vectors
# are this close are compared (E5's cosines).
COPY, ALIKE = 0.9, 0.9
# Of one document, no more than this are listed while others are left.
OF_ONE_DOCUMENT = 3


class Found(NamedTuple):
    """A chunk that search found: its row, what it is ranked by, and its vector's cosine."""

    row: int
    score: float
    cosine: float


def search(
    index: Index,
    text: str,
    query: Vector,
    k: int,
    language: str | None = None,
    reranker: Reranker | None = None,
) -> list[Found]:
    """The k best chunks (of one language) for a text and its vector float32 [d], best first."""
    pool = max(k, POOL)
    near, _ = index.nearest(query, pool, language)
    terms = index_terms(text)
    words = index.bm25.scores(terms)
    rows = np.union1d(near, _best(words, pool, index.rows_of.get(language or "")))
    cosines = index.cosines(rows, query)
    scores = fused(
        cosines,
        index.best_sentences(rows, query),
        words[rows],
        index.rarity.total(terms),
        index.usual(query),
    )
    best = np.argsort(-scores, kind="stable")[: max(k, RERANKED)]
    found = [Found(int(rows[n]), float(scores[n]), float(cosines[n])) for n in best]
    return (_reranked(index, text, found, reranker) if reranker else found)[:k]


def _reranked(index: Index, text: str, found: list[Found], reranker: Reranker) -> list[Found]:
    """The first of `found` in the reranker's order.

    Scores stay where they are in the list, so that they fall from the first to the last.
    """
    first = found[:RERANKED]
    order = reranker.order(text, [index.chunks[each.row].embedded for each in first])
    better = [first[n]._replace(score=each.score) for n, each in zip(order, first, strict=True)]
    return [*better, *found[RERANKED:]]


def listed(
    index: Index, text: str, query: Vector, k: int, reranker: Reranker | None = None
) -> list[Found]:
    """The k best chunks for a list that people read, best first.

    A copy of a better passage is left out; a document's further passages give way to others'.
    """
    found = search(index, text, query, max(k, POOL), reranker=reranker)
    vectors = index.passages[[each.row for each in found]].astype(np.float32)
    alike = vectors @ vectors.T >= index.scale.at(ALIKE)
    terms = [frozenset(index.bm25.term_ids_of(each.row).tolist()) for each in found]
    kept: list[int] = []
    of_document: Counter[str] = Counter()
    further: list[int] = []
    for place, each in enumerate(found):
        before = np.flatnonzero(alike[place, :place])
        if any(_overlap(terms[place], terms[other]) >= COPY for other in before):
            continue
        document = index.chunks[each.row].document
        of_document[document] += 1
        (kept if of_document[document] <= OF_ONE_DOCUMENT else further).append(place)
    return [found[place] for place in sorted([*kept, *further][:k])]


def _overlap(some: Set[int], others: Set[int]) -> float:
    """Jaccard's measure: the share of all terms that both have."""
    return len(some & others) / max(len(some | others), 1)


def _best(words: Vector, count: int, only: np.ndarray | None) -> np.ndarray:
    """Rows (of those in `only`) with the highest scores above 0."""
    # Of floats, flatnonzero takes three times as long.
    rows = np.flatnonzero(words > 0) if only is None else only[words[only] > 0]
    if len(rows) <= count:
        return rows
    best: np.ndarray = rows[np.argpartition(-words[rows], count)[:count]]
    return best
