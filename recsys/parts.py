"""What a history and wishes add to the scores of all items: as sums, and part by part."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from recsys.recommender import Recommender

# Chosen on held-out items of the sample's behaviour: see docs/benchmarks.md.
RIDGE = 3.0


class Fold:
    """What each item of a history adds to each candidate's score.

    Fold-in of Hu, Koren, Volinsky 2008, section 5: with the item factors Y fixed, the user's
    factors are (Y'CY + λI)^-1 Y'Cp, so the score is a sum over the history. An item-item model's
    score is such a sum by itself: of the history's columns of its weights.
    """

    def __init__(
        self, recommender: "Recommender", history: Mapping[str, float], allowed: np.ndarray
    ) -> None:
        factors, known, columns = (
            recommender.factors,
            recommender.has_factors,
            recommender.columns,
        )
        self.known = known
        row_of = recommender.row
        self.own = [(n, row_of[item]) for n, item in enumerate(history) if item in row_of]
        confidence = np.array(list(history.values()), dtype=np.float32)
        c, sign = np.log1p(np.abs(confidence)), np.sign(confidence)
        if columns is not None:
            speaking = recommender.speaking(history)
            there = [column for _, column, _ in speaking]
            factors = factors[:, there]
        self.factors = factors
        # Float32 [factors, h]: an item's factors times this is what the history adds to it.
        self.weights = np.zeros((factors.shape[1], len(history)), dtype=np.float32)
        self.average: np.ndarray = np.zeros(factors.shape[1], dtype=np.float32)
        if not self.own or not known.any():
            return
        if columns is not None:
            for place, (n, _, part) in enumerate(speaking):
                self.weights[place, n] = part * c[n] * sign[n]
        else:
            some = [n for n, _ in self.own]
            y, c, sign = factors[[row for _, row in self.own]], c[some], sign[some]
            inverse = np.linalg.inv((y * c[:, None]).T @ y + RIDGE * np.eye(y.shape[1]))
            self.weights[:, some] = inverse @ (y.T * c * sign)
        # Compared with the average candidate, so that an item without factors is an average one.
        if columns is not None:
            total = allowed.astype(np.float32) @ factors
        else:
            total = recommender.totals(allowed)[1]
        self.average = total / max(int(np.count_nonzero(allowed & known)), 1)

    def sums(self) -> np.ndarray:
        """float32 [items]."""
        if not self.own:
            return np.zeros(len(self.known), dtype=np.float32)
        along = self.weights.sum(axis=1)
        total: np.ndarray = self.factors @ along
        total -= self.average @ along
        total *= self.known
        # An item is no reason for itself.
        places, rows = map(list, zip(*self.own, strict=True))
        itself = self.factors[rows] - self.average
        itself *= self.weights[:, places].T
        total[rows] -= itself.sum(axis=1) * self.known[rows]
        return np.asarray(total)

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """float32 [rows, h]."""
        parts = (self.factors[rows] - self.average) @ self.weights
        parts[~self.known[rows]] = 0
        place = {int(row): at for at, row in enumerate(rows)}
        for n, row in self.own:
            if row in place:
                parts[place[row], n] = 0
        return np.asarray(parts)


class Content:
    """Nearness of each candidate to each wish, centred."""

    def __init__(
        self, recommender: "Recommender", wishes: Sequence[np.ndarray], allowed: np.ndarray
    ) -> None:
        self.of = recommender
        d = recommender.vectors.shape[1]
        # Float32 [d, w]. What was asked last counts most; wishes come newest first.
        asked = [vector * 0.9**n for n, vector in enumerate(wishes)]
        self.wishes = np.stack(asked, axis=1) if asked else np.zeros((d, 0), dtype=np.float32)
        self.centre: np.ndarray = np.zeros(recommender.coarse.shape[1], dtype=np.float32)
        if asked:
            self.centre = recommender.totals(allowed)[0] / int(np.count_nonzero(allowed))

    def sums(self) -> np.ndarray:
        """float32 [items], along the main axes of a large catalogue."""
        if not self.wishes.shape[1]:
            return np.zeros(len(self.of.items), dtype=np.float32)
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


def scale(sums: np.ndarray, within: np.ndarray, count: int) -> float:
    """What brings the sums of `count` candidates, of a mean near 0, to a standard deviation of one.

    `within` is 1 for candidates; sums of others, where it is 0, are set to 0.
    """
    sums *= within
    spread = np.sqrt(max(float(sums @ sums) / count - (float(sums @ within) / count) ** 2, 0))
    return float(1 / spread) if spread > 1e-6 else 0.0
