"""Ranked items for one user: collaborative, content and popularity scores, blended.

With n = the sum of the user's confidences, unwanted items included, the collaborative part weighs
n / (n + 3): the more is known of a user, the more their own signals decide and the less popularity
does.
Every part is standardised over the candidates before it is blended.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from threadpoolctl import ThreadpoolController

from recsys.content_map import ContentMap, Predicted
from recsys.diversity import levels, mixed
from recsys.parts import Content, Fold, scale
from recsys.training import Trained

HALF_KNOWN = 3.0
CONTENT, POPULARITY = 0.8, 0.5
REASONS = 2
# A larger catalogue is searched along its main content axes; the nearest are then scored on all.
EXACT_ITEMS, AXES, MARGIN = 5000, 64, 50
# Sums over so many choices of items are kept, for those that differ by a 64th of all at most.
MOST_TOTALS, LITTLE = 8, 64
# The products here take less time than waiting for a second thread does on a busy machine.
THREADS = ThreadpoolController()


@dataclass(frozen=True, slots=True)
class Wish:
    """Something the user showed interest in, as a vector: a question asked or a topic chosen.

    `vector` is float32 [d] in the space of the item vectors, L2-normalised.
    """

    kind: Literal["asked", "topic"]
    object: str
    vector: np.ndarray


@dataclass(frozen=True, slots=True)
class Reason:
    """What moved an item's score, and by how much."""

    kind: Literal["asked", "topic", "item", "popular", "new"]
    object: str
    weight: float


@dataclass(frozen=True, slots=True)
class Recommended:
    """`score` is what the item's reasons make up; `standing` what decided its place: the score less
    what it lost to items of its type and price level that are listed before it. It falls along a
    list."""

    item: str
    score: float
    reasons: tuple[Reason, ...]
    standing: float


class Recommender:
    """`vectors` are the items' content vectors, float32 [items, d], L2-normalised; `model` may be
    missing, and may lack items that are newer than it: what it would say of these is predicted from
    vectors, types and `prices` (float [items], 0 for free), as far as that can be done. Prices move
    no score by themselves; lists mix their levels as they mix types. `taken_up` (int [items]) is
    how many people took each item up, which makes items popular until there is a model.
    """

    def __init__(
        self,
        items: Sequence[str],
        types: Sequence[str],
        vectors: np.ndarray,
        model: Trained | None = None,
        prices: np.ndarray | None = None,
        taken_up: np.ndarray | None = None,
    ) -> None:
        self.items = list(items)
        self.types = np.unique(np.array(types, dtype=str), return_inverse=True)[1]
        self._of_type = [np.flatnonzero(self.types == n) for n in np.unique(self.types)]
        self.levels = levels(np.zeros(len(items)) if prices is None else prices)
        self.vectors = vectors
        self.row = {item: number for number, item in enumerate(self.items)}
        # Cosines of one encoder share a large common part, which says nothing.
        self.mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
        self.axes = _axes(vectors - self.mean)
        # By columns: one product of all rows reads them faster.
        self.coarse = np.asfortranarray((vectors - self.mean) @ self.axes)
        self.popularity = np.zeros(len(items), dtype=np.float32)
        self._totals: tuple[tuple[np.ndarray, Sequence[np.ndarray]], ...] = ()
        # Of which it is known how popular they are, not only foretold.
        self.counted = np.zeros(len(items), dtype=bool)
        if model is None and taken_up is not None:
            self.recount(taken_up)
        factors = model.embeddings.shape[1] if model else 1
        # Where each item of an item-item model stands in `factors`; None for other models.
        self.columns = (
            {item: column for column, item in enumerate(model.items)}
            if model is not None and model.item_item
            else None
        )
        self.factors = np.zeros((len(items), factors), dtype=np.float32, order="F")
        # Of which the model has learned; of which there are factors, learned or predicted.
        self.known_item = np.zeros(len(items), dtype=bool)
        self.has_factors = self.known_item
        self._predicted: Predicted | None = None
        if model is not None:
            self._take_up(model, None if prices is None else np.log1p(prices)[:, None])
            self.counted = self.known_item

    def _take_up(self, model: Trained, numbers: np.ndarray | None) -> None:
        """Factors and popularity of the items that somebody took up, and predicted ones of others.

        An item that nobody took up has factors too, but they say only that nobody did.
        """
        known = [
            (row, column)
            for column, item in enumerate(model.items)
            if model.popularity[column] > 0 and (row := self.row.get(item)) is not None
        ]
        if not known:
            return
        rows, columns = np.array(sorted(known)).T
        self.factors[rows] = model.embeddings[columns]
        self.popularity[rows] = np.log1p(model.popularity[columns])
        self.known_item[rows] = True
        unmet = ~self.known_item
        if not unmet.any():
            return
        content = ContentMap(self.vectors, self.types, numbers, self.known_item)
        own = columns if model.item_item else None
        found = content.predicted(model.embeddings[columns], own)
        if found is not None:
            self.factors[unmet] = found.targets
            self.has_factors = np.ones(len(self.items), dtype=bool)
            # Of factors, a new item in a history has its own.
            self._predicted = found if model.item_item else None
        popularity = content.predicted(self.popularity[rows][:, None])
        # Where content tells nothing, they are average items.
        self.popularity[unmet] = (
            self.popularity[rows].mean() if popularity is None else popularity.targets[:, 0]
        )

    def speaking(self, history: Collection[str]) -> list[tuple[int, int, float]]:
        """(place in the history, column of an item-item model, share): an item that the model has
        not met speaks through known ones that its content is near to."""
        columns = self.columns or {}
        found = []
        for n, item in enumerate(history):
            row = self.row.get(item)
            if row is None or self.known_item[row]:
                if item in columns:
                    found.append((n, columns[item], 1.0))
            elif self._predicted is not None:
                met = np.flatnonzero(self.known_item)
                places, shares = self._predicted.shares(row - int(np.searchsorted(met, row)))
                for place, share in zip(places, shares, strict=True):
                    found.append((n, columns[self.items[met[place]]], float(share)))
        return found

    def recommend(
        self,
        history: Mapping[str, float],
        wishes: Sequence[Wish],
        *,
        k: int,
        candidates: Collection[str] | np.ndarray | None = None,
        leave_out: Collection[str] = (),
    ) -> list[Recommended]:
        """The k best of the candidates (all items, if None) that are not left out, best first.

        Candidates are ids, or bool [items].

        `history` is the user's confidence by item (negative: unwanted). A user of whom nothing is
        known gets popular items. Only sums are computed for all candidates; what each signal adds
        is for those that may be listed.
        """
        allowed = self._allowed(candidates, leave_out)
        if not allowed.any() or k <= 0:
            return []
        with THREADS.limit(limits=1, user_api="blas"):
            return self._ranked(history, wishes, k, allowed)

    def _ranked(
        self,
        history: Mapping[str, float],
        wishes: Sequence[Wish],
        k: int,
        allowed: np.ndarray,
    ) -> list[Recommended]:
        known = sum(map(abs, history.values()))
        share = known / (known + HALF_KNOWN)
        within = allowed.astype(np.float32)
        count = int(np.count_nonzero(allowed))
        fold = Fold(self, history, allowed)
        content = Content(self, [wish.vector for wish in wishes], allowed)
        popular = self.popularity - self.popularity @ within / np.float32(count)
        by_item, by_content = fold.sums(), content.sums()
        scales = (
            share * scale(by_item, within, count),
            CONTENT * scale(by_content, within, count),
            (1 - share) * POPULARITY * scale(popular, within, count),
        )
        popular *= scales[2]
        rough = scales[0] * by_item
        rough += scales[1] * by_content
        rough += popular
        rough[~allowed] = -np.inf
        rows = self._shortlist(rough, k)
        scores = scales[0] * by_item[rows] + scales[1] * content.exact(rows) + popular[rows]
        chosen = mixed(scores, self.types[rows], self.levels[rows], k)
        best = rows[[n for n, _ in chosen]]
        moved = np.hstack([scales[0] * fold.parts(best), scales[1] * content.parts(best)])
        sources: list[str | Wish] = [*history, *wishes]
        return [
            Recommended(
                self.items[row],
                float(scores[n]),
                self._reasons(row, moved[place], float(popular[row]), sources),
                standing,
            )
            for place, (row, (n, standing)) in enumerate(zip(best.tolist(), chosen, strict=True))
        ]

    def totals(self, allowed: np.ndarray) -> Sequence[np.ndarray]:
        """Sums over the allowed items (bool [items]): of the coarse vectors, and of the factors if
        these are not an item-item model's. What is allowed differs by little from one person to
        the next, so the sums are those of an earlier list and what differs.
        """
        matrices = [self.coarse] if self.columns is not None else [self.coarse, self.factors]
        for earlier, sums in self._totals:
            rows = np.flatnonzero(earlier ^ allowed)
            if len(rows) <= len(allowed) // LITTLE:
                sign = np.where(allowed[rows], np.float32(1), np.float32(-1))
                return [
                    total + sign @ matrix[rows]
                    for total, matrix in zip(sums, matrices, strict=True)
                ]
        sums = [allowed.astype(np.float32) @ matrix for matrix in matrices]
        self._totals = ((allowed.copy(), sums), *self._totals[: MOST_TOTALS - 1])
        return sums

    def recount(self, taken_up: np.ndarray) -> None:
        """Takes up anew, without a model, how many people took each item up (int [items], or of
        more than these)."""
        counts = taken_up[: len(self.items)]
        self.popularity = np.log1p(counts).astype(np.float32)
        self.counted = counts > 0

    def reprice(self, prices: np.ndarray) -> None:
        """Takes up other prices (float [items]), for the mix of lists alone."""
        self.levels = levels(prices)

    def nearest(self, query: np.ndarray, allowed: np.ndarray, k: int) -> list[int]:
        """Rows of the k allowed items (bool [items]) that are nearest to a vector float32 [d]."""
        with THREADS.limit(limits=1, user_api="blas"):
            rough = self.coarse @ (self.axes.T @ query)
            rough[~allowed] = -np.inf
            if (surplus := len(rough) - k - MARGIN) > 0:
                rows = np.argpartition(rough, surplus)[surplus:]
            else:
                rows = np.arange(len(rough))
            rows = rows[np.isfinite(rough[rows])]
            near = self.vectors[rows] @ query
        return [int(row) for row in rows[np.argsort(-near, kind="stable")][:k]]

    def _allowed(
        self, candidates: Collection[str] | np.ndarray | None, leave_out: Collection[str]
    ) -> np.ndarray:
        """bool [items]."""
        if candidates is None:
            allowed = np.ones(len(self.items), dtype=bool)
        elif isinstance(candidates, np.ndarray):
            allowed = candidates.copy()
        else:
            allowed = np.zeros(len(self.items), dtype=bool)
            found = [row for row in map(self.row.get, candidates) if row is not None]
            allowed[found] = True
        allowed[[self.row[item] for item in leave_out if item in self.row]] = False
        return allowed

    def _shortlist(self, rough: np.ndarray, k: int) -> np.ndarray:
        """Rows of those of each type that may be among the k best; never of -inf."""
        short = []
        for own in self._of_type:
            if (surplus := len(own) - k - MARGIN) > 0:
                own = own[np.argpartition(rough[own], surplus)[surplus:]]
            short.append(own)
        rows = np.sort(np.concatenate(short))
        return np.asarray(rows[np.isfinite(rough[rows])])

    def _reasons(
        self, row: int, moved: np.ndarray, popular: float, sources: Sequence[str | Wish]
    ) -> tuple[Reason, ...]:
        """The strongest things that raised the score."""
        reasons = []
        for n in np.argsort(-moved, kind="stable")[:REASONS].tolist():
            source, weight = sources[n], float(moved[n])
            if weight <= 0.05:
                break
            if isinstance(source, Wish):
                reasons.append(Reason(source.kind, source.object, weight))
            else:
                reasons.append(Reason("item", source, weight))
        # The popularity of an item that the model has not met is only foretold.
        common = (
            Reason("popular", "", popular)
            if self.counted[row]
            else Reason("new", self.items[row], popular)
        )
        if popular > 0.05:
            reasons.append(common)
        reasons.sort(key=lambda reason: reason.weight, reverse=True)
        return tuple(reasons[:REASONS]) or (common,)


def _axes(centred: np.ndarray) -> np.ndarray:
    """float32 [d, n]: the main axes of many vectors (PCA), or every axis of few."""
    count, d = centred.shape
    if count <= EXACT_ITEMS or d <= AXES:
        return np.eye(d, dtype=np.float32)
    some = centred[:: max(1, count // EXACT_ITEMS)]
    _, main = np.linalg.eigh(some.T @ some)
    return np.ascontiguousarray(main[:, -AXES:], dtype=np.float32)
