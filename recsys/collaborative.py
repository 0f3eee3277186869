"""What a trained model says of a catalogue, to somebody with a history.

The catalogue may have items that the model hasn't met: what it would say of these is predicted from
their content. Scores are compared with the average candidate's, so that an item of which nothing is
known is an average one.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from recsys.content_map import ContentMap, Predicted
from recsys.models.parts import Part
from recsys.nearness import Sums
from recsys.training import Trained


class Collaborative:
    """`vectors`, `types` and `numbers` are those of the items' content (see `ContentMap`).

    `popularity` float32 [items] is the logarithm of how many took an item up, known or predicted;
    `known` bool [items] tells of which the model has learned. An item that nobody took up has
    factors too, but they say only that nobody did.
    """

    def __init__(
        self,
        row_of: Mapping[str, int],
        model: Trained | None,
        vectors: np.ndarray,
        types: np.ndarray,
        numbers: np.ndarray | None,
    ) -> None:
        count = len(row_of)
        self.popularity = np.zeros(count, dtype=np.float32)
        self.known = np.zeros(count, dtype=bool)
        self._parts: list[_Fitted] = []
        if model is None:
            return
        met = [
            (row, column)
            for column, item in enumerate(model.items)
            if model.popularity[column] > 0 and (row := row_of.get(item)) is not None
        ]
        rows, columns = np.array(sorted(met), dtype=int).reshape(-1, 2).T
        self.known[rows] = True
        content = None
        if len(rows) and not self.known.all():
            content = ContentMap(vectors, types, numbers, self.known)
        self._parts = [
            _Fitted(part, model.items, row_of, (rows, columns), self.known, content)
            for part in model.parts
        ]
        if not len(rows):
            return
        own = np.log1p(model.popularity[columns])
        self.popularity[rows] = own
        if content is not None:
            found = content.predicted(own[:, None])
            # Where content tells nothing, they are average items.
            self.popularity[~self.known] = own.mean() if found is None else found.targets[:, 0]

    def fold(
        self, history: Mapping[str, float], row_of: Mapping[str, int], allowed: np.ndarray
    ) -> "Fold":
        """What each item of a history (its confidences, negative for unwanted) adds to each
        candidate (bool [items])."""
        own = [(n, row_of[item]) for n, item in enumerate(history) if item in row_of]
        confidence = np.array(list(history.values()), dtype=np.float32)
        weights = np.log1p(np.abs(confidence)) * np.sign(confidence)
        if not own or not self.known.any():
            return Fold([], own, len(row_of), len(history))
        terms = [part.folded(history, own, weights, allowed) for part in self._parts]
        return Fold(terms, own, len(row_of), len(history))


class _Fitted:
    """One part of a model, brought to the rows of a catalogue."""

    def __init__(
        self,
        part: Part,
        items: Sequence[str],
        row_of: Mapping[str, int],
        met: tuple[np.ndarray, np.ndarray],
        known: np.ndarray,
        content: ContentMap | None,
    ) -> None:
        rows, columns = met
        self.part, self.known, self._row_of = part, known, row_of
        self.out = np.zeros((len(known), part.out.shape[1]), dtype=np.float32, order="F")
        self.out[rows] = part.out[columns]
        # Of which there are factors, learned or predicted.
        self.has = known
        # Where each item of an item-item model stands in `out`.
        self.column_of = {item: n for n, item in enumerate(items)} if part.is_item_item else {}
        self._named = [items[column] for column in columns]
        self._predicted: Predicted | None = None
        self.into: np.ndarray | None = None
        if part.into is not None:
            self.into = np.zeros_like(self.out)
            self.into[rows] = part.into[columns]
        if content is not None:
            found = content.predicted(part.out[columns], columns if part.is_item_item else None)
            if found is not None:
                self.out[~known] = found.targets
                self.has = np.ones(len(known), dtype=bool)
                # Of factors, a new item in a history has its own.
                self._predicted = found if part.is_item_item else None
            if part.into is not None and self.into is not None:
                spoken = content.predicted(part.into[columns])
                self.into[~known] = 0 if spoken is None else spoken.targets
        self._sums = Sums(self.out)

    def folded(
        self,
        history: Collection[str],
        own: Sequence[tuple[int, int]],
        weights: np.ndarray,
        allowed: np.ndarray,
    ) -> "_Term":
        if self.part.is_item_item:
            speaking = self.speaking(history)
            there = [column for _, column, _ in speaking]
            out = self.out[:, there]
            total = allowed.astype(np.float32) @ out
            steps = np.zeros((len(there), len(weights)), dtype=np.float32)
            for place, (n, _, share) in enumerate(speaking):
                steps[place, n] = share * weights[n]
        else:
            out, total = self.out, self._sums.over(allowed)
            some, rows = (list(one) for one in zip(*own, strict=True))
            steps = np.zeros((out.shape[1], len(weights)), dtype=np.float32)
            into = self.out if self.into is None else self.into
            steps[:, some] = self.part.steps(into[rows], weights[some])
        steps *= np.float32(self.part.share)
        average = total / max(int(np.count_nonzero(allowed & self.has)), 1)
        return _Term(out, steps, average, self.has)

    def speaking(self, history: Collection[str]) -> list[tuple[int, int, float]]:
        """(place in the history, column of an item-item model, share): an item that the model has
        not met speaks through known ones that its content is near to."""
        found = []
        for n, item in enumerate(history):
            row = self._row_of.get(item)
            if row is None or self.known[row]:
                if item in self.column_of:
                    found.append((n, self.column_of[item], 1.0))
            elif self._predicted is not None:
                unmet = row - int(np.count_nonzero(self.known[:row]))
                places, shares = self._predicted.shares(unmet)
                for place, share in zip(places, shares, strict=True):
                    found.append((n, self.column_of[self._named[place]], float(share)))
        return found


class _Term:
    """`steps` float32 [f, h]: an item's row of `out` [items, f], less the average candidate's,
    times this is what each item of a history adds to it."""

    def __init__(
        self, out: np.ndarray, steps: np.ndarray, average: np.ndarray, has: np.ndarray
    ) -> None:
        self.out, self.steps, self.average, self.has = out, steps, average, has

    def sums(self) -> np.ndarray:
        along = self.steps.sum(axis=1)
        total: np.ndarray = self.out @ along
        total -= self.average @ along
        if not self.has.all():
            total *= self.has
        return total

    def itself(self, rows: np.ndarray, places: np.ndarray) -> np.ndarray:
        """What items add to themselves, float32 [m]: `rows` int [m], at `places` in the history."""
        along = (self.out[rows] - self.average) * self.steps[:, places].T
        return np.asarray(along.sum(axis=1) * self.has[rows])

    def parts(self, rows: np.ndarray) -> np.ndarray:
        parts = (self.out[rows] - self.average) @ self.steps
        parts[~self.has[rows]] = 0
        return np.asarray(parts)


class Fold:
    """`own` are places in the history with their rows in the catalogue."""

    def __init__(
        self, terms: Sequence[_Term], own: Sequence[tuple[int, int]], items: int, history: int
    ) -> None:
        self._terms, self._own, self._items, self._history = terms, own, items, history

    def sums(self) -> np.ndarray:
        """float32 [items]."""
        total = np.zeros(self._items, dtype=np.float32)
        if not self._terms:
            return total
        for term in self._terms:
            total += term.sums()
        # An item is no reason for itself.
        places, rows = (np.array(some, dtype=int) for some in zip(*self._own, strict=True))
        np.subtract.at(total, rows, sum(term.itself(rows, places) for term in self._terms))
        return total

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """float32 [rows, h]."""
        parts = self._with_self(rows)
        place = {int(row): at for at, row in enumerate(rows)}
        for n, row in self._own:
            if row in place:
                parts[place[row], n] = 0
        return parts

    def _with_self(self, rows: np.ndarray) -> np.ndarray:
        parts = np.zeros((len(rows), self._history), dtype=np.float32)
        for term in self._terms:
            parts += term.parts(rows)
        return parts
