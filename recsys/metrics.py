"""recall@k and nDCG@k over full rankings, as in He et al. 2020 (LightGCN), section 4.1."""

import numpy as np


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
