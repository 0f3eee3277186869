"""A weighted sum of fitted models, each standardised over the items a user hasn't taken.

Weights are counts of a greedy ensemble selection with replacement (Caruana et al. 2004, "Ensemble
Selection from Libraries of Models"): the best model first, then whatever raises nDCG most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy import sparse

from recsys import metrics
from recsys.models.base import Model

ROUNDS = 12
# A model further behind the best than that adds to a blend on validation by luck, or by what a
# random holdout flatters (neighbours of what is known), and takes from it later.
NEAR = 0.95
# Items that no model has among its first so many for a user can't lead the blend.
DEPTH = 100


@dataclass(frozen=True, slots=True)
class Settings:
    weights: Mapping[str, float] = field(default_factory=dict)


class Blend:
    """Of models that are fitted already, on the matrix that `fit` is given."""

    def __init__(self, members: Mapping[str, Model], settings: Settings) -> None:
        self.members = {name: members[name] for name in settings.weights}
        self.settings = settings

    def fit(self, matrix: sparse.csr_matrix) -> None:
        """Only notes what users have taken: the weights are settings, the members are fitted."""
        self.matrix = matrix

    def scores(self, users: np.ndarray) -> np.ndarray:
        own, total = self.matrix[users], None
        for name, member in self.members.items():
            scores = torch.from_numpy(standardised(member.scores(users), own))
            weight = self.settings.weights[name]
            total = scores.mul_(weight) if total is None else total.add_(scores, alpha=weight)
        assert total is not None  # noqa: S101
        return np.asarray(total.numpy())


def near(quality: Mapping[str, float]) -> list[str]:
    """The models whose quality is near the best's: only these are worth blending. All, where none
    has been validated (a quality of -1 each)."""
    best = max(quality.values())
    return [name for name, one in quality.items() if one >= min(NEAR * best, best)]


def standardised(scores: np.ndarray, seen: sparse.csr_matrix) -> np.ndarray:
    """Scores with mean 0 and deviation 1 over each user's unseen items, 0 for seen ones; all 0
    where all are alike. Overwrites float32 [users, items]."""
    counts = np.diff(seen.indptr)
    rows = np.repeat(np.arange(len(scores)), counts)
    places = rows * scores.shape[1] + seen.indices
    np.put(scores, places, 0)
    every = torch.from_numpy(scores)
    left = torch.from_numpy(np.maximum(scores.shape[1] - counts, 1).astype(np.float32))[:, None]
    mean = every.sum(dim=1, keepdim=True) / left
    np.put(scores, places, mean.numpy()[rows])
    every -= mean
    spread = torch.linalg.vector_norm(every, dim=1, keepdim=True) / left.sqrt()
    every /= torch.where(spread > 1e-9, spread, torch.inf)
    return scores


@dataclass(frozen=True, slots=True)
class Leaders:
    """The items that lead some model's list, for users to validate on: int64 [users, n], -1 where
    there are fewer; and each model's standardised scores of them, float32 [users, n]."""

    items: np.ndarray
    scores: dict[str, np.ndarray]


def leaders(members: Mapping[str, Model], users: np.ndarray, seen: sparse.csr_matrix) -> Leaders:
    """For one batch of user rows; `seen` is the matrix that the members were fitted on."""
    own = seen[users]
    scores = {name: standardised(m.scores(users), own) for name, m in members.items()}
    lists = [metrics.best(one, own, DEPTH) for one in scores.values()]
    joined = np.sort(np.hstack(lists), axis=1)
    taken = {name: np.take_along_axis(one, joined, axis=1) for name, one in scores.items()}
    hidden = np.isneginf(next(iter(taken.values())))
    hidden[:, 1:] |= joined[:, 1:] == joined[:, :-1]
    for one in taken.values():
        one[hidden] = -np.inf
    return Leaders(np.where(hidden, -1, joined), taken)


def choose_weights(
    batches: Sequence[Leaders], truth: Sequence[sparse.csr_matrix], k: int
) -> Settings:
    """The weights that do best on held-out items, truth CSR [users, items] a batch."""

    def quality(counts: Mapping[str, int]) -> float:
        found = []
        for batch, wanted in zip(batches, truth, strict=True):
            total = sum(n * batch.scores[name] for name, n in counts.items() if n)
            assert isinstance(total, np.ndarray)  # noqa: S101
            first = np.argpartition(-total, min(k, total.shape[1] - 1), axis=1)[:, :k]
            order = np.argsort(-np.take_along_axis(total, first, axis=1), axis=1, kind="stable")
            lists = np.take_along_axis(batch.items, np.take_along_axis(first, order, 1), axis=1)
            found.append(metrics.of_lists(lists, wanted, k)[1])
        return float(np.concatenate(found).mean())

    counts = dict.fromkeys(batches[0].scores, 0)
    best, kept = -1.0, dict(counts)
    for _ in range(ROUNDS):
        tried = {name: quality(counts | {name: counts[name] + 1}) for name in counts}
        name = max(tried, key=lambda one: tried[one])
        counts[name] += 1
        if tried[name] > best:
            best, kept = tried[name], dict(counts)
    total = sum(kept.values())
    return Settings({name: round(n / total, 4) for name, n in kept.items() if n})
