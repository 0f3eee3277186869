"""Sending a campaign: each recipient at most once, whatever crashes.

A recipient is committed as `sending` before the call and settled after it. What is found `sending`
at the next start may have arrived, so it becomes `unknown` and is not sent again, unless an admin
says so, knowing that. What surely didn't arrive is tried again by itself.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from campaigns.pace import Pace
from services.messenger import (
    Blocked,
    Messenger,
    NotSent,
    Rejected,
    SlowDown,
    Unanswered,
    Undelivered,
    What,
)
from storage import nursery
from storage.database import Database
from storage.models import Campaign, Item
from storage.repositories import campaigns, items, signals, users

log = logging.getLogger(__name__)

# Recipients are claimed for so many seconds of sending: few are in doubt after a crash, and who
# opts out meanwhile is hardly ever among them.
CLAIM_S = 0.2
# So often a send may fail on the messenger's side; the pause after each, seconds, is doubled.
MOST_TRIES, FIRST_PAUSE_S, LAST_PAUSE_S = 6, 2.0, 30.0
# Telegram allows few edits a minute to one message.
PROGRESS_EVERY_S = 3.0


@dataclass(frozen=True, slots=True)
class Invite(What):
    campaign_id: int
    item: Item


@dataclass(frozen=True, slots=True)
class Progress(What):
    """To the admin: the recipients by status, and whether the item can still be had."""

    campaign: Campaign
    counts: Mapping[str, int]
    offered: bool


class Broadcaster:
    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        pace: Pace,
        clock: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.messenger = messenger
        self.pace = pace
        self.clock = clock
        self._wanted: set[int] = set()
        self._runs: dict[int, asyncio.Task[None]] = {}
        self._sends: set[asyncio.Task[None]] = set()
        self._tells: dict[int, asyncio.Task[None]] = {}
        self._told: dict[int, float] = {}
        self._untold: set[int] = set()

    def start(self, campaign_id: int) -> None:
        """Sends in the background; a campaign that is being sent already is left alone."""
        self._wanted.add(campaign_id)
        running = self._runs.get(campaign_id)
        if running is None or running.done():
            task = nursery.start(self._guarded(campaign_id), name=f"campaign-{campaign_id}")
            self._runs[campaign_id] = task

    def tell(self, campaign_id: int) -> None:
        """Shows the progress, at once or when the last time is `PROGRESS_EVERY_S` ago."""
        self._untold.add(campaign_id)
        telling = self._tells.get(campaign_id)
        if telling is None or telling.done():
            self._tells[campaign_id] = nursery.start(self._tell(campaign_id))

    async def resume(self) -> None:
        """At the start of the process: takes up the campaigns that a stop interrupted."""
        async with self.database.write() as session:
            lost = await campaigns.abandon_sending(session, self.clock())
            interrupted = await campaigns.sending(session)
        if lost:
            log.warning("%s invites were being sent at the stop: their outcome is unknown", lost)
        for campaign_id in interrupted:
            self.start(campaign_id)

    async def close(self) -> None:
        """Stops; sends under way are let finish, so that their outcome is known."""
        runs = [task for task in (*self._runs.values(), *self._tells.values()) if not task.done()]
        for task in runs:
            task.cancel()
        await asyncio.gather(*runs, *self._sends, return_exceptions=True)

    async def _guarded(self, campaign_id: int) -> None:
        # A pause and a resume may both come while a run is ending, so it looks once more.
        while campaign_id in self._wanted:
            self._wanted.discard(campaign_id)
            try:
                await self.run(campaign_id)
            except Exception:
                log.exception("Campaign %s stopped; it goes on at the next start", campaign_id)
            self.tell(campaign_id)

    async def run(self, campaign_id: int) -> None:
        """Sends until nobody is left, or the campaign is paused or cancelled.

        The item is looked at before each few sends: who is invited can have it.
        """
        async with self.database.read() as session:
            campaign = await session.get_one(Campaign, campaign_id)
        limit = max(1, round(CLAIM_S * self.pace.per_second))
        more = True
        while more:
            async with self.database.write() as session:
                more = await campaigns.fill(session, campaign_id, self.clock())
        while True:
            await self.pace.released()
            async with self.database.write() as session:
                claimed = await campaigns.claim(session, campaign_id, limit, self.clock())
                item = await items.get(session, campaign.item_id)
            if not claimed or item is None:
                break
            await self._send_all(campaign_id, claimed, item)
            self.tell(campaign_id)
        async with self.database.write() as session:
            await campaigns.finish(session, campaign_id, self.clock())

    async def _send_all(self, campaign_id: int, claimed: Sequence[int], item: Item) -> None:
        """Sends in turn; who is not reached because of a stop or a hold is given back."""
        sends: list[asyncio.Task[None]] = []
        try:
            for user_id in claimed:
                if not await self.pace.wait(through_hold=False):
                    break
                task = nursery.start(self._send(campaign_id, user_id, item))
                sends.append(task)
                self._sends.add(task)
                task.add_done_callback(self._sends.discard)
        finally:
            for user_id in claimed[len(sends) :]:
                await self._settle(campaign_id, user_id, "pending")
        await asyncio.gather(*(asyncio.shield(task) for task in sends))

    async def _send(self, campaign_id: int, user_id: int, item: Item) -> None:
        message_id: int | None = None
        reason: str | None = None
        try:
            message_id = await self.messenger.send(user_id, Invite(campaign_id, item))
            status = "sent"
        except SlowDown as error:
            self.pace.hold(error.seconds)
            status = "pending"
        except NotSent as error:
            await self._put_back(campaign_id, user_id, str(error))
            return
        except Blocked:
            status = "blocked"
        except Rejected as error:
            status, reason = "failed", str(error)
        except Unanswered as error:
            status, reason = "unknown", str(error)
        except Exception as error:
            # A defect of ours: it must neither stop the others nor invite this one twice.
            log.exception("Campaign %s: the invite to %s failed", campaign_id, user_id)
            status, reason = "unknown", repr(error)
        now = self.clock()
        async with self.database.write() as session:
            settled = await campaigns.settle(
                session, campaign_id, user_id, status, now, message_id=message_id, error=reason
            )
            if settled and status == "blocked":
                await users.change(session, user_id, blocked_at=now)
            if settled and status == "sent":
                await signals.record(session, [invited(campaign_id, user_id, item.id, now)])

    async def _put_back(self, campaign_id: int, user_id: int, reason: str) -> None:
        async with self.database.write() as session:
            tries = await campaigns.put_back(
                session, campaign_id, user_id, MOST_TRIES, reason, self.clock()
            )
        if tries:
            self.pace.hold(min(FIRST_PAUSE_S * 2 ** (tries - 1), LAST_PAUSE_S))

    async def _settle(self, campaign_id: int, user_id: int, status: str) -> None:
        async with self.database.write() as session:
            await campaigns.settle(session, campaign_id, user_id, status, self.clock())

    async def _tell(self, campaign_id: int) -> None:
        while campaign_id in self._untold:
            wait = self._told.get(campaign_id, -PROGRESS_EVERY_S) + PROGRESS_EVERY_S - monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self._untold.discard(campaign_id)
            async with self.database.read() as session:
                campaign = await session.get_one(Campaign, campaign_id)
                counts = await campaigns.counts(session, campaign_id)
                offered = await items.on_offer_now(session, campaign.item_id, self.clock())
            self._told[campaign_id] = monotonic()
            if campaign.progress_message_id is None:
                continue
            progress = Progress(campaign, counts, offered is not None)
            try:
                chat_id = campaign.progress_chat_id or campaign.created_by
                await self.messenger.edit(chat_id, campaign.progress_message_id, progress)
            except Undelivered as error:
                # The next edit tells the same and more.
                log.info("Campaign %s: the progress is not shown: %s", campaign_id, error)


def invited(campaign_id: int, user_id: int, item_id: str, now: datetime) -> dict[str, object]:
    return {
        "user_id": user_id,
        "verb": "invited",
        "object_type": "item",
        "object_id": item_id,
        "value": None,
        "source": "campaign",
        "campaign_id": campaign_id,
        "occurred_at": now,
        "idempotency_key": f"campaign:{campaign_id}:{user_id}:invited",
    }
