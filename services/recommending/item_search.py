"""Items by words: the search that lessons have, by words and by meaning, over the catalogue."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from retrieval.batching import BatchingEncoder, Vector, Vectors
from retrieval.bm25 import Bm25
from retrieval.cosines import cosines_of
from retrieval.fusion import fused
from retrieval.index import Index
from retrieval.words import index_terms, terms
from services.recommending.nonsense import Floors, encoded, floors
from services.recommending.serving import Recommendations
from storage.models import Item

# What a query's cosines with things vary by at least, in E5's units.
SPREAD = 0.01
# A thing is found by words that have this share of the query's rarity, or by a meaning that is
# nearer than nonsense comes. With fewer words, or less near, it is only near.
COVERED = 0.5
# As large a share of the catalogue may come or go without a look at how near nonsense comes to it.
LITTLE = 0.02
# A long text is no search.
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Hits:
    """Items, best first. `sure`: they were found; else they are only near, or there are none."""

    items: Sequence[Item]
    sure: bool


class ItemSearch:
    """Follows the assortment: words are cut again only of what changed, off the event loop."""

    def __init__(
        self,
        recommendations: Recommendations,
        encoder: BatchingEncoder,
        lessons: Callable[[], Index | None] = lambda: None,
    ) -> None:
        """`lessons`: the index that is live, whose words tell what is on the subject."""
        self.recommendations = recommendations
        self.encoder = encoder
        self.lessons = lessons
        self._bm25: Bm25 | None = None
        self._count = 0
        self._cutting = asyncio.Lock()
        self._nonsense: Vectors | None = None
        self._floors: tuple[Vectors, int, Floors] | None = None
        self._fathoming = asyncio.Lock()

    async def find(self, text: str, k: int, now: datetime) -> Hits:
        """The k best of what is on offer. Raises Busy."""
        asked = text[:LONGEST]
        query = await self.encoder.encode(asked)
        vectors = await self.recommendations.vectors()
        bm25 = await self._words()
        which = self.recommendations.assortment.on_offer(now)[: min(len(vectors), self._count)]
        if bm25 is None or not which.any():
            return Hits([], sure=False)
        least = await self._floors_of(vectors, which)
        spread = SPREAD * cosines_of(self.encoder.model).unit
        if _is_taught(asked, await asyncio.to_thread(self.lessons)):
            least = Floors(-math.inf, least.sure)
        found, sure = await asyncio.to_thread(
            _best, asked, query, vectors[: len(which)], bm25, which, k, least, spread
        )
        names = [self.recommendations.assortment.ids[row] for row in found]
        items = await self.recommendations.items(names)
        return Hits([items[name] for name in names if name in items], sure)

    async def _floors_of(self, vectors: Vectors, which: np.ndarray) -> Floors:
        """Of what is on offer, found anew when that has changed by more than little."""
        count = int(which.sum())
        async with self._fathoming:
            known = self._floors
            if known is not None and known[0] is vectors and _is_alike(known[1], count):
                return known[2]
            if self._nonsense is None:
                self._nonsense = await asyncio.to_thread(encoded, self.encoder.model)
            nonsense = self._nonsense
            found = await asyncio.to_thread(
                lambda: floors(nonsense, vectors[: len(which)][which])  # a copy that takes its time
            )
            self._floors = vectors, count, found
            return found

    async def _words(self) -> Bm25 | None:
        assortment = self.recommendations.assortment
        if self._bm25 is not None and not assortment.unworded:
            return self._bm25
        async with self._cutting:
            if changed := dict(assortment.unworded):
                count = len(assortment.ids)
                rows = [-1 if row in changed else row for row in range(count)]
                texts = [changed.get(row, "") for row in range(count)]
                before = self._bm25
                self._bm25 = await asyncio.to_thread(Bm25.build, texts, before, rows)
                self._count = count
                for row, text in changed.items():
                    if assortment.unworded.get(row) == text:
                        del assortment.unworded[row]
        return self._bm25


def _is_taught(text: str, lessons: Index | None) -> bool:
    """Whether lessons have each of a text's words: it is about what is sold here, so that what is
    nearest may help."""
    words = terms(text)
    return bool(words) and lessons is not None and all(map(lessons.bm25.has, words))


def _is_alike(before: int, now: int) -> bool:
    return abs(now - before) <= LITTLE * before


def _best(
    text: str,
    query: Vector,
    vectors: np.ndarray,
    bm25: Bm25,
    which: np.ndarray,
    k: int,
    least: Floors,
    spread: float,
) -> tuple[list[int], bool]:
    """Rows of the k best of `which` (bool [n]), best first, and whether they were found; only
    those that were, if any were, else those that are near."""
    rows = np.flatnonzero(which)
    cosines = (vectors @ query)[rows]  # to copy their rows would take longer
    asked = index_terms(text)
    words = bm25.scores(asked)[rows]
    usual = float(np.mean(cosines)), max(float(np.std(cosines)), spread)
    scores = fused(cosines, cosines, words, bm25.rarity.total(asked), usual)
    order = _first(scores, k * 4)
    wanted = terms(text)
    covers = {n: _cover(bm25, wanted, int(rows[n])) for n in order}
    leads = cosines - usual[0]
    found = [n for n in order if leads[n] > least.sure or covers[n] >= COVERED]
    near = [n for n in order if leads[n] > least.near or covers[n] > 0]
    return [int(rows[n]) for n in (found or near)[:k]], bool(found)


def _first(scores: np.ndarray, count: int) -> list[int]:
    """Places of the highest scores, the highest first; of equal ones the first."""
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        among = np.flatnonzero(scores >= least)
    else:
        among = np.arange(len(scores))
    best: list[int] = among[np.argsort(-scores[among], kind="stable")][:count].tolist()
    return best


def _cover(bm25: Bm25, wanted: Sequence[str], row: int) -> float:
    return bm25.rarity.cover(wanted, bm25.terms_of(row))
