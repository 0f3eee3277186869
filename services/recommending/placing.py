"""Which segment everybody is in, of a million people at once.

Profiles are kept nowhere (see `services.recommending.profiles`), so this is worked out in slices of
users and held in memory, twelve bytes a person. It is worked out anew when there are other
segments, after `HOLDS`, and each time for those who corrected their profile.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from recsys.segments import Segments
from services.recommending.profiles import Profiles
from storage.repositories import signal_columns, tags

# What people did since counts so much later.
HOLDS = timedelta(hours=1)
# So many people's signals are read at once.
SLICE = 20_000
NONE = 0


class Placing:
    def __init__(self, profiles: Profiles) -> None:
        self.profiles = profiles
        self._working = asyncio.Lock()
        self._segments: Segments | None = None
        self._at: datetime | None = None
        self._ids = np.zeros(0, dtype=np.int64)
        self._own = np.zeros(0, dtype=np.int32)

    async def of(self, user_ids: np.ndarray) -> np.ndarray:
        """The segment's id int32 [n] of people who agree to a profile (int64 [n]); NONE of who is
        in none, or of whom nothing is known."""
        async with self._working:
            segments = await self.profiles.live()
            if segments is None:
                return np.full(len(user_ids), NONE, dtype=np.int32)
            await self._refresh(segments)
            found = _looked_up(self._ids, self._own, user_ids)
        async with self.profiles.database.read() as session:
            corrected = np.array(sorted(await tags.of_all(session)), dtype=np.int64)
        which = np.flatnonzero(np.isin(user_ids, corrected))
        for start in range(0, len(which), SLICE):
            some = which[start : start + SLICE]
            ids, own = await self.profiles.placed(segments, user_ids[some].tolist())
            found[some] = _looked_up(ids, own, user_ids[some])
        return found

    async def of_some(self, user_ids: Sequence[int]) -> Mapping[int, int]:
        """The segments of a few thousand people who agree to a profile, worked out now: of those
        who are in one."""
        segments = await self.profiles.live()
        if segments is None:
            return {}
        ids, own = await self.profiles.placed(segments, user_ids)
        placed = zip(ids.tolist(), own.tolist(), strict=True)
        return {user: segment for user, segment in placed if segment != NONE}

    async def _refresh(self, segments: Segments) -> None:
        now = self.profiles.clock()
        if segments is self._segments and self._at is not None and now - self._at < HOLDS:
            return
        async with self.profiles.database.read() as session:
            agreed = await signal_columns.agreed(session)
        ids, own = [self._ids[:0]], [self._own[:0]]
        for start in range(0, len(agreed), SLICE):
            some = await self.profiles.placed(segments, agreed[start : start + SLICE].tolist())
            ids.append(some[0])
            own.append(some[1])
        self._ids, self._own = np.concatenate(ids), np.concatenate(own)
        self._segments, self._at = segments, now


def _looked_up(ids: np.ndarray, own: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """What stands beside the `wanted` ids, of sorted ones, NONE of those that aren't there."""
    found = np.full(len(wanted), NONE, dtype=np.int32)
    if len(ids):
        at = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
        there = ids[at] == wanted
        found[there] = own[at[there]]
    return found
