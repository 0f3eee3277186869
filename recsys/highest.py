"""The highest of many numbers, found without putting the others in any order."""

import numpy as np

# The values are looked at in columns of so many; of a column, first only the highest counts.
DEPTH, SHALLOW = 32, 16


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
        # Columns of one kind each, beside each other, and what is left of each kind.
        columns, left = [], []
        for kind in np.unique(kinds):
            places = np.flatnonzero(kinds == kind)
            whole = len(places) // SHALLOW * SHALLOW
            columns.append(places[:whole].reshape(SHALLOW, -1))
            left.append(places[whole:])
        self._columns = np.hstack(columns) if columns else np.zeros((SHALLOW, 0), dtype=int)
        self._left = np.concatenate(left) if left else np.zeros(0, dtype=int)
        widths = [part.shape[1] for part in columns]
        self._ends = np.cumsum(widths, dtype=int).tolist()
        self._kind = np.repeat(np.arange(len(columns)), widths)
        self._kind_left = np.repeat(np.arange(len(left)), [len(part) for part in left])

    def highest(self, values: np.ndarray, count: int) -> np.ndarray:
        """Places of the `count` highest of each kind, and of some more, in ascending order."""
        found = values[self._columns]
        tops = found.max(axis=0)
        least = np.full(len(self._ends), -np.inf, dtype=values.dtype)
        for kind, (start, end) in enumerate(zip([0, *self._ends], self._ends, strict=False)):
            if (others := end - start - count) > 0:
                least[kind] = np.partition(tops[start:end], others)[others]
        near = np.flatnonzero(tops >= least[self._kind])
        among = self._columns[:, near][found[:, near] >= least[self._kind[near]]]
        left = self._left[values[self._left] >= least[self._kind_left]]
        return np.sort(np.concatenate([among, left]))
