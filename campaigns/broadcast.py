"""Sending a campaign: each recipient at most once, whatever crashes.

A recipient is committed as `sending` before the call and settled after it. What is found `sending`
at the next start may have arrived, so it becomes `unknown` and is never sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from time import monotonic

from campaigns.messenger import Blocked, Messenger, Rejected, SlowDown, Unanswered
from campaigns.pace import Pace
from storage.database import Database
from storage.models import Campaign, Item
from storage.repositories import campaigns, items, signals, users

log = logging.getLogger(__name__)

Progress = Callable[[Campaign, Mapping[str, int]], Awaitable[None]]
"""Called with the campaign and its recipients by status."""

BATCH = 20
# Telegram allows few edits a minute to one message.
PROGRESS_EVERY_S = 3.0


class Broadcaster:
    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        pace: Pace,
        clock: Callable[[], datetime],
        progress: Progress,
    ) -> None:
        self.database = database
        self.messenger = messenger
        self.pace = pace
        self.clock = clock
        self.progress = progress
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def start(self, campaign_id: int) -> None:
        """Sends in the background; a campaign that is being sent already is left alone."""
        running = self._tasks.get(campaign_id)
        if running is None or running.done():
            task = asyncio.create_task(self._guarded(campaign_id), name=f"campaign-{campaign_id}")
            self._tasks[campaign_id] = task

    async def resume(self) -> None:
        """At the start of the process: takes up the campaigns that a stop interrupted."""
        async with self.database.write() as session:
            interrupted = await campaigns.sending(session)
            for campaign_id in interrupted:
                lost = await campaigns.abandon_sending(session, campaign_id, self.clock())
                if lost:
                    log.warning("Campaign %s: %s sends are of unknown outcome", campaign_id, lost)
        for campaign_id in interrupted:
            self.start(campaign_id)

    async def close(self) -> None:
        """Stops; sends under way are let finish, so that their outcome is known."""
        tasks = [task for task in self._tasks.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, campaign_id: int) -> None:
        try:
            await self.run(campaign_id)
        except Exception:
            log.exception("Campaign %s stopped; it goes on at the next start", campaign_id)

    async def run(self, campaign_id: int) -> None:
        """Sends until nobody is left, or the campaign is paused or cancelled."""
        async with self.database.read() as session:
            campaign = await session.get_one(Campaign, campaign_id)
            item = await items.get(session, campaign.item_id)
        if item is None:
            raise LookupError(f"campaign {campaign_id} invites to an item that is gone")
        told = 0.0
        while True:
            async with self.database.write() as session:
                claimed = await campaigns.claim(session, campaign_id, BATCH, self.clock())
            if not claimed:
                break
            sends = asyncio.gather(*(self._send(campaign_id, user, item) for user in claimed))
            try:
                await asyncio.shield(sends)
            except asyncio.CancelledError:
                await sends
                raise
            if monotonic() - told >= PROGRESS_EVERY_S:
                await self._tell(campaign_id)
                told = monotonic()
        async with self.database.write() as session:
            await campaigns.finish(session, campaign_id, self.clock())
        await self._tell(campaign_id)

    async def _send(self, campaign_id: int, user_id: int, item: Item) -> None:
        await self.pace.wait()
        message_id: int | None = None
        reason: str | None = None
        try:
            message_id = await self.messenger.invite(user_id, campaign_id, item)
            status = "sent"
        except SlowDown as error:
            self.pace.hold(error.seconds)
            status = "pending"
        except Blocked:
            status = "blocked"
        except Rejected as error:
            status, reason = "failed", str(error)
        except Unanswered as error:
            status, reason = "unknown", str(error)
        now = self.clock()
        async with self.database.write() as session:
            await campaigns.settle(
                session, campaign_id, user_id, status, now, message_id=message_id, error=reason
            )
            if status == "blocked":
                await users.change(session, user_id, blocked_at=now)
            if status == "sent":
                await signals.record(session, [invited(campaign_id, user_id, item.id, now)])

    async def _tell(self, campaign_id: int) -> None:
        async with self.database.read() as session:
            campaign = await session.get_one(Campaign, campaign_id)
            counts = await campaigns.counts(session, campaign_id)
        await self.progress(campaign, counts)


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
