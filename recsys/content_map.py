"""What a model would have learned of items that it hasn't met, predicted from their content.

Ridge regression from centred features to the known items' targets (attribute-to-feature mapping,
Gantner et al. 2010, "Learning Attribute-to-Feature Mappings for Cold-Start Recommendations"). Its
penalty is chosen by the exact leave-one-out error, and where that isn't clearly below the error of
the average item, nothing is predicted at all.
"""

from dataclasses import dataclass

import numpy as np

# Mean squared length of each block of features, that of the content vectors being 1. Chosen on
# seeds 7 and 11 to 13 of the sample's behaviour: see docs/benchmarks.md.
TYPE, NUMBERS = 0.25, 0.1
PENALTIES = 10.0 ** np.arange(-1.5, 3.1, 0.5)
# Of fewer known items nothing is generalised; so many say enough of some hundred features, and so
# many targets tell the penalty.
FEWEST, SURE = 8, 2.0
MOST_ROWS, MOST_TARGETS, MOST_PAIRED = 20_000, 64, 2_000
# An item that a model hasn't met speaks through so many that it has.
NEAREST = 50


@dataclass(frozen=True, slots=True)
class Predicted:
    """`targets` float32 [unmet, t], and what each is made of: its features turned so that their
    products with the known items' features `rows` [n, f] are these items' shares; `places` int [n]
    are theirs among the known items."""

    targets: np.ndarray
    turned: np.ndarray
    rows: np.ndarray
    places: np.ndarray

    def shares(self, unmet: int) -> tuple[np.ndarray, np.ndarray]:
        """Places among the known items, and the shares with which they speak for an unmet one."""
        every = self.rows @ self.turned[unmet]
        most = np.argsort(-np.abs(every))[:NEAREST]
        return self.places[most], every[most]


class ContentMap:
    """`vectors` float32 [items, d], `types` int [items], `numbers` float [items, m] with any scale;
    `known` bool [items] tells the items whose targets are given, at least one."""

    def __init__(
        self, vectors: np.ndarray, types: np.ndarray, numbers: np.ndarray | None, known: np.ndarray
    ) -> None:
        every = np.flatnonzero(known)
        # Places among the known items.
        self._used = np.arange(0, len(every), -(-len(every) // MOST_ROWS))
        some, unmet = every[self._used], np.flatnonzero(~known)
        blocks = [(vectors, 1.0), (np.eye(int(types.max()) + 1, dtype=np.float32)[types], TYPE)]
        if numbers is not None:
            spread = np.maximum(numbers[some].std(axis=0), 1e-6)
            blocks.append((numbers / spread, NUMBERS * numbers.shape[1]))
        pairs = [_scaled(block[some], block[unmet], size) for block, size in blocks]
        # float32 [rows, f] and [unmet, f].
        self._rows, self._unmet = (np.hstack(side) for side in zip(*pairs, strict=True))
        gram = (self._rows.T @ self._rows).astype(float)
        values, self._axes = np.linalg.eigh(gram)
        self._values = np.maximum(values, 0)

    def predicted(self, targets: np.ndarray, own: np.ndarray | None = None) -> Predicted | None:
        """Those of unmet items from float32 [known, t]; None if content says nothing of them.

        `own` int [known] is the column of each known item itself, of which an item-item model
        says nothing: there stands what so great a nearness lets expect.
        """
        rows = self._rows
        targets = targets if len(self._used) == len(targets) else targets[self._used]
        count = len(targets)
        mean = targets.mean(axis=0, dtype=float)
        product = rows.T @ targets
        tried = np.arange(0, targets.shape[1], -(-targets.shape[1] // MOST_TARGETS))
        sample = targets[:, tried].astype(float)
        if own is not None:
            own = own[self._used]
            fill = self._of_itself(targets, own)
            mean[own] += fill / count
            product[:, own] += rows.T * fill
            place = np.minimum(np.searchsorted(tried, own), len(tried) - 1)
            there = np.flatnonzero(tried[place] == own)
            sample[there, place[there]] = fill[there]
        penalty = self._penalty(sample)
        if penalty is None:
            return None
        # The rows are centred, so the product needs no mean taken off.
        inverse = (self._axes / (self._values + penalty)) @ self._axes.T
        turned = self._unmet @ inverse.astype(np.float32)
        found = turned @ product + mean.astype(np.float32)
        return Predicted(found, turned, rows, self._used)

    def _penalty(self, targets: np.ndarray) -> float | None:
        """The one with the least leave-one-out error; None if the mean of the others is hardly
        worse: by less than `SURE` standard errors of the difference."""
        count = len(targets)
        if count < FEWEST:
            return None
        targets = targets - targets.mean(axis=0)
        turned = self._rows @ self._axes
        along, squares = turned.T @ targets, turned**2
        by_mean = (targets * count / (count - 1)) ** 2
        best, chosen = 0.0, None
        for penalty in PENALTIES:
            shares = 1 / (self._values + penalty)
            lever = np.minimum(squares @ shares + 1 / count, 0.999)[:, None]
            missed = (targets - turned @ (along * shares[:, None])) / (1 - lever)
            gains = (by_mean - missed**2).sum(axis=1)
            gain, error = gains.mean(), gains.std(ddof=1) / np.sqrt(count)
            if gain > max(best, SURE * error):
                best, chosen = gain, float(penalty)
        return chosen

    def _of_itself(self, targets: np.ndarray, own: np.ndarray) -> np.ndarray:
        """float [known]: by simple regression of other pairs' weights on their nearness."""
        step = -(-len(own) // MOST_PAIRED)
        rows = self._rows[::step]
        near, weights = rows @ rows.T, targets[::step][:, own[::step]]
        others = ~np.eye(len(rows), dtype=bool)
        near, weights = near[others], weights[others]
        centred = near - near.mean()
        slope = (centred @ weights) / max(float(centred @ centred), 1e-9)
        itself = np.einsum("nf,nf->n", self._rows, self._rows) - near.mean()
        return np.asarray(weights.mean() + slope * itself)


def _scaled(rows: np.ndarray, unmet: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Both less the mean of the rows, whose mean squared length becomes `size`."""
    mean = rows.mean(axis=0)
    rows = rows - mean
    length = float(np.einsum("nf,nf->", rows, rows)) / len(rows)
    factor = np.float32(np.sqrt(size / length) if length > 1e-9 else 0)
    return (
        np.asarray(rows * factor, dtype=np.float32),
        np.asarray((unmet - mean) * factor, dtype=np.float32),
    )
