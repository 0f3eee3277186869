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
from recsys.training import Trained

HALF_KNOWN = 3.0
CONTENT, POPULARITY = 0.8, 0.5
# Chosen on held-out items of the sample's behaviour: see docs/benchmarks.md.
RIDGE = 3.0
REASONS = 2
# A larger catalogue is searched along its main content axes; the nearest are then scored on all.
EXACT_ITEMS, AXES, MARGIN = 5000, 64, 50
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
        self._row = {item: number for number, item in enumerate(self.items)}
        # Cosines of one encoder share a large common part, which says nothing.
        self._mean = vectors.mean(axis=0) if len(vectors) else np.zeros(vectors.shape[1])
        self._axes = _axes(vectors - self._mean)
        # By columns: one product of all rows reads them faster.
        self._coarse = np.asfortranarray((vectors - self._mean) @ self._axes)
        self._coarse_sum = self._coarse.sum(axis=0, dtype=float)
        self.popularity = np.zeros(len(items), dtype=np.float32)
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
        self._factor_sum = self.factors.sum(axis=0, dtype=float)

    def _take_up(self, model: Trained, numbers: np.ndarray | None) -> None:
        """Factors and popularity of the items that somebody took up, and predicted ones of others.

        An item that nobody took up has factors too, but they say only that nobody did.
        """
        known = [
            (row, column)
            for column, item in enumerate(model.items)
            if model.popularity[column] > 0 and (row := self._row.get(item)) is not None
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
            row = self._row.get(item)
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
        fold = _Fold(self, history, allowed)
        content = _Content(self, wishes, allowed)
        within = allowed.astype(np.float32)
        count = int(np.count_nonzero(allowed))
        popular = self.popularity - self.popularity @ within / np.float32(count)
        by_item, by_content = fold.sums(), content.sums()
        scales = (
            share * _scale(by_item, within, count),
            CONTENT * _scale(by_content, within, count),
            (1 - share) * POPULARITY * _scale(popular, within, count),
        )
        popular *= scales[2]
        rough = scales[0] * by_item
        rough += scales[1] * by_content
        rough += popular
        rough[~allowed] = -np.inf
        rows = self._shortlist(rough, k)
        popular = popular[rows]
        moved = np.hstack([scales[0] * fold.parts(rows), scales[1] * content.parts(rows)])
        scores = moved.sum(axis=1) + popular
        sources: list[str | Wish] = [*history, *wishes]
        return [
            Recommended(
                self.items[rows[n]],
                float(scores[n]),
                self._reasons(rows[n], moved[n], float(popular[n]), sources),
                standing,
            )
            for n, standing in mixed(scores, self.types[rows], self.levels[rows], k)
        ]

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
            rough = self._coarse @ (self._axes.T @ query)
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
            found = [row for row in map(self._row.get, candidates) if row is not None]
            allowed[found] = True
        allowed[[self._row[item] for item in leave_out if item in self._row]] = False
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


class _Fold:
    """What each item of a history adds to each candidate's score.

    Fold-in of Hu, Koren, Volinsky 2008, section 5: with the item factors Y fixed, the user's
    factors are (Y'CY + λI)^-1 Y'Cp, so the score is a sum over the history. An item-item model's
    score is such a sum by itself: of the history's columns of its weights.
    """

    def __init__(
        self, recommender: Recommender, history: Mapping[str, float], allowed: np.ndarray
    ) -> None:
        factors, known = recommender.factors, recommender.has_factors
        total, columns = recommender._factor_sum, recommender.columns
        self.known = known
        row_of = recommender._row
        self.own = [(n, row_of[item]) for n, item in enumerate(history) if item in row_of]
        confidence = np.array(list(history.values()), dtype=np.float32)
        c, sign = np.log1p(np.abs(confidence)), np.sign(confidence)
        if columns is not None:
            speaking = recommender.speaking(history)
            there = [column for _, column, _ in speaking]
            factors, total = factors[:, there], total[there]
        self.factors = factors
        # Float32 [factors, h]: an item's factors times this is what the history adds to it.
        self.weights = np.zeros((factors.shape[1], len(history)), dtype=np.float32)
        self.average = np.zeros(factors.shape[1], dtype=np.float32)
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
        self.average = _sum_of(factors, total, allowed) / max(np.count_nonzero(allowed & known), 1)

    def sums(self) -> np.ndarray:
        """float32 [items]."""
        along = self.weights.sum(axis=1)
        total: np.ndarray = self.factors @ along
        total -= self.average @ along
        total *= self.known
        # An item is no reason for itself.
        rows = np.array([row for _, row in self.own], dtype=int)
        total[rows] -= self.parts_with_self(rows)[range(len(rows)), [n for n, _ in self.own]]
        return total

    def parts_with_self(self, rows: np.ndarray) -> np.ndarray:
        parts = (self.factors[rows] - self.average) @ self.weights
        parts[~self.known[rows]] = 0
        return np.asarray(parts)

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """float32 [rows, h]."""
        parts = self.parts_with_self(rows)
        place = {int(row): at for at, row in enumerate(rows)}
        for n, row in self.own:
            if row in place:
                parts[place[row], n] = 0
        return parts


class _Content:
    """Nearness of each candidate to each wish, centred."""

    def __init__(
        self, recommender: Recommender, wishes: Sequence[Wish], allowed: np.ndarray
    ) -> None:
        self.of = recommender
        d = recommender.vectors.shape[1]
        # Float32 [d, w]. What was asked last counts most; wishes come newest first.
        asked = [wish.vector * 0.9**n for n, wish in enumerate(wishes)]
        self.wishes = np.stack(asked, axis=1) if asked else np.zeros((d, 0), dtype=np.float32)
        self.centre: np.ndarray = np.zeros(recommender._coarse.shape[1], dtype=np.float32)
        if asked:
            self.centre = _sum_of(
                recommender._coarse, recommender._coarse_sum, allowed
            ) / np.count_nonzero(allowed)

    def sums(self) -> np.ndarray:
        """float32 [items], along the main axes of a large catalogue."""
        if not self.wishes.shape[1]:
            return np.zeros(len(self.of.items), dtype=np.float32)
        along = self.of._axes.T @ self.wishes.sum(axis=1)
        sums = self.of._coarse @ along
        sums -= self.centre @ along
        return np.asarray(sums)

    def parts(self, rows: np.ndarray) -> np.ndarray:
        """float32 [rows, w], along all axes."""
        centre = self.of._mean + self.of._axes @ self.centre
        return np.asarray(self.of.vectors[rows] @ self.wishes - centre @ self.wishes)


def _sum_of(every: np.ndarray, total: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Sum of the allowed rows [n, d], whose sum is `total` [d], by the smaller side."""
    if 2 * np.count_nonzero(allowed) < len(allowed):
        return np.asarray(every[allowed].sum(axis=0), dtype=np.float32)
    others = every[np.flatnonzero(~allowed)]
    return np.asarray(total - others.sum(axis=0), dtype=np.float32)


def _axes(centred: np.ndarray) -> np.ndarray:
    """float32 [d, n]: the main axes of many vectors (PCA), or every axis of few."""
    count, d = centred.shape
    if count <= EXACT_ITEMS or d <= AXES:
        return np.eye(d, dtype=np.float32)
    some = centred[:: max(1, count // EXACT_ITEMS)]
    _, main = np.linalg.eigh(some.T @ some)
    return np.ascontiguousarray(main[:, -AXES:], dtype=np.float32)


def _scale(sums: np.ndarray, within: np.ndarray, count: int) -> float:
    """What brings the sums of `count` candidates, of a mean near 0, to a standard deviation of one.

    `within` is 1 for candidates; sums of others, where it is 0, are set to 0.
    """
    sums *= within
    spread = np.sqrt(max(float(sums @ sums) / count - (float(sums @ within) / count) ** 2, 0))
    return float(1 / spread) if spread > 1e-6 else 0.0
