"""A campaign's way from draft to sending, what an admin does on it, and what invites set going."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.broadcast import Broadcaster, invited
from services.attribution import came_by
from services.people import Person
from storage.database import Database
from storage.models import Campaign, Item
from storage.repositories import campaigns, items, signals, users

Launched = Literal["launched", "not-offered", "old", "before"]
Steering = Literal["pause", "resume", "stop"]
# What each makes of a campaign, and of which.
_STEERED: Mapping[Steering, tuple[str, list[str]]] = {
    "pause": ("paused", ["sending"]),
    "resume": ("sending", ["paused"]),
    "stop": ("cancelled", ["sending", "paused"]),
}


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
    def __init__(self, database: Database, broadcaster: Broadcaster) -> None:
        self.database = database
        self.broadcaster = broadcaster

    async def draft(
        self, admin: Person, item_id: str, segment: Mapping[str, Any], counted: int | None = None
    ) -> Drafted | None:
        """A campaign with its audience as it is now. None where the item can't be had any more.

        `counted`: the size of a large audience, which is only looked through as it is sent.

        Raises ValueError for a kind of segment that isn't known.
        """
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
            return Drafted(item, campaign.id, size)

    async def discard(self, campaign_id: int) -> None:
        async with self.database.write() as session:
            await campaigns.set_status(session, campaign_id, "cancelled", was=["draft"])

    async def launch(
        self, admin: Person, campaign_id: int, progress_message_id: int | None
    ) -> Launched:
        """Begins to send; the progress is shown in that message of the admin's chat."""
        async with self.database.write() as session:
            campaign = await campaigns.get(session, campaign_id)
            if campaign and not await _offered(session, campaign, admin):
                return "not-offered"
            if not await campaigns.launch(session, campaign_id, admin.now):
                is_draft = campaign is None or campaign.status == "draft"
                return "old" if is_draft else "before"
            if progress_message_id is not None:
                await campaigns.set_progress_message(session, campaign_id, progress_message_id)
        self.broadcaster.start(campaign_id)
        self.broadcaster.tell(campaign_id)
        return "launched"

    async def steer(self, campaign_id: int, act: Steering) -> str | None:
        """The campaign's new status; None where that can't be done with it."""
        status, was = _STEERED[act]
        async with self.database.write() as session:
            moved = await campaigns.set_status(session, campaign_id, status, was=was)
        if moved and status == "sending":
            self.broadcaster.start(campaign_id)
        self.broadcaster.tell(campaign_id)
        return status if moved else None

    async def send_again(self, admin: Person, campaign_id: int, before: int) -> Resent:
        """Queues those whose invite is in doubt; `before` as `campaigns.send_again` has it."""
        async with self.database.write() as session:
            campaign = await campaigns.get(session, campaign_id)
            if campaign and not await _offered(session, campaign, admin):
                return Resent("not-offered")
            queued = await campaigns.send_again(session, campaign_id, before, admin.now)
            campaign = await campaigns.get(session, campaign_id)
        if queued is None or campaign is None:
            return Resent("old")
        paused = campaign.status == "paused"
        if not paused:
            self.broadcaster.start(campaign_id)
        self.broadcaster.tell(campaign_id)
        return Resent("queued-paused" if paused else "queued", queued)

    async def open_invite(
        self, person: Person, campaign_id: int, message_id: int
    ) -> Campaign | None:
        """What a tapped invite is of; the tap is noted, unless it was a preview's."""
        async with self.database.read() as session:
            campaign = await campaigns.get(session, campaign_id)
            real = await campaigns.is_invite(session, campaign_id, person.id, message_id)
        if campaign is not None and real:
            async with self.database.write() as session:
                await _note_arrival(session, person, campaign, message_id)
            await came_by(person, "campaign", str(campaign.id), campaign.item_id)
            await person.note("invite_opened", "item", campaign.item_id, campaign_id=campaign.id)
        return campaign

    async def refuse_invites(self, person: Person, campaign_id: int, message_id: int) -> bool:
        """No more invites for this person. False where an admin tapped a preview."""
        async with self.database.write() as session:
            campaign = await campaigns.get(session, campaign_id)
            # An invite whose campaign is gone is still one; the button keeps its promise.
            if campaign is not None:
                real = await campaigns.is_invite(session, campaign_id, person.id, message_id)
                if person.is_admin and not real:
                    return False
                await _note_arrival(session, person, campaign, message_id)
            await users.change(session, person.id, invites=False)
        await person.note("opted_out", "invites", "all", campaign_id=campaign_id)
        return True


async def _offered(session: AsyncSession, campaign: Campaign, admin: Person) -> bool:
    return await items.on_offer_now(session, campaign.item_id, admin.now) is not None


async def _note_arrival(
    session: AsyncSession, person: Person, campaign: Campaign, message_id: int
) -> None:
    """Whoever taps an invite has it, also if that was in doubt."""
    if person.is_admin or not message_id:  # an admin may have tapped the preview
        return
    if await campaigns.has_arrived(session, campaign.id, person.id, message_id, person.now):
        told = invited(campaign.id, person.id, campaign.item_id, person.now)
        await signals.record(session, [told])
