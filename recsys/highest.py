"""The highest of many numbers, found without putting the others in any order."""

import numpy as np

# The values are looked at in columns of so many; of a column, first only the highest counts.
DEPTH = 32
# Among so many times as many as are wanted, those of most kinds are; and how many are high is told
# by every so manieth value.
FEW, EVERY = 6, 64


def highest(values: np.ndarray, count: int) -> np.ndarray:
    """Places of the `count` highest values (float [n]), and maybe of a few more; all, if there are
    fewer. In ascending order."""
    width = len(values) // DEPTH
    if len(values) <= count:
        return np.arange(len(values))
    if width <= count:
        least = np.partition(values, len(values) - count)[len(values) - count]
    else:
        # So many columns reach this, so all of the highest values do.
        tops = values[: DEPTH * width].reshape(DEPTH, width).max(axis=0)
        least = np.partition(tops, width - count)[width - count]
    return np.flatnonzero(values >= least)


class Alike:
    """Places [n] by kind (int [n]), for the highest values of each kind."""

    def __init__(self, kinds: np.ndarray) -> None:
        names, own = np.unique(kinds, return_inverse=True)
        self._kinds = own.astype(np.int16)
        self._places = [np.flatnonzero(self._kinds == kind) for kind in range(len(names))]

    def highest(self, values: np.ndarray, count: int) -> np.ndarray:
        """Places of the `count` highest of each kind, in no order."""
        high = np.flatnonzero(values >= _high(values, FEW * count * len(self._places)))
        kinds = self._kinds[high]
        order = np.argsort(kinds, kind="stable")
        high, ends = high[order], np.searchsorted(kinds[order], range(len(self._places)), "right")
        found, start = [], 0
        for places, end in zip(self._places, ends.tolist(), strict=True):
            # Of some kinds too few are among the high ones.
            own = high[start:end] if end - start >= count else places
            if (others := len(own) - count) > 0:
                own = own[np.argpartition(values[own], others)[others:]]
            found.append(own)
            start = end
        return np.concatenate(found) if found else high


def _high(values: np.ndarray, count: int) -> float:
    """What about `count` of the values reach, by some of them."""
    some = values[::EVERY]
    others = len(some) - count // EVERY - 1
    return float(np.partition(some, others)[others]) if others > 0 else -np.inf
