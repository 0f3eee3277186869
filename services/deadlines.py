"""What falls due is done once, by whichever process comes first, also after a crash.

A kind of deadline says what is done. Rows are set (`storage.repositories.deadlines.set_at`) in the
transaction of what they are about. Each is taken under a lease before it is done. A process that
ends in the midst of one leaves it in doubt: whether it is done again then, perhaps for the second
time, or never, the kind says. A Bot API call has no idempotency key, so nobody can know better.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.clock import Clock
from services.messenger import NotSent, SlowDown, Unanswered, Undelivered
from storage import nursery
from storage.database import Database
from storage.models import Deadline
from storage.repositories import deadlines

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
# Less than the lease: who is slower has lost it.
MOST_S = 90.0
AT_ONCE = 8
# After a failure that says nothing of the next try.
AGAIN_IN = timedelta(minutes=1)
LOOK_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class Due:
    """What an act is told: about what, for whom, and how late it is."""

    kind: str
    about: str
    user_id: int | None
    due_at: datetime
    now: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of deadline: `act` is done when it falls due.

    After `grace` it is late: told as late (`Due.late`), or with `drop_late` not done any more. One
    left in doubt is done again only with `repeats`, which an act can bear that finds its work done.
    """

    name: str
    act: Callable[[Due], Awaitable[None]]
    grace: timedelta = timedelta(minutes=10)
    drop_late: bool = False
    repeats: bool = False


class Deadlines:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._kinds: dict[str, Kind] = {}

    def add(self, *kinds: Kind) -> None:
        """Has this process do these kinds, too. What it doesn't know stays for another."""
        self._kinds |= {kind.name: kind for kind in kinds}

    @property
    def kinds(self) -> Mapping[str, Kind]:
        return self._kinds

    async def watch(self) -> None:
        """Does what falls due, until it is cancelled."""
        while True:
            try:
                while await self.round():
                    pass
            except Exception:
                log.exception("Deadlines could not be looked at; the next round tries again")
            await asyncio.sleep(LOOK_EVERY_S)

    async def round(self) -> int:
        """Does what is due now, some at once. Returns how many these were."""
        names, now = list(self._kinds), self.clock()
        async with self.database.read() as session:
            if not await deadlines.any_due(session, names, now):
                return 0
        async with self.database.write() as session:
            taken = await deadlines.take(session, names, now, LEASE, AT_ONCE)
        work = [nursery.start(self._do(row)) for row in taken]
        try:
            await asyncio.gather(*work)
        finally:
            for task in work:
                task.cancel()
        return len(taken)

    async def _do(self, row: Deadline) -> None:
        kind, now = self._kinds[row.kind], self.clock()
        late = now - row.due_at > kind.grace
        if row.takes > 1 and not kind.repeats:
            return await self._close(row, "doubtful")
        if late and kind.drop_late:
            return await self._close(row, "dropped")
        due = Due(row.kind, row.about, row.user_id, row.due_at, now, late)
        try:
            async with asyncio.timeout(MOST_S):
                await kind.act(due)
        except SlowDown as error:
            await self._put_back(row, timedelta(seconds=error.seconds))
        except NotSent:
            await self._put_back(row, AGAIN_IN)
        except (Unanswered, TimeoutError):
            await (self._put_back(row, AGAIN_IN) if kind.repeats else self._close(row, "doubtful"))
        except Undelivered as error:
            log.info("Deadline %s of %s: %s", row.kind, row.about, type(error).__name__)
            await self._close(row, "failed")
        except Exception:
            log.exception("Deadline %s of %s failed; it is tried again", row.kind, row.about)
            await self._put_back(row, AGAIN_IN)
        else:
            await self._close(row, "done")

    async def _close(self, row: Deadline, state: str) -> None:
        async with self.database.write() as session:
            await deadlines.close(session, row.id, row.fence, state, self.clock())

    async def _put_back(self, row: Deadline, wait: timedelta) -> None:
        now = self.clock()
        async with self.database.write() as session:
            await deadlines.put_back(session, row.id, row.fence, now + wait, now)
