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

from recsys.collaborative import Collaborative
from recsys.diversity import SAME_TYPE, levels, mixed
from recsys.highest import Alike
from recsys.nearness import FAR, Nearness, Wish
from recsys.training import Trained

HALF_KNOWN = 3.0
CONTENT, POPULARITY = 0.8, 0.5
# What a type that moves people most gains over one of which nothing is known: as much as one item
# of its type that is listed already costs it.
LEANING = SAME_TYPE
REASONS = 2
# So many more than are listed are scored on all axes, of each type and price level.
MARGIN = 30
# The products here take less time than waiting for a second thread does on a busy machine.
THREADS = ThreadpoolController().select(user_api="blas")


@dataclass(frozen=True, slots=True)
class Reason:
    """What moved an item's score, and by how much."""

    kind: Literal["asked", "topic", "item", "popular", "new"]
    object: str
    weight: float


@dataclass(frozen=True, slots=True)
class Recommended:
    """`score` is what the item's reasons make up; `standing` what decided its place: the score, and
    what its type was measured to bring, less what it lost to items of its type and price level that
    are listed before it. It falls along a list."""

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
        self._types, self.types = np.unique(np.array(types, dtype=str), return_inverse=True)
        self.reprice(np.zeros(len(items)) if prices is None else prices)
        self._row = {item: number for number, item in enumerate(self.items)}
        self._content = Nearness(vectors)
        numbers = None if prices is None else np.log1p(prices)[:, None]
        self._learned = Collaborative(self._row, model, vectors, self.types, numbers)
        self.popularity = self._learned.popularity
        # Of which it is known how popular they are, not only foretold.
        self.counted = self._learned.known
        if model is None and taken_up is not None:
            self.recount(taken_up)

    def recommend(
        self,
        history: Mapping[str, float],
        wishes: Sequence[Wish],
        *,
        k: int,
        candidates: Collection[str] | np.ndarray | None = None,
        leave_out: Collection[str] = (),
        leanings: Mapping[str, float] | None = None,
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
        with THREADS.limit(limits=1):
            return self._ranked(history, wishes, k, allowed, leanings or {})

    def _ranked(
        self,
        history: Mapping[str, float],
        wishes: Sequence[Wish],
        k: int,
        allowed: np.ndarray,
        leanings: Mapping[str, float],
    ) -> list[Recommended]:
        known = sum(map(abs, history.values()))
        share = known / (known + HALF_KNOWN)
        fold = self._learned.fold(history, self._row, allowed)
        content = self._content.to(wishes, allowed)
        within = allowed.astype(np.float32)
        count = int(np.count_nonzero(allowed))
        popular = self.popularity - self.popularity @ within / np.float32(count)
        by_item, by_content = fold.sums(), content.sums()
        scales = (
            share * _scale(by_item, within, count),
            CONTENT * _scale(by_content, within, count, content.variance_left_out()),
            (1 - share) * POPULARITY * _scale(popular, within, count),
        )
        popular *= scales[2]
        rough = scales[0] * by_item
        rough += scales[1] * by_content
        rough += popular
        rough += FAR * (within - 1)
        rows = self._alike.highest(rough, k + MARGIN)
        rows = np.sort(rows[allowed[rows]])
        scores = scales[0] * by_item[rows] + scales[1] * content.exact(rows) + popular[rows]
        lean = LEANING * np.array([leanings.get(name, 0.0) for name in self._types.tolist()])
        chosen = mixed(scores + lean[self.types[rows]], self.types[rows], self.levels[rows], k)
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

    def recount(self, taken_up: np.ndarray) -> None:
        """Takes up anew, without a model, how many people took each item up (int [items], or of
        more than these)."""
        counts = taken_up[: len(self.items)]
        self.popularity = np.log1p(counts).astype(np.float32)
        self.counted = counts > 0

    def reprice(self, prices: np.ndarray) -> None:
        """Takes up other prices (float [items]), for the mix of lists alone."""
        self.levels = levels(prices)
        kinds = self.types * (self.levels.max(initial=0) + 1) + self.levels
        # A mixed list holds those of one type and level back alike.
        self._alike = Alike(kinds)

    def nearest(self, query: np.ndarray, allowed: np.ndarray, k: int) -> list[int]:
        """Rows of the k allowed items (bool [items]) that are nearest to a vector float32 [d]."""
        with THREADS.limit(limits=1):
            return self._content.nearest(query, allowed, k)

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


def _scale(sums: np.ndarray, within: np.ndarray, count: int, left_out: float = 0.0) -> float:
    """What brings the sums of `count` candidates, of a mean near 0, to a standard deviation of one;
    `left_out` is what their variance lacks.

    `within` is 1 for candidates; sums of others, where it is 0, are set to 0.
    """
    sums *= within
    variance = float(sums @ sums) / count - (float(sums @ within) / count) ** 2 + left_out
    spread = np.sqrt(max(variance, 0))
    return float(1 / spread) if spread > 1e-6 else 0.0
