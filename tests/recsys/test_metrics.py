import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import ndcg_score

from recsys import metrics

SHAPES = st.tuples(st.integers(1, 6), st.integers(2, 9))


@given(SHAPES.flatmap(lambda shape: arrays.arrays(float, shape, elements=st.integers(0, 4))))
def test_ranks_agree_with_a_count_by_hand(scores: np.ndarray) -> None:
    users, items = scores.shape
    chance = np.random.default_rng(int(scores.sum()))
    target = chance.integers(0, items, users)
    seen = chance.random(scores.shape) < 0.3
    seen[np.arange(users), target] = False
    for user, rank in enumerate(metrics.ranks(scores, seen, target)):
        own = scores[user, target[user]]
        rivals = [i for i in range(items) if i != target[user] and not seen[user, i]]
        assert rank == sum(scores[user, i] >= own for i in rivals)


def test_ndcg_and_recall_agree_with_an_independent_computation() -> None:
    chance = np.random.default_rng(3)
    scores = chance.random((40, 30))
    target = chance.integers(0, 30, 40)
    truth = np.zeros_like(scores)
    truth[np.arange(40), target] = 1
    rank = metrics.ranks(scores, np.zeros_like(scores, dtype=bool), target)
    assert metrics.ndcg(rank, 10) == pytest.approx(ndcg_score(truth, scores, k=10))
    first_ten = np.argsort(-scores, axis=1)[:, :10]
    hits = (first_ten == target[:, None]).any(axis=1)
    assert metrics.recall(rank, 10) == pytest.approx(hits.mean())


def test_a_model_that_scores_all_alike_earns_nothing() -> None:
    rank = metrics.ranks(np.ones((3, 12)), np.zeros((3, 12), dtype=bool), np.array([0, 5, 11]))
    assert metrics.recall(rank, 10) == metrics.ndcg(rank, 10) == 0


def test_the_first_place_is_worth_one_and_the_tenth_little() -> None:
    assert metrics.ndcg(np.array([0]), 10) == 1
    assert metrics.ndcg(np.array([9]), 10) == pytest.approx(1 / math.log2(11))
    assert metrics.ndcg(np.array([10]), 10) == 0
