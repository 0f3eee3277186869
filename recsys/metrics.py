"""recall@k and nDCG@k over full rankings, as in He et al. 2020 (LightGCN), section 4.1."""

import numpy as np
import torch
from scipy import sparse


def ranks(scores: np.ndarray, seen: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Rank (from 0) of each user's target among the items not seen in training.

    scores float [users, items], seen bool [users, items], target int [users]. Ties count against
    the target, so a model that scores all alike earns nothing.
    """
    rows = np.arange(len(target))
    own = scores[rows, target][:, None]
    ahead = (scores >= own) & ~seen
    ahead[rows, target] = False
    return np.asarray(ahead.sum(axis=1))


def recall(rank: np.ndarray, k: int) -> float:
    """Share of users whose one target is among the first k."""
    return float((rank < k).mean())


def ndcg(rank: np.ndarray, k: int) -> float:
    """Mean of 1 / log2(rank + 2) within the first k; the ideal is 1 for one target each."""
    return float(np.where(rank < k, 1 / np.log2(rank + 2.0), 0.0).mean())


def best(scores: np.ndarray, seen: sparse.csr_matrix, k: int) -> np.ndarray:
    """Item indices int64 [users, k], best first, without the items seen in training.

    scores float32 [users, items] is overwritten; seen is CSR [users, items]. Rows with fewer than k
    items left end in items that were seen, which are no hits.
    """
    scores[np.repeat(np.arange(len(scores)), np.diff(seen.indptr)), seen.indices] = -np.inf
    top = torch.from_numpy(scores).topk(min(k, scores.shape[1]), dim=1)
    return np.asarray(top.indices.numpy())


def of_lists(lists: np.ndarray, truth: sparse.csr_matrix, k: int) -> tuple[np.ndarray, np.ndarray]:
    """recall@k and nDCG@k float64 [users] of ranked item indices [users, >= k]; -1 is none.

    truth is CSR [users, items], at least one item each. Recall is the share of a user's items that
    are listed, and the ideal list holds all of them that fit.
    """
    users, items = truth.shape
    counts = np.diff(truth.indptr)
    wanted = np.repeat(np.arange(users), counts) * items + truth.indices
    hits = np.isin(np.arange(users)[:, None] * items + lists[:, :k], wanted) & (lists[:, :k] >= 0)
    worth = 1 / np.log2(np.arange(k) + 2.0)
    ideal = worth.cumsum()[np.minimum(counts, k) - 1]
    return hits.sum(axis=1) / counts, hits @ worth[: hits.shape[1]] / ideal
