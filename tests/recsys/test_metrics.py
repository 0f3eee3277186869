import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from lenskit.data import ItemList
from lenskit.metrics.ranking import NDCG, LogRankWeight, Recall
from scipy import sparse
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


@pytest.mark.parametrize("k", [5, 10])
def test_lists_of_many_targets_agree_with_lenskit(k: int) -> None:
    chance = np.random.default_rng(8)
    users, items = 50, 40
    seen = sparse.csr_matrix(chance.random((users, items)) < 0.2)
    wanted = (chance.random((users, items)) < 0.15) & ~seen.toarray()
    wanted[np.arange(users), (~seen.toarray()).argmax(axis=1)] = True
    scores = chance.random((users, items)).astype(np.float32)
    masked = np.where(seen.toarray(), -np.inf, scores)
    lists = metrics.best(scores.copy(), seen, k)
    recall, ndcg = metrics.of_lists(lists, sparse.csr_matrix(wanted), k)
    for user in range(users):
        # LensKit's recall divides by k where more than k items are wanted; ours by all of them.
        own = np.flatnonzero(wanted[user])
        listed = ItemList(item_ids=np.argsort(-masked[user])[:k], ordered=True)
        truth = ItemList(item_ids=own)
        theirs = Recall(n=k).measure_list(listed, truth) * min(k, len(own)) / len(own)
        assert recall[user] == pytest.approx(theirs)
        theirs = NDCG(n=k, weight=LogRankWeight(offset=1)).measure_list(listed, truth)
        assert ndcg[user] == pytest.approx(theirs)


def test_what_was_seen_and_what_is_not_there_is_no_hit() -> None:
    seen = sparse.csr_matrix(np.array([[1, 1, 0, 0], [0, 0, 0, 0]]))
    lists = metrics.best(np.array([[9, 8, 1, 2], [1, 2, 3, 4]], dtype=np.float32), seen, 3)
    assert lists[0, :2].tolist() == [3, 2]
    assert lists[1].tolist() == [3, 2, 1]
    truth = sparse.csr_matrix(np.array([[0, 0, 0, 1], [1, 0, 0, 0]]))
    none = np.array([[3, -1], [-1, -1]])
    recall, ndcg = metrics.of_lists(none, truth, 2)
    assert recall.tolist() == ndcg.tolist() == [1, 0]
