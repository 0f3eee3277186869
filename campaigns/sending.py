"""One campaign's sending, from the first to the last who may be written to now.

A recipient is committed as `sending` before the call and settled after it. Those who are next are
claimed while the ones before them are sent to, so that the pace has no gaps.
"""

import asyncio
import logging
import math
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaigns import telling
from campaigns.acts import log_itself
from campaigns.approval import next_round
from campaigns.claiming import Claim, Looked, affordable, claim
from campaigns.pace import Pace, Turn
from campaigns.settling import Settling
from campaigns.variants import Places, deal
from campaigns.windows import measure_later
from services.clock import Clock
from services.messenger import (
    Blocked,
    Messenger,
    Notice,
    NotSent,
    Rejected,
    SlowDown,
    Unanswered,
    Undelivered,
    What,
)
from storage import nursery
from storage.database import Database
from storage.models import Campaign, Item, Variant
from storage.repositories import campaigns, recipients
from storage.repositories.recipients import Next, Outcome

log = logging.getLogger(__name__)

# Recipients are claimed for so many seconds of sending: few are in doubt after a crash, and who
# opts out meanwhile is hardly ever among them. The next ones so long before they are due.
CLAIM_S, AHEAD_S = 0.1, 0.06
# A claim is a transaction, so a fast pace has fewer and larger ones.
FAST, FAST_CLAIM_S = 100.0, 0.25
# Where nobody could be written to, ever more are looked at at once.
MOST_LOOKED_AT = 5_000
# Sends under way at once: more are waited for.
MOST_AT_ONCE = 200
# The pause after a failure on the messenger's side, seconds, is doubled with each.
FIRST_PAUSE_S, LAST_PAUSE_S = 2.0, 30.0
# The last sends that the error rate is of; fewer say little.
WINDOW, ENOUGH = 100, 50
FAILURES = ("blocked", "failed", "unknown")
LOOK_AGAIN_S = 0.2


@dataclass(frozen=True, slots=True)
class Invite(What):
    """`reader` is known where many are written to: nobody is looked up then."""

    campaign_id: int
    item: Item
    variant: Variant | None = None
    reader: Next | None = None
    paid: bool = False


@dataclass(frozen=True, slots=True)
class PausedItself(What):
    """To the admin: a campaign was paused, since of its last `of` invites so many `failed`."""

    campaign: Campaign
    failed: int
    of: int


@dataclass(frozen=True, slots=True)
class Run:
    """What all campaigns of a process share."""

    database: Database
    messenger: Messenger
    settling: Settling
    clock: Clock
    process: str
    global_holdout: float
    tell: Callable[[int], None]
    sends: set[asyncio.Task[None]]
    places: Places | None = None


class Sending:
    def __init__(self, run: Run, campaign: Campaign, pace: Pace) -> None:
        self.run = run
        self.id = campaign.id
        self._about = telling.about(campaign)
        self.pace = pace
        rate = pace.per_second
        self._limit = max(1, round(rate * (FAST_CLAIM_S if rate > FAST else CLAIM_S)))
        # So many may be written to until the budget is spent.
        self._affordable = math.inf
        self._dealing: asyncio.Task[None] | None = None
        # When the last claim began.
        self._all_were_dealt = False
        self._ahead: asyncio.Task[Looked] | None = None
        self._unsent: deque[Next] = deque()
        self._item_id = campaign.item_id
        self._room = asyncio.Semaphore(MOST_AT_ONCE)
        self._sends: set[asyncio.Task[None]] = set()
        self._tries: Counter[int] = Counter()
        self._last: deque[bool] = deque(maxlen=WINDOW)
        self._paused = False

    async def until_nobody_is_left(self) -> datetime | None:
        """Sends until nobody is left who may be written to now, or the campaign is paused or
        cancelled. Returns when the first of those who wait may be, None where nobody waits.

        Raises Lost where another process sends now.
        """
        await self._count_affordable()
        self._dealing = dealing = nursery.start(self._deal())
        looking_at = self._limit
        try:
            while True:
                await self.pace.released()
                looked = await self._next(looking_at)
                if looked.claim is not None:
                    looking_at = self._limit
                    await self._send_all(looked.claim)
                    self.run.tell(self.id)
                elif looked.more:
                    looking_at = min(4 * looking_at, MOST_LOOKED_AT)
                elif not await self._came_back():
                    break
            await dealing
        finally:
            dealing.cancel()
            await self._give_back()
        return await self._end()

    async def _count_affordable(self) -> None:
        async with self.run.database.read() as session:
            self._affordable = await affordable(session, self.id)

    async def _deal(self) -> None:
        run, more = self.run, True
        while more:
            more = await deal(run.database, self.id, run.clock, run.global_holdout, run.places)

    async def _came_back(self) -> bool:
        """Where nobody could be claimed: whether somebody may have become pending since."""
        sent = await asyncio.gather(*self._sends, return_exceptions=True)
        if await self.run.settling.written_of(self.id) or sent:
            if self._affordable < 1:  # not all may have arrived
                await self._count_affordable()
            return True
        if self._affordable < 1:
            return False
        if not self._all_were_dealt and self._dealing is not None:
            await asyncio.wait({self._dealing}, timeout=LOOK_AGAIN_S)
            return True
        return False

    async def _end(self) -> datetime | None:
        now = self.run.clock()
        async with self.run.database.write() as session:
            if await campaigns.finish(session, self.id, now):
                await measure_later(session, self.id, now)
                await next_round(session, self.id, now)
                return None
            if await campaigns.running(session, self.id) is None:
                return None
            waits = await recipients.waiting(session, self.id, now)
        if self._affordable < 1:
            await self._pause("budget", {}, Notice("broadcast-budget-spent", self._about))
            return None
        return min((wait.until for wait in waits.values()), default=None)

    async def _next(self, look_at: int) -> Looked:
        if self._ahead is None:
            self._ahead = nursery.start(self._claim(look_at))
        # Shielded: who is claimed is sent to, or given back.
        looked = await asyncio.shield(self._ahead)
        self._ahead = None
        return looked

    async def _claim(self, look_at: int) -> Looked:
        self._all_were_dealt = self._dealing is not None and self._dealing.done()
        if self._affordable < 1:
            return Looked(None, more=False)
        limit = int(min(self._limit, self._affordable))
        looked = await self.run.database.write_together(
            lambda session: claim(
                session,
                self.id,
                limit,
                self.run.clock(),
                process=self.run.process,
                look_at=max(look_at, limit),
            )
        )
        self._affordable -= len(looked.claim.people) if looked.claim is not None else 0
        return looked

    async def _send_all(self, found: Claim) -> None:
        """Sends in turn; who is not reached because of a stop or a hold is given back."""
        self._unsent.extend(found.people)
        ahead = AHEAD_S * self.pace.per_second
        while self._unsent:
            await self._room.acquire()
            turn = None if self._paused else await self.pace.wait(through_hold=False)
            if turn is None:
                self._room.release()
                await self._give_back()
                return
            person = self._unsent.popleft()
            task = nursery.start(self._send(found, person, turn))
            self._sends.add(task)
            self.run.sends.add(task)
            task.add_done_callback(self._sent)
            if self._ahead is None and len(self._unsent) <= ahead:
                self._ahead = nursery.start(self._claim(self._limit))

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sends.discard(task)
        self.run.sends.discard(task)
        self._room.release()

    async def _give_back(self) -> None:
        people = list(self._unsent)
        self._unsent.clear()
        if self._ahead is not None:
            (looked,) = await asyncio.gather(self._ahead, return_exceptions=True)
            self._ahead = None
            if isinstance(looked, Looked) and looked.claim is not None:
                people += looked.claim.people
        for person in people:
            self.run.settling.add(self.id, self._item_id, Outcome(person.user_id, "pending"))

    async def _send(self, found: Claim, person: Next, turn: Turn) -> None:
        user_id, variant = person.user_id, found.variants.get(person.variant or "")
        invite = Invite(self.id, found.item, variant, person, found.campaign.paid)
        turn.leaves()
        try:
            message_id = await self.run.messenger.send(user_id, invite)
            outcome = Outcome(user_id, "sent", message_id)
        except SlowDown as error:
            self.pace.hold(error.seconds)
            outcome = Outcome(user_id, "pending")
        except NotSent as error:
            self._tries[user_id] += 1
            pause = FIRST_PAUSE_S * 2 ** (self._tries[user_id] - 1)
            self.pace.hold(min(pause, LAST_PAUSE_S))
            outcome = Outcome(user_id, "pending", error=str(error), tried=True)
        except Blocked:
            outcome = Outcome(user_id, "blocked")
        except Rejected as error:
            outcome = Outcome(user_id, "failed", error=str(error))
        except Unanswered as error:
            outcome = Outcome(user_id, "unknown", error=str(error))
        except Exception as error:
            # A defect of ours: it must neither stop the others nor invite this one twice.
            log.exception("Campaign %s: the invite to %s failed", self.id, user_id)
            outcome = Outcome(user_id, "unknown", error=repr(error))
        turn.landed()
        self.run.settling.add(self.id, self._item_id, outcome)
        if outcome.status != "pending":
            await self._watch_errors(found.campaign, outcome.status in FAILURES)

    async def _watch_errors(self, campaign: Campaign, failed: bool) -> None:
        """Pauses the campaign by itself when too many of the last sends failed."""
        self._last.append(failed)
        bad, of = sum(self._last), len(self._last)
        if self._paused or of < ENOUGH or bad <= campaign.error_rate * of:
            return
        values = {"failed": bad, "of": of}
        await self._pause("errors", values, PausedItself(campaign, bad, of))

    async def _pause(self, because: str, values: Mapping[str, int], told: What) -> None:
        """Pauses the campaign by itself, for the log and for whom it concerns."""
        self._paused = True
        now, detail = self.run.clock(), {"because": because, **values}
        async with self.run.database.write() as session:
            reason = ":".join([because, "/".join(map(str, values.values()))]).rstrip(":")
            if not await campaigns.pause_because(session, self.id, reason):
                return
            await log_itself(session, "paused", self.id, now, **detail)
            people = telling.concerned(await session.get_one(Campaign, self.id))
        self.run.tell(self.id)
        for person in people:
            try:
                await self.run.messenger.send(person, told)
            except Undelivered as error:
                log.warning("Campaign %s paused itself; %s wasn't told: %s", self.id, person, error)
