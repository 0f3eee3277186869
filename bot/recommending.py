"""Recommendations for people: joins the catalogue, a person's signals and the recommender."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.answers import vector
from bot.clock import utc_now
from bot.content_vectors import ContentVectors, describe, prices_of
from bot.library import Library
from bot.people import Person
from bot.picks import Pick
from bot.tags import TOPICS, still_speaks
from recsys import artefacts
from recsys.confidence import TELLING, WORTH, Confidence, Signal
from recsys.contest import challenge
from recsys.features import Corrections, settled
from recsys.health import examine
from recsys.progress import Progress, begin, forget
from recsys.recommender import Recommended, Recommender, Wish
from recsys.training import Trained
from retrieval.batching import Vector
from storage.database import Database
from storage.models import Item, Question, User
from storage.models import Signal as SignalRow
from storage.repositories import bookings, items, orders, questions, signals, tags
from storage.repositories.users import CONTRACT_VERBS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

# Acts by which people take a thing up.
TAKING = tuple(verb for verb, worth in WORTH.items() if worth.settles and worth.weight > 0)
# Without a model, what sells is counted anew after so many seconds.
RECOUNT = 60.0

# Whose lists the report looks at.
MOST_USERS = 2000


class Recommendations:
    def __init__(
        self,
        database: Database,
        content: ContentVectors,
        library: Library,
        root: Path,
        margin: float = 0.0,
        explore: float = 0.0,
    ) -> None:
        self.database = database
        self.library = library
        self.root = root
        self.margin = margin
        self.explore = explore
        self.content = content
        self._building = asyncio.Lock()
        self._confidence = Confidence()
        self._live: str | None = ""  # not looked yet
        self.version: str | None = None
        self.faults: tuple[str, ...] = ()  # what is wrong with the live model, if another serves
        self._trained: Trained | None = None
        self._recommender: Recommender | None = None
        self._catalogue = ""
        self._counted = 0.0
        self._topics: dict[str, Vector] = {}
        self._stop = Event()

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

    async def train(
        self, progress: Progress | None = None, *, force: bool = False
    ) -> dict[str, Any]:
        """Trains on the signals of people who agreed, and puts the model to use if it beats the one
        that is live, or with `force`. Returns the new version's manifest. After a crash it goes on
        where it was, on the signals that it had, unless the log changed but for new ones.

        Raises dataset.TooLittleData, artefacts.Busy.
        """
        history, catalogue = await self._all()
        self._stop.clear()
        try:
            manifest = await asyncio.to_thread(self._fit, history, catalogue, force, progress)
        except asyncio.CancelledError:
            self._stop.set()  # the thread ends with its epoch
            raise
        await self.open()
        return asdict(manifest)

    async def _all(self) -> tuple[list[Signal], list[str]]:
        """All signals of people who agreed, oldest first, and the ids of all items."""
        async with self.database.read() as session:
            catalogue = [item.id for item in await items.listed(session)]
            rows = [row async for row in signals.stream(session, signals.of_consenting_users())]
        history = [
            Signal(user, item, verb, value, time, unit)
            for user, verb, kind, thing, value, time, unit in rows
            if (item := self.item_of(kind, thing))
        ]
        return history, catalogue

    async def health(self, now: datetime, k: int = 10) -> dict[str, Any]:
        """`recsys.health` of the top k of a random `MOST_USERS` people, by what they did alone."""
        history, catalogue = await self._all()
        recommender = await self._ready()
        known: dict[int, dict[str, float]] = {}
        for (user, item), value in self._confidence.pairs(history, now).items():
            known.setdefault(user, {})[item] = value
        chosen = random.Random(7).sample(sorted(known), min(MOST_USERS, len(known)))  # noqa: S311

        def examined() -> dict[str, Any]:
            lists = [
                [one.item for one in recommender.recommend(own, [], k=k, leave_out=own)]
                for own in map(known.__getitem__, chosen)
            ]
            return asdict(examine(lists, history, catalogue, now, self._confidence))

        return {"version": self.version} | await asyncio.to_thread(examined)

    def _fit(
        self,
        history: Sequence[Signal],
        catalogue: list[str],
        force: bool,
        progress: Progress | None,
    ) -> artefacts.Manifest:
        with artefacts.training(self.root):
            champion = artefacts.load(self.root)
            history = begin(self.root, history, catalogue)
            trained, outcome = challenge(
                history,
                catalogue,
                max((signal.time for signal in history), default=utc_now()),
                champion[0].champion if champion else None,
                margin=self.margin,
                force=force,
                confidence=self._confidence,
                progress=progress,
                stop=self._stop,
                root=self.root,
            )
            manifest = artefacts.save(self.root, trained, outcome)
            forget(self.root)
        return manifest

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
        async with self.database.read() as session:
            offered = await items.listed(
                session, items.on_offer(now or user.seen_at), items.has_room()
            )
            mine = await self._taken(session, user.id)
            done = await self._settled(session, user) | mine | set(leave_out)
            personal = user.personalisation is True
            acts = await signals.of_user(session, user.id) if personal else []
            asked = await self._asked(session, user.id) if personal else []
        history = self._history(user.id, acts)
        candidates = [
            item
            for item in offered
            if item.id not in done
            and (type_ is None or item.type == type_)
            and (item.city is None or user.city is None or item.city == user.city)
        ]
        if not candidates:
            return []
        ids = [item.id for item in candidates]
        ranked = await self._ranked(user, history, asked, ids, k, now or user.seen_at)
        ties = {signal.item: "liked" for signal in history if signal.verb == "liked"}
        return await self._picks(ranked, candidates, ties | dict.fromkeys(mine, "owned"))

    async def _taken(self, session: AsyncSession, user_id: int) -> set[str]:
        """What the user owns or has booked here."""
        mine = {item.id for _, item in await orders.owned(session, user_id)}
        return mine | {item.id for _, item in await bookings.of_user(session, user_id)}

    async def _asked(
        self, session: AsyncSession, user_id: int, *where: ColumnElement[bool]
    ) -> Sequence[bytes]:
        """The vectors of what the user asked, by the encoder in use."""
        return await questions.embeddings(session, user_id, self.content.encoder, *where)

    async def _settled(self, session: AsyncSession, user: User) -> set[str]:
        """What the user took up, here or elsewhere, or refused: it isn't recommended again, unless
        that was taken back. Without consent only acts of a contract are looked at."""
        verbs = TELLING
        if user.personalisation is not True:
            verbs = tuple(verb for verb in TELLING if verb in CONTRACT_VERBS)
        acts = await signals.latest(session, user.id, verbs)
        return self._confidence.settled(
            Signal(user.id, item, verb, None, time)
            for verb, kind, thing, time in acts
            if (item := self.item_of(kind, thing))
        )

    async def rank(self, user: User, candidates: Sequence[str], at: datetime) -> list[str]:
        """All of the candidates that are in the catalogue, as the live model ranks them by what was
        known of a consenting user at a time; topics and corrections are today's."""
        async with self.database.read() as session:
            acts = await signals.of_user(session, user.id, SignalRow.occurred_at < at)
            asked = await self._asked(session, user.id, Question.asked_at < at)
        history = self._history(user.id, acts)
        ranked = await self._ranked(user, history, asked, candidates, len(candidates), at)
        return [one.item for one in ranked]

    def _history(self, user: int, acts: Sequence[SignalRow]) -> list[Signal]:
        return [
            Signal(user, item, act.verb, act.value, act.occurred_at, act.unit)
            for act in acts
            if (item := self.item_of(act.object_type, act.object_id))
        ]

    async def _ranked(
        self,
        user: User,
        history: Sequence[Signal],
        asked: Sequence[bytes],
        candidates: Sequence[str],
        k: int,
        now: datetime,
    ) -> list[Recommended]:
        recommender = await self._ready()
        personal = user.personalisation is True
        async with self.database.read() as session:
            corrections = await tags.of_user(session, user.id) if personal else {}
            things = {item.id: item for item in await items.listed(session)}
        # What was disliked stays disliked; what was liked counts as far as its tags were kept.
        weights = {
            item: value * (still_speaks(things[item], corrections) if value > 0 else 1.0)
            for (_, item), value in self._confidence.pairs(history, now).items()
            if item in things
        }
        wishes = await self._wishes(user, asked, corrections) if personal else []
        return await asyncio.to_thread(
            recommender.recommend,
            {item: weight for item, weight in weights.items() if weight},
            wishes,
            k=k,
            candidates=candidates,
        )

    async def _wishes(
        self, user: User, asked: Sequence[bytes], corrections: Corrections
    ) -> list[Wish]:
        """What was asked and which topics were chosen, less what the person took away."""
        vectors = [vector(embedding) for embedding in asked]
        if corrections:
            nearest = await self.nearest_topics(vectors)
            vectors = [
                one
                for one, topic in zip(vectors, nearest, strict=True)
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
        if not vectors:
            return []
        await self._ready()
        topics = np.stack([self._topics[topic] for topic in TOPICS])
        # Cosines of one encoder share a large common part, which says nothing.
        near = np.stack(vectors) @ (topics - topics.mean(axis=0)).T
        return [TOPICS[best] for best in near.argmax(axis=1)]

    async def beside_answer(
        self, person: Person, query: Vector, courses: Sequence[str], k: int
    ) -> list[Item]:
        """What to offer beside an answer: the cited course, and the nearest of another type."""
        async with self.database.read() as session:
            offered = await items.listed(session, items.on_offer(person.now), items.has_room())
            if not offered:
                return []
            mine = await self._taken(session, person.id)
            mine |= await self._settled(session, person.row)
        recommender = await self._ready()
        near = recommender.vectors @ query
        order = {recommender.items[row]: place for place, row in enumerate(np.argsort(-near))}
        cited = [item for item in offered if item.id in courses and item.id not in mine]
        cited.sort(key=lambda item: courses.index(item.id))
        others = [
            item
            for item in sorted(offered, key=lambda item: order.get(item.id, len(order)))
            if item.type != "course"
            and item.id not in mine
            and (item.city is None or item.city == person.row.city)
        ]
        return [*cited[:1], *others[: k - len(cited[:1])]]

    async def _picks(
        self, ranked: list[Recommended], offered: Sequence[Item], ties: Mapping[str, str]
    ) -> list[Pick]:
        by_id = {item.id: item for item in offered}
        named = {reason.object for one in ranked for reason in one.reasons if reason.kind == "item"}
        async with self.database.read() as session:
            found = [await items.get(session, item_id) for item_id in named]
        titles = {item.id: item.title for item in found if item is not None}
        return [Pick(by_id[one.item], one.standing, one.reasons, titles, ties) for one in ranked]

    async def _ready(self) -> Recommender:
        """The live model over the catalogue as it is now; only what changed is encoded."""
        await self.open()
        async with self.database.read() as session:
            catalogue = await items.listed(session)
        described = {item.id: describe(item) for item in catalogue}
        prices = prices_of(catalogue)
        state = hashlib.sha256(
            repr((sorted(described.items()), prices.tolist())).encode()
        ).hexdigest()
        # Whoever comes while it is made waits for the same one.
        async with self._building:
            if self._recommender is None or state != self._catalogue or self._is_count_old():
                vectors, self._topics = await asyncio.to_thread(self.content.of, described)
                types = [item.type for item in catalogue]
                takers = await self._takers(described)
                self._recommender = Recommender(
                    list(described), types, vectors, self._trained, prices, takers
                )
                self._catalogue = state
            return self._recommender

    def _is_count_old(self) -> bool:
        return self._trained is None and monotonic() > self._counted + RECOUNT

    async def _takers(self, described: Mapping[str, str]) -> np.ndarray | None:
        """How many people took up each of the items, int [items]; a model knows that by itself."""
        if self._trained is not None:
            return None
        async with self.database.read() as session:
            counts = await signals.takers(session, TAKING)
        self._counted = monotonic()
        return np.array([counts.get(item, 0) for item in described], dtype=int)

    def item_of(self, kind: str, thing: str) -> str | None:
        """The item that an act was on; a document stands for its course."""
        if kind == "item":
            return thing
        return self.library.course_of(thing) if kind == "document" else None
