"""A weighted sum of fitted models, each divided by the spread of its scores.

Weights are counts of a greedy ensemble selection with replacement (Caruana et al. 2004, "Ensemble
Selection from Libraries of Models"): the best model first, then whatever raises nDCG most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass as checked
from scipy import sparse

from recsys import metrics
from recsys.models.base import CHECKED, Factors, ItemItem, Model, Watch, binary, sums
from recsys.models.parts import Part, added_up
from recsys.models.served import Served

NAME = "blend"

ROUNDS = 12
# A model further behind the best than that adds to a blend on validation by luck, or by what a
# random holdout flatters (neighbours of what is known), and takes from it later.
NEAR = 0.95
# Items that no model has among its first so many for a user can't lead the blend.
DEPTH = 100
# A model's spread is known well from this many.
ENOUGH_USERS = 1000


class Scoring(Protocol):
    def scores(self, users: np.ndarray) -> np.ndarray: ...


@checked(frozen=True, slots=True, config=CHECKED)
class Settings:
    """By name, what each model weighs, and its own settings with its `model`."""

    weights: dict[str, PositiveFloat] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)


class Blend(Model):
    """Of models that are fitted already on the matrix that `fit` is given, or else are fitted.

    As each has one scale for all users, item-item models add up to a single one, and so do those of
    factors, whose vectors are laid end to end: a blend takes little longer than its largest member.
    """

    def __init__(self, members: Mapping[str, Model], settings: Settings) -> None:
        super().__init__(settings)
        self.members = {name: members[name] for name in settings.weights}

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        """Adds the members up; the weights are settings."""
        for member in self.members.values():
            if not member.is_fitted:
                member.fit(matrix)
        self.known, self.matrix = matrix, binary(matrix)
        users, items = matrix.shape
        blocks: list[list[torch.Tensor]] = []
        user, item, self.bias = [torch.zeros(users, 0)], [torch.zeros(items, 0)], torch.zeros(items)
        self.others: list[tuple[float, Model]] = []
        spread = spreads(self.members, matrix)
        for name, member in self.members.items():
            share = self.settings.weights[name] / spread[name]
            if isinstance(member, ItemItem) and member.columns is not None:
                blocks.append([share * block for block in member.columns])
            elif isinstance(member, Factors):
                user.append(share * member.user)
                item.append(member.item)
                self.bias += share * member.bias
            else:
                self.others.append((share, member))
        self.columns = [torch.stack(same).sum(0) for same in zip(*blocks, strict=True)]
        self.user, self.item = torch.cat(user, dim=1), torch.cat(item, dim=1)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        own = self.user[torch.from_numpy(users)]
        total = torch.addmm(self.bias, own, self.item.T)
        if self.columns:
            total += torch.from_numpy(sums(self.matrix[users], self.columns))
        for share, member in self.others:
            total.add_(torch.from_numpy(member.scores(users)), alpha=share)
        return np.asarray(total.numpy())

    def _parts(self) -> list[Part]:
        """By the spread of what is served of each, which is not that of its scores of users whom
        it met."""
        parts = {name: member.parts() for name, member in self.members.items()}
        return of_parts(parts, self.settings.weights, self.known)


def of_parts(
    members: Mapping[str, Sequence[Part]], weights: Mapping[str, float], matrix: sparse.csr_matrix
) -> list[Part]:
    """What is served of a blend: the members' parts, by their spread over the rows of a matrix of
    confidences."""
    served = {name: Served(members[name], matrix) for name in weights}
    spread = spreads(served, matrix)
    return added_up(
        [
            part.shared(weight / spread[name])
            for name, weight in weights.items()
            for part in members[name]
        ]
    )


def near(quality: Mapping[str, float]) -> list[str]:
    """The models whose quality is near the best's: only these are worth blending. All, where none
    has been validated (a quality of -1 each)."""
    best = max(quality.values())
    return [name for name, one in quality.items() if one >= min(NEAR * best, best)]


def spreads(members: Mapping[str, Scoring], matrix: sparse.csr_matrix) -> dict[str, float]:
    """The geometric mean over users of the deviation of each model's scores among the items that a
    user hasn't taken; infinite where it tells no items apart. `matrix` is what it was fitted on."""
    users = np.flatnonzero(np.diff(matrix.indptr))
    if len(users) > ENOUGH_USERS:
        users = np.sort(np.random.default_rng(0).choice(users, ENOUGH_USERS, replace=False))
    left = torch.from_numpy(matrix[users].toarray() == 0)
    count = left.sum(dim=1).clamp(min=1)
    found = {}
    for name, member in members.items():
        scores = torch.from_numpy(member.scores(users)) * left
        mean = scores.sum(dim=1) / count
        scores = (scores - mean[:, None]) * left
        deviation = torch.linalg.vector_norm(scores, dim=1) / count.sqrt()
        apart = deviation[deviation > 1e-9]
        found[name] = float(apart.log().mean().exp()) if len(apart) else np.inf
    return found


@dataclass(frozen=True, slots=True)
class Leaders:
    """The items that lead some model's list, for users to validate on: int64 [users, n], -1 where
    there are fewer; and each model's scores of them by its spread, float32 [users, n]."""

    items: np.ndarray
    scores: dict[str, np.ndarray]


def leaders(
    members: Mapping[str, Scoring],
    spread: Mapping[str, float],
    users: np.ndarray,
    seen: sparse.csr_matrix,
) -> Leaders:
    """For one batch of user rows; `seen` is the matrix that the members were fitted on."""
    own = seen[users]
    scores = {name: m.scores(users) / np.float32(spread[name]) for name, m in members.items()}
    lists = [metrics.best(one, own, DEPTH) for one in scores.values()]
    joined = np.sort(np.hstack(lists), axis=1)
    taken = {name: np.take_along_axis(one, joined, axis=1) for name, one in scores.items()}
    hidden = np.isneginf(next(iter(taken.values())))
    hidden[:, 1:] |= joined[:, 1:] == joined[:, :-1]
    for one in taken.values():
        one[hidden] = -np.inf
    return Leaders(np.where(hidden, -1, joined), taken)


def qualities(
    batches: Sequence[Leaders],
    truth: Sequence[sparse.csr_matrix],
    weights: Mapping[str, float],
    k: int,
) -> tuple[np.ndarray, np.ndarray]:
    """recall@k and nDCG@k float64 [users] of a blend of these weights; truth CSR [users, items] a
    batch."""
    found = []
    for batch, wanted in zip(batches, truth, strict=True):
        total = sum(n * batch.scores[name] for name, n in weights.items() if n)
        assert isinstance(total, np.ndarray)  # noqa: S101
        first = np.argpartition(-total, min(k, total.shape[1] - 1), axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(total, first, axis=1), axis=1, kind="stable")
        lists = np.take_along_axis(batch.items, np.take_along_axis(first, order, 1), axis=1)
        found.append(metrics.of_lists(lists, wanted, k))
    recall, ndcg = (np.concatenate(one) for one in zip(*found, strict=True))
    return recall, ndcg


def choose_weights(
    batches: Sequence[Leaders], truth: Sequence[sparse.csr_matrix], k: int
) -> dict[str, float]:
    """The weights that do best on held-out items, truth CSR [users, items] a batch."""

    def quality(counts: Mapping[str, int]) -> float:
        return float(qualities(batches, truth, counts, k)[1].mean())

    counts = dict.fromkeys(batches[0].scores, 0)
    best, kept = -1.0, dict(counts)
    for _ in range(ROUNDS):
        tried = {name: quality(counts | {name: counts[name] + 1}) for name in counts}
        name = max(tried, key=lambda one: tried[one])
        counts[name] += 1
        if tried[name] > best:
            best, kept = tried[name], dict(counts)
    total = sum(kept.values())
    return {name: round(n / total, 4) for name, n in kept.items() if n}
