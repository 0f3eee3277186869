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

from recsys.training import Trained

HALF_KNOWN = 3.0
CONTENT, POPULARITY = 0.8, 0.5
# Chosen on held-out items of the sample's behaviour: see docs/benchmarks.md.
RIDGE = 3.0
# Each item of a type that is listed already costs this much, so that lists mix types.
SAME_TYPE = 0.35
REASONS = 2


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
    item: str
    score: float
    reasons: tuple[Reason, ...]


class Recommender:
    """`vectors` are the items' content vectors, float32 [items, d], L2-normalised; `model` may be
    missing, and may lack items that are newer than it."""

    def __init__(
        self,
        items: Sequence[str],
        types: Sequence[str],
        vectors: np.ndarray,
        model: Trained | None = None,
    ) -> None:
        self.items = list(items)
        self.types = list(types)
        self.vectors = vectors
        self._row = {item: number for number, item in enumerate(self.items)}
        # Cosines of one encoder share a large common part, which says nothing.
        self._mean = vectors.mean(axis=0)
        self.popularity = np.zeros(len(items), dtype=np.float32)
        factors = model.embeddings.shape[1] if model else 1
        self.factors = np.zeros((len(items), factors), dtype=np.float32)
        self.known_item = np.zeros(len(items), dtype=bool)
        if model is not None:
            for column, item in enumerate(model.items):
                if (row := self._row.get(item)) is not None:
                    self.factors[row] = model.embeddings[column]
                    self.popularity[row] = np.log1p(model.popularity[column])
                    self.known_item[row] = True
            if self.known_item.any():
                # Items that the model has not met get the popularity of an average one.
                self.popularity[~self.known_item] = self.popularity[self.known_item].mean()

    def recommend(
        self,
        history: Mapping[str, float],
        wishes: Sequence[Wish],
        *,
        k: int,
        candidates: Collection[str],
    ) -> list[Recommended]:
        """The k best of the candidates, best first.

        `history` is the user's confidence by item (negative: unwanted). A user of whom nothing is
        known gets popular items.
        """
        rows = np.array([self._row[item] for item in candidates if item in self._row], dtype=int)
        if not len(rows):
            return []
        fold = self._fold_in(history, rows)
        content = self._content(wishes, rows)
        known = sum(map(abs, history.values()))
        share = known / (known + HALF_KNOWN)
        parts = {
            "items": share * _scale(fold) * fold,
            "content": CONTENT * _scale(content) * content,
        }
        popular = self.popularity[rows] - self.popularity[rows].mean()
        popular = (1 - share) * POPULARITY * _scale(popular[:, None]) * popular
        scores = parts["items"].sum(1) + parts["content"].sum(1) + popular
        order = self._mixed(scores, rows, k)
        sources: list[str | Wish] = [*history, *wishes]
        moved = np.hstack([parts["items"], parts["content"]])
        return [
            Recommended(
                self.items[rows[n]],
                float(scores[n]),
                self._reasons(rows[n], moved[n], float(popular[n]), sources),
            )
            for n in order
        ]

    def _fold_in(self, history: Mapping[str, float], rows: np.ndarray) -> np.ndarray:
        """What each item of the history adds to each candidate's score, float32 [candidates, h].

        Fold-in of Hu, Koren, Volinsky 2008, section 5: with the item factors Y fixed, the user's
        factors are (Y'CY + λI)^-1 Y'Cp, so the score is a sum over the history.
        """
        moved = np.zeros((len(rows), len(history)), dtype=np.float32)
        mine = [(n, self._row[item]) for n, item in enumerate(history) if item in self._row]
        if not mine or not self.known_item.any():
            return moved
        places = np.array([row for _, row in mine])
        values = np.array(list(history.values()), dtype=np.float32)[[n for n, _ in mine]]
        y, c = self.factors[places], np.log1p(np.abs(values))
        inverse = np.linalg.inv((y * c[:, None]).T @ y + RIDGE * np.eye(y.shape[1]))
        moved[:, [n for n, _ in mine]] = self.factors[rows] @ inverse @ (y.T * c * np.sign(values))
        # Compared with the average candidate, so that an item without factors is an average one.
        known = self.known_item[rows]
        moved[known] -= moved[known].mean(axis=0) if known.any() else 0
        # An item is no reason for itself.
        for n, row in mine:
            moved[rows == row, n] = 0
        return moved

    def _content(self, wishes: Sequence[Wish], rows: np.ndarray) -> np.ndarray:
        """Nearness of each candidate to each wish, centred, float32 [candidates, w]."""
        if not wishes:
            return np.zeros((len(rows), 0), dtype=np.float32)
        asked = np.stack([wish.vector for wish in wishes])
        near = (self.vectors[rows] - self._mean) @ asked.T
        near -= near.mean(axis=0)
        # What was asked last counts most; wishes come newest first.
        return np.asarray(near * 0.9 ** np.arange(len(wishes)), dtype=np.float32)

    def _mixed(self, scores: np.ndarray, rows: np.ndarray, k: int) -> list[int]:
        """Greedy choice with a price on every further item of one type."""
        left = scores.astype(float).copy()
        chosen: list[int] = []
        types = np.array([self.types[row] for row in rows])
        for _ in range(min(k, len(rows))):
            best = int(left.argmax())
            chosen.append(best)
            left[best] = -np.inf
            left[types == types[best]] -= SAME_TYPE
        return chosen

    def _reasons(
        self, row: int, moved: np.ndarray, popular: float, sources: Sequence[str | Wish]
    ) -> tuple[Reason, ...]:
        """The strongest things that raised the score."""
        reasons = []
        for weight, source in zip(moved, sources, strict=True):
            if weight > 0.05:
                if isinstance(source, Wish):
                    reasons.append(Reason(source.kind, source.object, float(weight)))
                else:
                    reasons.append(Reason("item", source, float(weight)))
        if popular > 0.05:
            reasons.append(Reason("popular", "", popular))
        reasons.sort(key=lambda reason: reason.weight, reverse=True)
        if not reasons and not self.known_item[row]:
            reasons = [Reason("new", self.items[row], 0.0)]
        return tuple(reasons[:REASONS]) or (Reason("popular", "", popular),)


def _scale(parts: np.ndarray) -> float:
    """What brings the row sums of `parts` to a standard deviation of one."""
    spread = float(parts.sum(axis=1).std()) if parts.shape[1] else 0.0
    return 1 / spread if spread > 1e-6 else 0.0
