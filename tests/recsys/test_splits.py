from typing import Any

import numpy as np
import pytest
from scipy import sparse

from recsys.splits import hold_out


def log(counts: list[int], items: int = 60, seed: int = 1) -> sparse.csr_matrix:
    """Each user takes so many items."""
    chance = np.random.default_rng(seed)
    rows = np.repeat(np.arange(len(counts)), counts)
    columns = np.concatenate([chance.choice(items, n, replace=False) for n in counts])
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(counts), items))


def lost(found: Any) -> np.ndarray:
    return np.diff(found.truth.indptr)


def test_nothing_is_lost_and_nothing_told_twice() -> None:
    train = log([1, 2, 3, 9, 10, 35] * 100)
    found = hold_out(train)
    assert found is not None
    assert (found.known + found.truth != train).nnz == 0
    assert found.known.multiply(found.truth).nnz == 0
    assert lost(found).reshape(100, 6).tolist() == [[0, 0, 1, 1, 1, 3]] * 100
    again = hold_out(train)
    assert again is not None
    assert (again.truth != found.truth).nnz == 0
    other = hold_out(train, seed=1)
    assert other is not None
    assert (other.truth != found.truth).nnz > 0


def test_with_times_the_latest_are_held_out() -> None:
    train = log([20] * 300)
    times = train.copy().astype(float)
    times.data = np.random.default_rng(4).permutation(train.nnz).astype(float) + 1
    found = hold_out(train, times)
    assert found is not None
    for user in range(300):
        newest = set(times[user].indices[np.argsort(-times[user].data)[:2]])
        assert set(found.truth[user].indices) == newest


def test_of_a_sparse_log_half_of_those_with_two_items_are_asked() -> None:
    train = log([1] * 2000 + [2] * 400 + [3] * 100)
    found = hold_out(train)
    assert found is not None
    assert lost(found)[:2000].sum() == 0
    assert 180 < lost(found).sum() < 320
    assert lost(found).max() == 1


@pytest.mark.parametrize("counts", [[1] * 500, [1] * 500 + [2] * 30, [5] * 39])
def test_too_few_users_are_no_validation(counts: list[int]) -> None:
    assert hold_out(log(counts)) is None
