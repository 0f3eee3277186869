"""One score of a passage from what the vectors and the words say of it.

Neither side wins everywhere, so neither is ranked or rescaled by its own best: a query whose words
are rare here gets a high score from words, one in other words than the passages hardly any, and
one in another language none at all.
"""

import numpy as np

from retrieval.batching import Vector

RRF_K = 60
# How much of a passage's nearness is that of its nearest sentence, the rest that of the whole.
SENTENCE_SHARE = 0.25
# What a full match of the words is worth, in standard deviations of the cosine; see docs.
WORDS = 1.5


def fused(
    passages: Vector, sentences: Vector, words: Vector, rarity: float, usual: tuple[float, float]
) -> Vector:
    """Scores [n]: how many standard deviations above what is usual for the query in this index.

    `passages`, `sentences`: cosines of whole passages and of the nearest sentence of each;
    `words`: BM25; `rarity`: the summed inverse document frequency of the query's terms. A sum over
    terms that match by chance grows with the square root of that, so it is divided by it.
    `usual`: mean and standard deviation of the query's cosine with any passage.
    """
    mean, spread = usual
    near = (1 - SENTENCE_SHARE) * passages + SENTENCE_SHARE * sentences
    scores: Vector = (near - mean) / spread + WORDS * words / np.sqrt(max(rarity, 1.0))
    return scores


def reciprocal_ranks(*scores: Vector) -> Vector:
    """Plain reciprocal-rank fusion, k = 60 (Cormack, Clarke, Büttcher, SIGIR 2009)."""
    total = np.zeros(len(scores[0]))
    for one in scores:
        ranks = np.empty(len(one))
        ranks[np.argsort(-one, kind="stable")] = np.arange(1, len(one) + 1)
        total += 1 / (RRF_K + ranks)
    return total.astype(np.float32)
