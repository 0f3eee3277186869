"""Sending campaigns: each recipient at most once, whatever crashes.

The database is the truth: what is to be sent is looked for there each second, whoever asked for it.
One process sends, under a lease; what was being sent when it ended may have arrived, so it becomes
`unknown` and is not sent again, unless an admin says so, knowing that. What surely didn't arrive is
tried again by itself.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.approval import is_as_approved
from campaigns.claiming import Lost, lead
from campaigns.pace import Pace
from campaigns.sending import Invite, PausedItself, Run, Sending
from campaigns.settling import Settling, invited
from campaigns.variants import Places
from services.clock import Clock
from services.messenger import Messenger, Notice, Undelivered, What
from storage import nursery
from storage.database import Database
from storage.models import Campaign
from storage.repositories import campaigns, drafts, items, recipients, senders
from storage.repositories.recipients import Wait

__all__ = ["Broadcaster", "Invite", "PausedItself", "Progress", "invited"]

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
# Telegram allows few edits a minute to one message. And to count what became of very many takes
# its time, of which so large a part may go to that.
PROGRESS_EVERY_S, COUNTING_SHARE = 3.0, 0.05


@dataclass(frozen=True, slots=True)
class Progress(What):
    """To the admin: the recipients by status, whether the item can still be had, and who waits
    because of what."""

    campaign: Campaign
    counts: Mapping[str, int]
    offered: bool
    waits: Mapping[str, Wait]


class Broadcaster:
    """`paid`: the pace of paid broadcasts. `global_holdout`: the share of people who get nothing
    from any campaign; `places`: tells in which segment people are."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        pace: Pace,
        clock: Clock,
        *,
        paid: Pace | None = None,
        global_holdout: float = 0.0,
        places: Places | None = None,
    ) -> None:
        self.database = database
        self.messenger = messenger
        self.clock = clock
        self._paces = {False: pace, True: paid or pace}
        self._settling = Settling(database, clock)
        self.process = token_hex(16)
        self._run = Run(
            *(database, messenger, self._settling, clock, self.process, global_holdout),
            tell=self.tell,
            sends=set(),
            places=places,
        )
        self._led = False  # whether this process may hold the sender's lease
        self._wanted: set[int] = set()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._asleep: dict[int, datetime] = {}
        self._tells: dict[int, asyncio.Task[None]] = {}
        self._told: dict[int, float] = {}
        self._untold: set[int] = set()

    def start(self, campaign_id: int) -> None:
        """Sends in the background; a campaign that is being sent already is left alone."""
        self._led = True
        self._wanted.add(campaign_id)
        self._asleep.pop(campaign_id, None)
        running = self._running.get(campaign_id)
        if running is None or running.done():
            task = nursery.start(self._guarded(campaign_id), name=f"campaign-{campaign_id}")
            self._running[campaign_id] = task

    def tell(self, campaign_id: int) -> None:
        """Shows the progress, at once or when the last time is `PROGRESS_EVERY_S` ago."""
        self._untold.add(campaign_id)
        telling = self._tells.get(campaign_id)
        if telling is None or telling.done():
            self._tells[campaign_id] = nursery.start(self._tell(campaign_id))

    async def watch(self) -> None:
        """Sends what the database says is to be sent, until it is cancelled."""
        for pace in self._paces.values():
            # A process before this one may have sent until now.
            pace.hold(1.0)
        while True:
            try:
                await self.look()
            except Exception:
                log.exception("Campaigns could not be looked at; the next round tries again")
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Begins what is due, takes up what nobody sends, and wakes what has slept."""
        now = self.clock()
        async with self.database.read() as session:
            due = await campaigns.any_due(session, now)
            ready = [one for one in await campaigns.sending(session) if self._is_awake(one, now)]
        if not due and not ready:
            return
        async with self.database.write() as session:
            if not await lead(session, self.process, now):
                return
            self._led = True
            begun, changed = await self._begin_due(session, now)
        for campaign in changed:
            await self._tell_changed(campaign)
        for campaign_id in (*ready, *begun):
            running = self._running.get(campaign_id)
            if running is None or running.done():
                self.start(campaign_id)

    async def _begin_due(
        self, session: AsyncSession, now: datetime
    ) -> tuple[Sequence[int], Sequence[Campaign]]:
        """Those that were begun, and those that aren't what was approved any more: they wait for a
        new approval."""
        begun: list[int] = []
        changed: list[Campaign] = []
        for campaign_id in await campaigns.begin_due(session, now):
            campaign = await session.get_one(Campaign, campaign_id, populate_existing=True)
            if await is_as_approved(session, campaign):
                begun.append(campaign_id)
            else:
                await drafts.change(session, campaign_id, status="approved", launched_at=None)
                changed.append(campaign)
        return begun, changed

    async def _tell_changed(self, campaign: Campaign) -> None:
        told = Notice("planned-due-changed", {"campaign": str(campaign.id), "name": campaign.name})
        for user_id in {campaign.created_by, campaign.approved_by or campaign.created_by}:
            try:
                await self.messenger.send(user_id, told)
            except Undelivered as error:
                log.warning("Campaign %s: %s isn't told of it: %s", campaign.id, user_id, error)

    def _is_awake(self, campaign_id: int, now: datetime) -> bool:
        until = self._asleep.get(campaign_id)
        return until is None or until <= now

    async def close(self) -> None:
        """Stops; sends under way are let finish, so that their outcome is known."""
        tasks = [task for task in (*self._running.values(), *self._tells.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._run.sends, return_exceptions=True)
        await self._settling.close()
        if not self._led:
            return
        try:
            async with self.database.write() as session:
                await senders.release(session, self.process)
        except SQLAlchemyError as error:
            log.warning("The sender's lease is not given back, and lapses by itself: %s", error)

    async def _guarded(self, campaign_id: int) -> None:
        # A pause and a resume may both come while a run is ending, so it looks once more.
        while campaign_id in self._wanted:
            self._wanted.discard(campaign_id)
            try:
                await self.run(campaign_id)
            except Lost:
                log.warning("Campaign %s is sent by another process now", campaign_id)
            except Exception:
                log.exception("Campaign %s stopped; it goes on in a while", campaign_id)
                await asyncio.sleep(LOOK_EVERY_S)
            self.tell(campaign_id)

    async def run(self, campaign_id: int) -> None:
        """Sends until nobody is left who may be written to now, or the campaign is paused or
        cancelled.

        The item is looked at before each few sends: who is invited can have it.
        """
        async with self.database.read() as session:
            campaign = await session.get_one(Campaign, campaign_id)
        sending = Sending(self._run, campaign, self._paces[campaign.paid])
        wakes = await sending.until_nobody_is_left()
        if wakes is not None:
            self._asleep[campaign_id] = wakes

    async def _tell(self, campaign_id: int) -> None:
        while campaign_id in self._untold:
            wait = self._told.get(campaign_id, -PROGRESS_EVERY_S) + PROGRESS_EVERY_S - monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self._untold.discard(campaign_id)
            begun = monotonic()
            async with self.database.read() as session:
                campaign = await session.get_one(Campaign, campaign_id)
                counts = await campaigns.counts(session, campaign_id)
                waits = await recipients.waiting(session, campaign_id, self.clock())
                offered = await items.on_offer_now(session, campaign.item_id, self.clock())
            took = monotonic() - begun
            self._told[campaign_id] = monotonic() + took / COUNTING_SHARE
            if campaign.progress_message_id is None:
                continue
            progress = Progress(campaign, counts, offered is not None, waits)
            try:
                chat_id = campaign.progress_chat_id or campaign.created_by
                await self.messenger.edit(chat_id, campaign.progress_message_id, progress)
            except Undelivered as error:
                # The next edit tells the same and more.
                log.info("Campaign %s: the progress is not shown: %s", campaign_id, error)
