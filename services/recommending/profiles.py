"""Profiles of people and their segments: joins signals, questions and corrections with recsys.

A person's profile is worked out when it is looked at and kept nowhere; on disk is only what
segments look like. So consent taken back, a deletion and a correction hold at once.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from recsys import segment_files
from recsys.features import Attributes, Corrections, Features, features, shares
from recsys.log import Log
from recsys.log import Signal as Act
from recsys.segments import PRIOR, Progress, Segments, fit, leading
from services.recommending.logs import log_of
from services.recommending.serving import Recommendations
from services.recommending.tags import attributes_of
from storage.arrays import vector
from storage.database import Database
from storage.models import Item, Signal, User
from storage.repositories import questions, signal_columns, signals, tags

OWN_TAGS = 5
SHOWN_BLOCKS = ("topic", "type", "brand")
SEGMENT = "segment."
# Under this tag is kept which group a person chose, whichever they were placed in.
GROUP = "segment"


@dataclass(frozen=True, slots=True)
class Profile:
    """`segment` is the index in `segments`, None where the person wants none or there is nothing
    to go by; `rejected` are the corrections that hold."""

    segments: Segments | None
    segment: int | None
    tags: list[str]
    rejected: Corrections


class Profiles:
    def __init__(
        self,
        database: Database,
        recommendations: Recommendations,
        root: Path,
        clock: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.recommendations = recommendations
        self.root = root
        self.clock = clock
        self._building = asyncio.Lock()
        self._live: tuple[str, Segments] | None = None
        self._seen: str | None = None

    async def live(self) -> Segments | None:
        """The live segments, taken up anew when another process has made newer ones."""
        version = await asyncio.to_thread(segment_files.live, self.root)
        if self._live is None or self._seen != version:
            self._live = await asyncio.to_thread(segment_files.load, self.root)
            self._seen = version
        return self._live[1] if self._live else None

    async def ready(self) -> Segments:
        """The live segments, made now where there are none. Raises TooLittleData."""
        async with self._building:
            found = await self.live()
            return found or await self._build(None)

    async def build(self, progress: Progress | None = None) -> Segments:
        """Makes new segments of everyone who agrees, and puts them to use.

        Raises TooLittleData, and filelock.Timeout while another process makes them.
        """
        async with self._building:
            return await self._build(progress)

    async def _build(self, progress: Progress | None) -> Segments:
        found, corrections = await self._features()
        chosen = {
            user: _segment_id(own[GROUP]) for user, own in corrections.items() if GROUP in own
        }
        last = await self.live()
        made = await asyncio.to_thread(fit, found, last, progress, chosen)
        await asyncio.to_thread(segment_files.save, self.root, made)
        self._live = None
        return await self.live() or made

    async def of(self, user: User) -> Profile | None:
        """A person's profile as of now; None without their consent."""
        if user.personalisation is not True:
            return None
        found, corrections = await self._features_of(user.id)
        segments = await self.live()
        if segments is None or not found.users:
            return Profile(segments, None, [], corrections)
        row = _aligned(found, segments.names)
        index: int | None = int(segments.place(row)[0])
        if GROUP in corrections:
            wanted = _segment_id(corrections[GROUP])
            index = segments.ids.index(wanted) if wanted in segments.ids else None
        share = shares(row, segments.names, segments.usual, PRIOR)[0]
        top = leading(segments.names, share, segments.usual, len(share))
        own = [
            tag
            for tag in top
            if tag.partition(".")[0] in SHOWN_BLOCKS and row[0, segments.names.index(tag)] > 0
        ]
        return Profile(segments, index, own[:OWN_TAGS], corrections)

    async def reject(self, user_id: int, tag: str, instead: str | None) -> None:
        """A person takes a tag or their group away, or puts another in its place."""
        async with self.database.write() as session:
            await tags.reject(session, user_id, _correctable(tag), instead, self.clock())

    async def restore(self, user_id: int, tag: str) -> None:
        async with self.database.write() as session:
            await tags.restore(session, user_id, _correctable(tag))

    async def branded(self) -> Collection[Item]:
        """One item of each brand, for its name."""
        return list((await self.recommendations.followed()).branded.values())

    async def _features_of(self, user_id: int) -> tuple[Features, Corrections]:
        """Features and corrections of a person who agrees, from what they did last."""
        encoder, assortment = self.recommendations.content.encoder, self.recommendations.assortment

        async def read(session: AsyncSession) -> tuple[Any, ...]:
            return (
                await assortment.changes(session),
                await signals.acts(session, user_id),
                await questions.embedded(session, encoder, user_id, limit=signals.NEWEST),
                await tags.of_user(session, user_id),
            )

        changes, rows, asked, corrections = await self.database.together(read)
        assortment.take_in(changes)
        acts = self._acts((user_id, *act) for _, act in rows)
        acts += await self._asked(asked)
        things = self._attributes([act.item for act in acts], assortment.branded)
        now = self.clock()
        own = {user_id: corrections}
        return await asyncio.to_thread(features, Log.of(acts), things, now, own), corrections

    async def placed(self, segments: Segments, among: Sequence[int]) -> tuple[np.ndarray, ...]:
        """Of some people those who agree and of whom there is something to go by: their ids int64
        [m], and the ids int32 [m] of their segments, 0 of who wants none."""
        found, corrections = await self._features(among)
        at = await asyncio.to_thread(segments.place, _aligned(found, segments.names))
        own = np.array(segments.ids, dtype=np.int32)[at]
        for row, user in enumerate(found.users if corrections else ()):
            if GROUP in corrections.get(user, {}):
                wanted = _segment_id(corrections[user][GROUP])
                own[row] = wanted if wanted in segments.ids else 0
        return np.array(found.users, dtype=np.int64), own

    async def _features(
        self, among: Sequence[int] | None = None
    ) -> tuple[Features, Mapping[int, Corrections]]:
        """Features and corrections of everyone who agrees, or of those of some people."""
        only = () if among is None else (Signal.user_id.in_(among),)
        assortment = self.recommendations.assortment
        async with self.database.read() as session:
            changes = await assortment.changes(session)
            columns = await signal_columns.read(session, *only)
            agreed = await signal_columns.agreed(session, among)
            encoder = self.recommendations.content.encoder
            asked = await questions.embedded(session, encoder, among=among)
            corrections = dict(await tags.of_all(session, among))
        assortment.take_in(changes)
        questioned = await self._asked(asked)

        brands = list(assortment.branded)  # now, as the catalogue may change meanwhile

        def made() -> Features:
            log = Log.joined([log_of(columns, self._thing, agreed), Log.of(questioned)])
            things = self._attributes(log.items, brands)
            return features(log, things, self.clock(), corrections)

        return await asyncio.to_thread(made), corrections

    def _attributes(self, things: Iterable[str], brands: Iterable[str]) -> Attributes:
        """What those of the things that are in the catalogue are about, and all topics."""
        assortment = self.recommendations.assortment
        about = {
            thing: assortment.tags[assortment.row[thing]]
            for thing in things
            if thing in assortment.row
        }
        return attributes_of(about, brands)

    def _acts(self, rows: Iterable[tuple[Any, ...]]) -> list[Act]:
        return [
            Act(user, thing, verb, value, time, unit)
            for user, verb, kind, object_id, value, time, unit in rows
            if (thing := self._thing(verb, kind, object_id))
        ]

    async def _asked(self, asked: Sequence[tuple[int, bytes, datetime]]) -> list[Act]:
        """Questions, as acts on the topics that they are nearest to."""
        nearest = await self.recommendations.nearest_topics([vector(v) for _, v, _ in asked])
        return [
            Act(user, f"topic.{topic}", "asked", None, time)
            for (user, _, time), topic in zip(asked, nearest, strict=True)
        ]

    def _thing(self, verb: str, kind: str, object_id: str) -> str | None:
        """What a signal is on, for a profile. Questions of the chat count by their vectors."""
        if kind == "topic":
            return f"topic.{object_id}" if verb == "asked" else None
        return self.recommendations.item_of(kind, object_id)


def _correctable(tag: str) -> str:
    """A correction of a group stays when the groups are made anew."""
    return GROUP if tag.startswith(SEGMENT) else tag


def _segment_id(said: str | None) -> int | None:
    return int(said.removeprefix(SEGMENT)) if said else None


def _aligned(found: Features, names: Sequence[str]) -> np.ndarray:
    """The rows over the features that the segments were made of, float32 [users, names]."""
    column = {name: number for number, name in enumerate(found.names)}
    rows = np.zeros((len(found.users), len(names)), dtype=np.float32)
    for number, name in enumerate(names):
        if name in column:
            rows[:, number] = found.matrix[:, column[name]]
    return rows
