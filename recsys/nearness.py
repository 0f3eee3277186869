"""How near items are to what somebody asked, in the space of their content vectors.

A large catalogue is searched along its main axes; the nearest are then scored on all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

EXACT_ITEMS, AXES = 5000, 64
# Sums over so many choices of items are kept, for those that differ by a 64th of all at most.
MOST_TOTALS, LITTLE = 8, 64


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
        self.axes = _axes(vectors - self.mean)
        # By columns: one product of all rows reads them faster.
        self.coarse = np.asfortranarray((vectors - self.mean) @ self.axes)
        self._sums = Sums(self.coarse)

    def to(self, wishes: Sequence[Wish], allowed: np.ndarray) -> "Nearing":
        """To each wish, newest first, centred over the candidates (bool [items])."""
        centre: np.ndarray = np.zeros(self.coarse.shape[1], dtype=np.float32)
        if wishes:
            centre = self._sums.over(allowed) / np.float32(np.count_nonzero(allowed))
        return Nearing(self, wishes, centre)

    def nearest(self, query: np.ndarray, allowed: np.ndarray, k: int, margin: int) -> list[int]:
        """Rows of the k allowed items (bool [items]) that are nearest to a vector float32 [d];
        `margin` more are scored on all axes."""
        rough = self.coarse @ (self.axes.T @ query)
        rough[~allowed] = -np.inf
        if (surplus := len(rough) - k - margin) > 0:
            rows = np.argpartition(rough, surplus)[surplus:]
        else:
            rows = np.arange(len(rough))
        rows = rows[np.isfinite(rough[rows])]
        near = self.vectors[rows] @ query
        return [int(row) for row in rows[np.argsort(-near, kind="stable")][:k]]


class Nearing:
    """What each wish adds to each candidate."""

    def __init__(self, of: Nearness, wishes: Sequence[Wish], centre: np.ndarray) -> None:
        self.of, self.centre = of, centre
        d = of.vectors.shape[1]
        # Float32 [d, w]. What was asked last counts most.
        asked = [wish.vector * 0.9**n for n, wish in enumerate(wishes)]
        self.wishes = np.stack(asked, axis=1) if asked else np.zeros((d, 0), dtype=np.float32)

    def sums(self) -> np.ndarray:
        """float32 [items], along the main axes of a large catalogue."""
        if not self.wishes.shape[1]:
            return np.zeros(len(self.of.vectors), dtype=np.float32)
        along = self.of.axes.T @ self.wishes.sum(axis=1)
        sums = self.of.coarse @ along
        sums -= self.centre @ along
        return np.asarray(sums)

    def exact(self, rows: np.ndarray) -> np.ndarray:
        """The sums of some rows, float32 [rows], along all axes."""
        return self._near(rows, self.wishes.sum(axis=1))

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """float32 [rows, w], along all axes."""
        return self._near(rows, self.wishes)

    def _near(self, rows: np.ndarray, wishes: np.ndarray) -> np.ndarray:
        centre = self.of.mean + self.of.axes @ self.centre
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


def _axes(centred: np.ndarray) -> np.ndarray:
    """float32 [d, n]: the main axes of many vectors (PCA), or every axis of few."""
    count, d = centred.shape
    if count <= EXACT_ITEMS or d <= AXES:
        return np.eye(d, dtype=np.float32)
    some = centred[:: max(1, count // EXACT_ITEMS)]
    _, main = np.linalg.eigh(some.T @ some)
    return np.ascontiguousarray(main[:, -AXES:], dtype=np.float32)
