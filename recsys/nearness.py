"""How near items are to what somebody asked, in the space of their content vectors.

A large catalogue is looked through along its main axes; the nearest are then scored on all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.highest import highest

EXACT_ITEMS, AXES = 5000, 48
# Of what is near along these, so many are scored on all axes.
NEAR = 500
# For a list, of whose scores content is one part of three, so many axes do.
FEWER = 24
# Sums over so many choices of items are kept, for those that differ by a 64th of all at most.
MOST_TOTALS, LITTLE = 8, 64
# What sets aside the scores of what isn't allowed; to write into a choice of places takes longer.
FAR = np.float32(1e6)


@dataclass(frozen=True, slots=True)
class Wish:
    """Something the user showed interest in, as a vector: a question asked or a topic chosen.

    `vector` is float32 [d] in the space of the item vectors, L2-normalised.
    """

    kind: Literal["asked", "topic"]
    object: str
    vector: np.ndarray


class Nearness:
    """Of items' vectors, float32 [items, d], L2-normalised."""

    def __init__(self, vectors: np.ndarray) -> None:
        self.vectors = vectors
        # Cosines of one encoder share a large common part, which says nothing.
        self.mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
        centred = vectors - self.mean
        self.axes = _axes(centred, self.mean)
        # By columns: one product of all rows reads them faster.
        self.coarse = np.asfortranarray(centred @ self.axes)
        # The last ones are the main ones.
        few = slice(-FEWER if self.axes.shape[1] == AXES else None, None)
        self.few, self.coarser = self.axes[:, few], self.coarse[:, few]
        self._left_out = _left_out(centred, self.few)
        self._sums = Sums(self.coarser)

    def to(self, wishes: Sequence[Wish], allowed: np.ndarray) -> "Nearing":
        """To each wish, newest first, centred over the candidates (bool [items])."""
        centre: np.ndarray = np.zeros(self.coarser.shape[1], dtype=np.float32)
        if wishes:
            centre = self._sums.over(allowed) / np.float32(np.count_nonzero(allowed))
        return Nearing(self, wishes, centre)

    def nearest(self, query: np.ndarray, allowed: np.ndarray, k: int) -> list[int]:
        """Rows of the k allowed items (bool [items]) that are nearest to a vector float32 [d]."""
        rough = self.coarse @ (self.axes.T @ query)
        rough += FAR * (allowed.astype(np.float32) - 1)
        rows = highest(rough, k + NEAR)
        rows = rows[allowed[rows]]
        near = self.vectors[rows] @ query
        return [int(row) for row in rows[np.argsort(-near, kind="stable")][:k]]

    def variance_left_out(self, vector: np.ndarray) -> float:
        """By how much products with all items vary less along the fewer axes alone."""
        if self._left_out is None:
            return 0.0
        return float(vector @ self._left_out @ vector)


class Nearing:
    """What each wish adds to each candidate."""

    def __init__(self, of: Nearness, wishes: Sequence[Wish], centre: np.ndarray) -> None:
        self.of, self.centre = of, centre
        d = of.vectors.shape[1]
        # Float32 [d, w]. What was asked last counts most.
        asked = [wish.vector * 0.9**n for n, wish in enumerate(wishes)]
        self.wishes = np.stack(asked, axis=1) if asked else np.zeros((d, 0), dtype=np.float32)
        self._all = self.wishes.sum(axis=1)

    def sums(self) -> np.ndarray:
        """float32 [items], along the fewer axes of a large catalogue."""
        if not self.wishes.shape[1]:
            return np.zeros(len(self.of.vectors), dtype=np.float32)
        along = self.of.few.T @ self._all
        sums = self.of.coarser @ along
        sums -= self.centre @ along
        return np.asarray(sums)

    def exact(self, rows: np.ndarray) -> np.ndarray:
        """The sums of some rows, float32 [rows], along all axes."""
        return self._near(rows, self._all)

    def variance_left_out(self) -> float:
        """By how much the sums vary less than exact ones."""
        return self.of.variance_left_out(self._all)

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """float32 [rows, w], along all axes."""
        return self._near(rows, self.wishes)

    def _near(self, rows: np.ndarray, wishes: np.ndarray) -> np.ndarray:
        centre = self.of.mean + self.of.few @ self.centre
        return np.asarray(self.of.vectors[rows] @ wishes - centre @ wishes)


class Sums:
    """Sums of the rows of a matrix, float32 [n, d], over choices of them (bool [n]).

    What is allowed differs by little from one person to the next, so a sum is that of an earlier
    choice and what differs.
    """

    def __init__(self, matrix: np.ndarray) -> None:
        self.matrix = matrix
        self._kept: tuple[tuple[np.ndarray, np.ndarray], ...] = ()

    def over(self, allowed: np.ndarray) -> np.ndarray:
        """float32 [d]."""
        for earlier, total in self._kept:
            rows = np.flatnonzero(earlier ^ allowed)
            if len(rows) <= len(allowed) // LITTLE:
                sign = np.where(allowed[rows], np.float32(1), np.float32(-1))
                return np.asarray(total + sign @ self.matrix[rows])
        found = np.asarray(allowed.astype(np.float32) @ self.matrix)
        self._kept = ((allowed.copy(), found), *self._kept[: MOST_TOTALS - 1])
        return found


def _axes(centred: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """float32 [d, n]: the main axes of many vectors (PCA), or every axis of few. The direction that
    all have in common is one of them: along it items hardly differ, but a query, which has much of
    it, tells them apart by that little more than by most else."""
    count, d = centred.shape
    if count <= EXACT_ITEMS or d <= AXES:
        return np.eye(d, dtype=np.float32)
    some = _some(centred)
    common = mean[:, None] / max(float(np.linalg.norm(mean)), 1e-9)
    some = some - (some @ common) @ common.T
    _, main = np.linalg.eigh(some.T @ some)
    return np.hstack([main[:, 1 - AXES :], common]).astype(np.float32)


def _left_out(centred: np.ndarray, axes: np.ndarray) -> np.ndarray | None:
    """float32 [d, d]: the items' covariance, less that along the axes; None if they are all."""
    if axes.shape[1] == len(axes):
        return None
    along = centred @ axes
    left: np.ndarray = centred.T @ centred
    left -= axes @ (along.T @ along) @ axes.T
    return left / np.float32(len(centred))


def _some(centred: np.ndarray) -> np.ndarray:
    return np.asarray(centred[:: max(1, len(centred) // EXACT_ITEMS)])
