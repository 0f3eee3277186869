"""Which types of items a person is moved by, for the order of their lists.

What campaigns with a holdout were measured to change (`services.recommending.uplift`) is taken up
anew now and then, and so are people's segments, which are worked out beside the requests: until a
person's is known, what is known of everybody counts.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.clock import Clock
from services.recommending.placing import NONE, Placing
from services.recommending.uplift import Uplift, learn
from storage import nursery
from storage.database import Database
from storage.models import User
from storage.repositories import effects

log = logging.getLogger(__name__)

# What was measured, and who is in which segment, is looked at anew after so long.
HOLDS = timedelta(hours=1)
KEPT, AT_ONCE = 50_000, 1_000
# People are gathered for so long, seconds: many at once cost little more than one.
GATHER_S = 5.0


class Leaning:
    def __init__(
        self, database: Database, placing: Placing, clock: Clock, gather_s: float = GATHER_S
    ) -> None:
        self.database = database
        self.placing = placing
        self.clock = clock
        self.gather_s = gather_s
        self._uplift: Uplift | None = None
        self._read_at: datetime | None = None
        self._segments: OrderedDict[int, tuple[int, datetime]] = OrderedDict()
        self._wanted: set[int] = set()
        self._working: asyncio.Task[None] | None = None

    async def of(self, user: User) -> Mapping[str, float]:
        """As `Uplift.leanings` has it. Of who agreed to no profile no segment is worked out."""
        uplift = await self._learned()
        if not uplift.campaigns:
            return {}
        segment = self._segment_of(user.id) if user.personalisation is True else NONE
        return uplift.leanings(segment)

    async def _learned(self) -> Uplift:
        now = self.clock()
        if self._uplift is None or self._read_at is None or now - self._read_at >= HOLDS:
            self._read_at = now
            measured = await self.database.together(effects.by_segment)
            self._uplift = await asyncio.to_thread(learn, measured)
        return self._uplift

    def _segment_of(self, user_id: int) -> int:
        segment, at = self._segments.get(user_id, (NONE, None))
        if at is None or self.clock() - at >= HOLDS:
            self._wanted.add(user_id)
            if self._working is None or self._working.done():
                self._working = nursery.start(self._work())
        return segment

    async def _work(self) -> None:
        try:
            while self._wanted:
                await asyncio.sleep(self.gather_s)
                some = [self._wanted.pop() for _ in range(min(AT_ONCE, len(self._wanted)))]
                found, now = await self.placing.of_some(some), self.clock()
                for user_id in some:
                    self._segments[user_id] = found.get(user_id, NONE), now
                    self._segments.move_to_end(user_id)
                while len(self._segments) > KEPT:
                    self._segments.popitem(last=False)
        except Exception:
            log.exception("Segments of people can't be told; lists go by everybody's")

    async def worked_out(self) -> None:
        """Returns when the segments that were asked for are known."""
        if self._working is not None:
            await asyncio.shield(self._working)
