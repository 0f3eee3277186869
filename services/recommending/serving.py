"""Recommendations for people: joins the catalogue, a person's signals and the recommender."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from recsys import artefacts
from recsys.confidence import WORTH, Confidence
from recsys.features import Corrections, settled
from recsys.nearness import Wish
from recsys.recommender import Recommended, Recommender
from recsys.training import Trained
from retrieval.batching import Vector
from services.content.library import Library
from services.people import Person
from services.recommending.assortment import Assortment, Changes
from services.recommending.content_vectors import ContentVectors
from services.recommending.history import Histories
from services.recommending.known import Knowing, Known
from services.recommending.picks import Pick
from services.recommending.tags import TOPICS, still_speaks
from storage.arrays import vector
from storage.database import Database
from storage.models import Item, User
from storage.repositories import items, signals

# Acts by which people take a thing up.
TAKING = tuple(verb for verb, worth in WORTH.items() if worth.settles and worth.weight > 0)
# Without a model, what sells is counted anew after so many seconds.
RECOUNT = 60.0

# How surely what is related to an item is told by that item: as by a purchase.
ALONE = 5.0


class Recommendations:
    def __init__(
        self,
        database: Database,
        content: ContentVectors,
        library: Library,
        root: Path,
        explore: float = 0.0,
    ) -> None:
        self.database = database
        self.library = library
        self.root = root
        self.explore = explore
        self.content = content
        self._building = asyncio.Lock()
        self.confidence = Confidence()
        self._live: str | None = ""  # not looked yet
        self.version: str | None = None
        self.faults: tuple[str, ...] = ()  # what is wrong with the live model, if another serves
        self._trained: Trained | None = None
        self._recommender: Recommender | None = None
        self.assortment = Assortment()
        histories = Histories(self.confidence, self.item_of, lambda: library.dealt_out)
        self._knowing = Knowing(
            self.assortment, histories, self.confidence, self.item_of, content.encoder
        )
        self._vectors = np.zeros((0, 0), dtype=np.float32)
        self._priced = 0
        self._counted = 0.0
        self._topics: dict[str, Vector] = {}
        # Which types move a person, by their segment, which is told by what stands above this.
        self.leanings: Callable[[User], Awaitable[Mapping[str, float]]] = _no_leanings

    async def open(self) -> None:
        """Loads the live model, if there is one; another that is live since is taken up."""
        live = artefacts.live(self.root)
        if live == self._live:
            return
        loaded, faults = await asyncio.to_thread(artefacts.found, self.root)
        self._live, self.faults = live, tuple(faults)
        self.version = loaded[0].version if loaded else None
        self._trained = loaded[1] if loaded else None
        self._recommender = None

    @property
    def is_trained(self) -> bool:
        return self._trained is not None

    async def for_person(
        self, person: Person, k: int, leave_out: Collection[str] = ()
    ) -> list[Pick]:
        return await self.pick(person.row, k, now=person.now, leave_out=leave_out)

    async def pick(
        self,
        user: User,
        k: int,
        type_: str | None = None,
        *,
        now: Any = None,
        leave_out: Collection[str] = (),
    ) -> list[Pick]:
        """The k items that fit a user best. Without their consent, what is popular."""
        at = now or user.seen_at
        known = await self.database.together(lambda session: self._knowing.all(session, user))
        recommender = await self.ready(known.changes)
        allowed = self._offered(recommender, at, {*known.settled, *leave_out})
        if type_ is not None:
            allowed &= self.assortment.of_type(type_)[: len(allowed)]
        if user.city is not None:
            allowed &= self.assortment.in_city(user.city)[: len(allowed)]
        if not allowed.any():
            return []
        leanings = await self.leanings(user)
        ranked = await self._ranked(recommender, user, known, allowed, k, at, leanings)
        ties: dict[str, str] = {}
        if known.history is not None:
            acts = ("viewed", "liked")
            ties = {item: verb for verb in acts for item in known.history.items_with(verb)}
        return await self._picks(ranked, ties | dict.fromkeys(known.taken, "owned"))

    def _offered(self, recommender: Recommender, at: datetime, done: Collection[str]) -> np.ndarray:
        """bool [items of the recommender]: on offer, with room, and not `done` with."""
        allowed = self.assortment.on_offer(at) & self.assortment.has_room()
        allowed[self.assortment.rows(done)] = False
        # What came while it was made has no place in it yet.
        return np.asarray(allowed[: len(recommender.items)])

    async def rank(self, user: User, candidates: Sequence[str], at: datetime) -> list[str]:
        """All of the candidates that are in the catalogue, as the live model ranks them by what was
        known of a consenting user at a time; topics and corrections are today's."""
        known = await self.database.together(lambda session: self._knowing.all(session, user, at))
        recommender = await self.ready(known.changes)
        ranked = await self._ranked(recommender, user, known, candidates, len(candidates), at)
        return [one.item for one in ranked]

    async def _ranked(
        self,
        recommender: Recommender,
        user: User,
        known: Known,
        candidates: Collection[str] | np.ndarray,
        k: int,
        now: datetime,
        leanings: Mapping[str, float] | None = None,
    ) -> list[Recommended]:
        """What was disliked stays disliked; what was liked counts as far as its tags were kept."""
        about, row, corrections = self.assortment.tags, self.assortment.row, known.corrections
        history = known.history.weights(now) if known.history is not None else {}
        weights = {item: value for item, value in history.items() if item in row}
        if corrections:
            for item, value in weights.items():
                if value > 0:
                    weights[item] = value * still_speaks(about[row[item]], corrections)
            weights = {item: value for item, value in weights.items() if value}
        wishes = self._wishes(user, known.asked, corrections) if known.history is not None else []
        return await asyncio.to_thread(
            recommender.recommend, weights, wishes, k=k, candidates=candidates, leanings=leanings
        )

    def _wishes(self, user: User, asked: Sequence[bytes], corrections: Corrections) -> list[Wish]:
        """What was asked and which topics were chosen, less what the person took away."""
        vectors = [vector(embedding) for embedding in asked]
        if corrections:
            vectors = [
                one
                for one, topic in zip(vectors, self._nearest_topics(vectors), strict=True)
                if f"topic.{topic}" not in corrections
            ]
        wishes = [Wish("asked", "", one) for one in vectors]
        # Topics that were chosen, and those that were put in place of others.
        chosen = [*(f"topic.{topic}" for topic in user.topics), *corrections]
        stands = (settled(tag, corrections) for tag in chosen)
        topics = dict.fromkeys(tag.removeprefix("topic.") for tag in stands if tag)
        return wishes + [Wish("topic", t, self._topics[t]) for t in topics if t in self._topics]

    async def nearest_topics(self, vectors: Sequence[Vector]) -> list[str]:
        """The topic that each query vector is nearest to."""
        if not self._topics:
            self._topics = await asyncio.to_thread(self.content.topics)
        return self._nearest_topics(vectors)

    def _nearest_topics(self, vectors: Sequence[Vector]) -> list[str]:
        if not vectors:
            return []
        topics = np.stack([self._topics[topic] for topic in TOPICS])
        # Cosines of one encoder share a large common part, which says nothing.
        near = np.stack(vectors) @ (topics - topics.mean(axis=0)).T
        return [TOPICS[best] for best in near.argmax(axis=1)]

    async def beside_answer(
        self, person: Person, query: Vector, courses: Sequence[str], k: int
    ) -> list[Item]:
        """What to offer beside an answer: the cited course, and the nearest of another type."""
        known = await self.database.together(
            lambda session: self._knowing.limits(session, person.row)
        )
        recommender = await self.ready(known.changes)
        if not recommender.items:
            return []
        allowed = self._offered(recommender, person.now, known.settled)
        count = len(allowed)
        cited = [row for row in self.assortment.rows(courses) if row < count and allowed[row]]
        allowed &= ~self.assortment.of_type("course")[:count]
        allowed &= self.assortment.in_city(person.row.city)[:count]
        near = await asyncio.to_thread(recommender.nearest, query, allowed, k)
        chosen = [*cited[:1], *(row for row in near if row not in cited[:1])][:k]
        names = [self.assortment.ids[row] for row in chosen]
        found = await self.items(names)
        return [found[name] for name in names if name in found]

    async def _picks(self, ranked: list[Recommended], ties: Mapping[str, str]) -> list[Pick]:
        named = {reason.object for one in ranked for reason in one.reasons if reason.kind == "item"}
        wanted = {*named, *(one.item for one in ranked)}
        found = await self.items(wanted)
        titles = {name: found[name].title for name in named if name in found}
        return [
            Pick(found[one.item], one.standing, one.reasons, titles, ties)
            for one in ranked
            if one.item in found
        ]

    async def followed(self) -> Assortment:
        """The catalogue as it is now."""
        self.assortment.take_in(await self.database.together(self.assortment.changes))
        return self.assortment

    async def vectors(self) -> np.ndarray:
        """float32 [n, d]: what the items are about, by row of the assortment as it is now."""
        await self.ready()
        return self._vectors

    async def related(self, user: User, item_id: str, k: int, now: datetime) -> list[Item]:
        """What goes with an item, by what people did with both and by what they are about: of
        what is on offer, and not had or refused by the user."""
        known = await self.database.together(lambda session: self._knowing.limits(session, user))
        recommender = await self.ready(known.changes)
        if item_id not in self.assortment.row:
            return []
        allowed = self._offered(recommender, now, {*known.settled, item_id})
        if user.city is not None:
            allowed &= self.assortment.in_city(user.city)[: len(allowed)]
        row = self.assortment.row[item_id]
        if not allowed.any() or row >= len(self._vectors):
            return []
        about = [Wish("topic", "", self._vectors[row])]
        ranked = await asyncio.to_thread(
            recommender.recommend, {item_id: ALONE}, about, k=k, candidates=allowed
        )
        found = await self.items([one.item for one in ranked])
        return [found[one.item] for one in ranked if one.item in found]

    async def items(self, ids: Collection[str]) -> dict[str, Item]:
        """As they were when the changes of the catalogue were taken in, or later."""
        found = self.assortment.held(ids)
        missing = [name for name in ids if name not in found]
        if missing:
            read = await self.database.together(lambda session: items.by_ids(session, missing))
            self.assortment.hold(read.values())
            found |= read
        return found

    async def ready(self, changes: Changes | None = None) -> Recommender:
        """The live model over the catalogue as it is now; only what changed is read and encoded."""
        await self.open()
        if changes is None:
            changes = await self.database.together(self.assortment.changes)
        self.assortment.take_in(changes)
        if self._recommender is None or self.assortment.unread:
            # Whoever comes while it is made waits for the same one.
            async with self._building:
                if self._recommender is None or self.assortment.unread:
                    self._recommender = await self._made()
        if self._is_count_old():
            self._recommender.recount(await self._takers())
        if self._priced != self.assortment.repriced:
            self._priced = self.assortment.repriced
            self._recommender.reprice(self.assortment.prices[: len(self._recommender.items)])
        return self._recommender

    async def _made(self) -> Recommender:
        unread, ids = dict(self.assortment.unread), list(self.assortment.ids)
        types, prices = self.assortment.types_of(), self.assortment.prices.astype(float)
        self._priced = self.assortment.repriced
        takers = None if self._trained else await self._takers()

        def make() -> Recommender:
            if unread:
                found = self.content.of(
                    list(unread.values()), all_there_are=len(unread) == len(ids)
                )
                vectors = np.zeros((len(ids), found.shape[1]), dtype=np.float32)
                if len(self._vectors):
                    vectors[: len(self._vectors)] = self._vectors
                vectors[list(unread)] = found
                self._vectors = vectors
            if not self._topics:
                self._topics = self.content.topics()
            return Recommender(ids, types, self._vectors, self._trained, prices, takers)

        made = await asyncio.to_thread(make)
        if len(unread) == len(ids):
            # A catalogue stays: looking through it for garbage would hold requests up, again and
            # again. Only when all of it is new, since this look holds everything up, too.
            gc.collect()
            gc.freeze()
        for row, text in unread.items():
            if self.assortment.unread.get(row) == text:
                del self.assortment.unread[row]
        return made

    def _is_count_old(self) -> bool:
        return self._trained is None and monotonic() > self._counted + RECOUNT

    async def _takers(self) -> np.ndarray:
        """How many people took up each of the items, int [items]."""
        self._counted = monotonic()
        counts = await self.database.together(lambda session: signals.takers(session, TAKING))
        return np.array([counts.get(item, 0) for item in self.assortment.ids], dtype=int)

    def item_of(self, kind: str, thing: str) -> str | None:
        """The item that an act was on; a document stands for its course."""
        if kind == "item":
            return thing
        return self.library.course_of(thing) if kind == "document" else None


async def _no_leanings(_user: User) -> Mapping[str, float]:
    return {}
