"""A campaign's way from draft to sending: approved by another, begun, paused, ended."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import telling
from campaigns.acts import log_act
from campaigns.approval import Whole, may_approve, whole_of
from campaigns.audience import parse
from campaigns.broadcast import Broadcaster
from campaigns.checking import check
from services.people import Person
from services.permissions import may, require, roles_that_may
from storage.database import Database
from storage.models import Campaign, Item
from storage.repositories import campaigns, drafts, items, recipients, users

if TYPE_CHECKING:  # it takes seconds to import
    from campaigns.reach import Reach

Approval = Literal["one", "two"]
Submitted = Literal["submitted", "findings", "not-offered", "old"]
Decision = Literal["approved", "refused", "findings", "own", "changed", "old", "before"]
Launched = Literal[
    "launched",
    "scheduled",
    "submitted",
    "waiting",
    "not-offered",
    "changed",
    "past",
    "no-model",
    "empty",
    "old",
    "before",
]
# What was to begin longer ago isn't begun at once: its time was approved with it.
LATE = timedelta(hours=1)
Steering = Literal["pause", "resume", "stop"]
# What each makes of a campaign, and of which.
_STEERED: Mapping[Steering, tuple[str, list[str]]] = {
    "pause": ("paused", ["sending"]),
    "resume": ("sending", ["paused"]),
    "stop": ("cancelled", ["sending", "paused"]),
}
_TOLD_AS = {"pause": "paused", "resume": "resumed", "stop": "cancelled"}


class Drafted(NamedTuple):
    item: Item
    campaign_id: int
    size: int
    """Of the audience; a draft for nobody is cancelled already."""


@dataclass(frozen=True, slots=True)
class Resent:
    outcome: Literal["queued", "queued-paused", "not-offered", "old"]
    count: int = 0


class Planning:
    """Without a `broadcaster` it sets statuses, which a running bot goes by; without a `reach` it
    launches none whose audience the database alone can't tell."""

    def __init__(
        self,
        database: Database,
        broadcaster: Broadcaster | None,
        approval: Approval = "two",
        reach: Reach | None = None,
    ) -> None:
        self.database = database
        self.broadcaster = broadcaster
        self.approval = approval
        self.reach = reach

    async def draft(
        self, admin: Person, item_id: str, segment: Mapping[str, Any], counted: int | None = None
    ) -> Drafted | None:
        """A plain broadcast with its audience as it is now. None where the item can't be had.

        `counted`: the size of a large audience, which is only looked through as it is sent.

        Raises ValueError for a kind of segment that isn't known, and Forbidden, as all below.
        """
        require(admin.row, "broadcast")
        async with self.database.write() as session:
            item = await items.on_offer_now(session, item_id, admin.now)
            if item is None:
                return None
            campaign, size = await campaigns.draft(
                session, admin.id, item.id, segment, admin.now, large=counted is not None
            )
            size = size if counted is None else counted
            if not size:
                await campaigns.set_status(session, campaign.id, "cancelled", was=["draft"])
            await log_act(session, admin, "created", campaign.id, size=size)
            return Drafted(item, campaign.id, size)

    async def read(self, by: Person, campaign_id: int) -> Whole | None:
        """A campaign that this person may see."""
        require(by.row, "status")
        async with self.database.read() as session:
            campaign = await campaigns.get(session, campaign_id)
            if campaign is None or not is_shown(by, campaign):
                return None
            return await whole_of(session, campaign)

    async def approvers(self, campaign: Campaign) -> set[int]:
        """Who may approve it now."""
        async with self.database.read() as session:
            return await self._approvers(session, campaign)

    async def submit(self, by: Person, campaign_id: int) -> Submitted:
        """Asks the others to approve a draft."""
        require(by.row, "submit")
        checked = await self._checked(by, campaign_id)
        async with self.database.write() as session:
            campaign = await drafts.locked(session, campaign_id)
            if campaign is None or campaign.status != "draft" or not is_shown(by, campaign):
                return "old"
            if not await _offered(session, campaign, by):
                return "not-offered"
            if (await whole_of(session, campaign)).digest != checked:
                return "findings"
            await self._submit(session, by, campaign)
        return "submitted"

    async def approve(self, by: Person, campaign_id: int, seen: str) -> Decision:
        """Approves what `seen` is the digest of, or the beginning of it. A plain broadcast, which
        its writer wanted to be sent, begins."""
        require(by.row, "approve")
        checked = await self._checked(by, campaign_id)
        async with self.database.write() as session:
            campaign = await drafts.locked(session, campaign_id)
            if campaign is None or campaign.status not in ("draft", "submitted"):
                return "old" if campaign is None else "before"
            if campaign.refused_because is not None:
                return "before"  # its writer's again, who may submit it as it is
            whole = await whole_of(session, campaign)
            if not seen or not whole.digest.startswith(seen):
                return "changed"
            if by.id not in await self._approvers(session, campaign):
                return "own"
            if not await _offered(session, campaign, by):
                return "old"
            if whole.digest != checked:
                return "findings"
            if campaign.status == "draft":
                await self._submit(session, by, campaign)
            await self._approve(session, by, whole)
            await telling.decided(session, campaign, by.id, by.now)
            begins = not campaign.name
            if begins:
                await self._begin(session, by, campaign)
        if begins:
            self._start(campaign_id)
        return "approved"

    async def refuse(self, by: Person, campaign_id: int, seen: str, why: str) -> Decision:
        """Gives a submitted one back to its writer, with a reason."""
        require(by.row, "refuse")
        async with self.database.write() as session:
            campaign = await drafts.locked(session, campaign_id)
            if campaign is None or campaign.status != "submitted":
                return "old" if campaign is None else "before"
            whole = await whole_of(session, campaign)
            if not seen or not whole.digest.startswith(seen):
                return "changed"
            # What was prepared for one tap is over; a planned one is worked on.
            status = "draft" if campaign.name else "cancelled"
            why = why.strip()[:500]
            await drafts.change(session, campaign_id, status=status, refused_because=why)
            await log_act(session, by, "refused", campaign_id, digest=whole.digest)
            await telling.decided(session, campaign, by.id, by.now)
        return "refused"

    async def launch(
        self, by: Person, campaign_id: int, progress_message_id: int | None, seen: str = ""
    ) -> Launched:
        """Begins to send what was approved, or schedules it; the progress is shown in that message
        of their chat. A plain broadcast is approved on the way, or the others are asked.

        `seen`: the digest, or its beginning, of what is to be sent; a plain one can't be edited.
        """
        require(by.row, "send")
        frozen = await self._frozen(by, campaign_id)
        async with self.database.write() as session:
            campaign = await drafts.locked(session, campaign_id)
            if campaign is None:
                return "old"
            if not await _offered(session, campaign, by):
                return "not-offered"
            whole = await whole_of(session, campaign)
            if (stopped := _not_now(whole, seen, by.now)) is not None:
                return stopped
            if frozen is None and not parse(campaign.segment).in_sql:
                return "no-model"
            if frozen is None and not await campaigns.has_audience(session, campaign):
                return "empty"
            if campaign.status == "draft":
                if by.id in await self._approvers(session, campaign):
                    await self._approve(session, by, whole)
                else:
                    await self._submit(session, by, campaign)
            if progress_message_id is not None:
                message_id = progress_message_id
                await campaigns.set_progress_message(session, campaign_id, by.id, message_id)
            if campaign.status == "submitted":
                return "submitted"
            status = await self._begin(session, by, campaign, frozen)
        if status == "scheduled":
            return "scheduled"
        self._start(campaign_id)
        return "launched"

    async def steer(self, by: Person, campaign_id: int, act: Steering) -> str | None:
        """The campaign's new status; None where that can't be done with it."""
        require(by.row, act)
        status, was = _STEERED[act]
        async with self.database.write() as session:
            moved = await campaigns.set_status(session, campaign_id, status, was=was)
            if moved:
                await log_act(session, by, _TOLD_AS[act], campaign_id)
        if self.broadcaster is not None:
            if moved and status == "sending":
                self.broadcaster.start(campaign_id)
            self.broadcaster.tell(campaign_id)
        return status if moved else None

    async def discard(self, by: Person, campaign_id: int) -> bool:
        """Ends a campaign of which nothing was sent."""
        require(by.row, "discard")
        async with self.database.write() as session:
            campaign = await drafts.locked(session, campaign_id)
            if campaign is None or not is_shown(by, campaign):
                return False
            if campaign.status not in drafts.BEFOREHAND:
                return False
            await drafts.change(session, campaign_id, status="cancelled")
            await log_act(session, by, "cancelled", campaign_id, was=campaign.status)
        return True

    async def note_report(self, by: Person, campaign_id: int) -> None:
        """Logs that somebody read a campaign's report; 0 for that of all together."""
        require(by.row, "report")
        async with self.database.write() as session:
            await log_act(session, by, "report-read", campaign_id)

    async def send_again(self, admin: Person, campaign_id: int, before: int) -> Resent:
        """Queues those whose invite is in doubt; `before` as `campaigns.send_again` has it."""
        require(admin.row, "send-again")
        async with self.database.write() as session:
            campaign = await campaigns.get(session, campaign_id)
            if campaign and not await _offered(session, campaign, admin):
                return Resent("not-offered")
            queued = await campaigns.send_again(session, campaign_id, before, admin.now)
            campaign = await campaigns.get(session, campaign_id)
            if queued is not None:
                await log_act(session, admin, "sent-again", campaign_id, count=queued)
        if queued is None or campaign is None:
            return Resent("old")
        paused = campaign.status == "paused"
        if self.broadcaster is not None:
            if not paused:
                self.broadcaster.start(campaign_id)
            self.broadcaster.tell(campaign_id)
        return Resent("queued-paused" if paused else "queued", queued)

    async def _approvers(self, session: AsyncSession, campaign: Campaign) -> set[int]:
        everybody = await users.with_roles(session, *roles_that_may("approve"))
        return set(everybody) if self.approval == "one" else may_approve(everybody, campaign)

    async def _submit(self, session: AsyncSession, by: Person, campaign: Campaign) -> None:
        await drafts.change(
            session, campaign.id, status="submitted", submitted_at=by.now, refused_because=None
        )
        await session.refresh(campaign)
        whole = await whole_of(session, campaign)
        await log_act(session, by, "submitted", campaign.id, digest=whole.digest)
        others = await self._approvers(session, campaign) - {by.id}
        await telling.ask(session, campaign, others, by.now)

    async def _approve(self, session: AsyncSession, by: Person, whole: Whole) -> None:
        campaign = whole.campaign
        alone = by.id in (campaign.created_by, campaign.edited_by)
        await drafts.change(
            session,
            campaign.id,
            status="approved",
            approved_by=by.id,
            approved_at=by.now,
            approved_digest=whole.digest,
        )
        await log_act(session, by, "approved", campaign.id, digest=whole.digest, alone=alone)
        await session.refresh(campaign)

    async def _frozen(self, by: Person, campaign_id: int) -> np.ndarray | None:
        """The ids of an audience that the database alone can't tell. Worked out beforehand: that
        takes too long for a transaction."""
        async with self.database.read() as session:
            campaign = await campaigns.get(session, campaign_id)
        if campaign is None or self.reach is None or parse(campaign.segment).in_sql:
            return None
        return await self.reach.ids(campaign, by.now)

    async def _checked(self, by: Person, campaign_id: int) -> str | None:
        """The digest of what has no errors. Found beforehand: to count a large audience takes too
        long for a transaction."""
        async with self.database.read() as session:
            campaign = await campaigns.get(session, campaign_id)
            if campaign is None:
                return None
            whole = await whole_of(session, campaign)
            found = await check(session, campaign, whole.item, whole.variants, by.now)
        return None if any(one.is_error for one in found) else whole.digest

    async def _begin(
        self,
        session: AsyncSession,
        by: Person,
        campaign: Campaign,
        frozen: np.ndarray | None = None,
    ) -> str:
        """The salt, which says who is held out, is set once and for all."""
        if frozen is not None:
            await recipients.freeze(session, campaign, frozen.tolist(), by.now)
            await drafts.change(session, campaign.id, filled_to=None)
        later = campaign.starts_at is not None and campaign.starts_at > by.now
        status = "scheduled" if later else "sending"
        launched_at = None if later else by.now
        salt = campaign.salt or secrets.token_hex(16)
        values = {"status": status, "launched_at": launched_at, "salt": salt}
        await drafts.change(session, campaign.id, **values)
        digest_ = campaign.approved_digest
        await log_act(session, by, "launched", campaign.id, digest=digest_, status=status)
        return status

    def _start(self, campaign_id: int) -> None:
        if self.broadcaster is not None:
            self.broadcaster.start(campaign_id)
            self.broadcaster.tell(campaign_id)


def is_shown(by: Person, campaign: Campaign) -> bool:
    """Whether a person sees a campaign: their own, or all who may send."""
    return campaign.created_by == by.id or may(by.row, "others")


def _not_now(whole: Whole, seen: str, now: datetime) -> Launched | None:
    """Why a campaign can't be launched; None where it was approved as it is, or is a plain one."""
    campaign = whole.campaign
    if campaign.status == "draft" and not campaign.name:
        return "old" if campaign.created_at <= now - campaigns.DRAFT_HOLDS else None
    if campaign.status in ("draft", "submitted"):
        return "waiting"
    if campaign.status != "approved":
        return "before"
    if whole.digest != campaign.approved_digest or not whole.digest.startswith(seen):
        return "changed"
    is_past = campaign.starts_at is not None and campaign.starts_at < now - LATE
    return "past" if is_past else None


async def _offered(session: AsyncSession, campaign: Campaign, by: Person) -> bool:
    return await items.on_offer_now(session, campaign.item_id, by.now) is not None
