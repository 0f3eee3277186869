"""Who is told what of a campaign's way: rows with a due time, written with what they tell of.

So it is told whoever did it, in the chat or on the command line, also after a crash, and once.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.approval import ApprovalAsked, Decided, whole_of
from services.deadlines import Due, Kind
from services.messenger import Messenger, Notice
from storage.database import Database
from storage.models import Campaign
from storage.repositories import campaigns, deadlines, users

ASKED, DECIDED, ENDED = "campaign-asked", "campaign-decided", "campaign-ended"


async def ask(
    session: AsyncSession, campaign: Campaign, approvers: Collection[int], now: datetime
) -> None:
    """Has each of them asked to approve it."""
    rows = [(ASKED, f"campaign:{campaign.id}:{one}", now, one) for one in sorted(approvers)]
    await deadlines.set_each(session, rows, now)


async def decided(session: AsyncSession, campaign: Campaign, by: int, now: datetime) -> None:
    """Has its writer told that it was approved or refused by another."""
    if campaign.created_by != by:
        await deadlines.set_at(session, DECIDED, f"campaign:{campaign.id}", now, now)


async def ended(session: AsyncSession, campaign: Campaign, now: datetime) -> None:
    """Has them told that it ended by itself, since what it invites to is gone or full.

    Not bound to their rows: who wrote it may have deleted their data since.
    """
    rows = [(ENDED, f"campaign:{campaign.id}:{one}", now, None) for one in concerned(campaign)]
    await deadlines.set_each(session, rows, now)


def concerned(campaign: Campaign) -> list[int]:
    """Who is told what a campaign did by itself: its writer, who may have no right to go on with
    it or to stop it, and who approved it, who has."""
    return sorted({campaign.created_by, campaign.approved_by or campaign.created_by})


class Telling:
    def __init__(self, database: Database, messenger: Messenger) -> None:
        self.database = database
        self.messenger = messenger

    def kinds(self) -> Sequence[Kind]:
        return [
            Kind(ASKED, self._ask),
            Kind(DECIDED, self._tell_decision),
            Kind(ENDED, self._tell_end),
        ]

    async def _ask(self, due: Due) -> None:
        async with self.database.read() as session:
            campaign = await campaigns.get(session, _campaign_of(due))
            if campaign is None or campaign.status != "submitted" or due.user_id is None:
                return  # decided meanwhile, or taken back
            whole = await whole_of(session, campaign)
            writer = await users.get(session, campaign.edited_by or campaign.created_by)
            size = None
            if campaign.filled_to is None:
                size = sum((await campaigns.counts(session, campaign.id)).values())
        name = writer.first_name if writer is not None else ""
        asked = ApprovalAsked(campaign, whole.item, whole.variants, whole.digest, name, size)
        await self.messenger.send(due.user_id, asked)

    async def _tell_decision(self, due: Due) -> None:
        async with self.database.read() as session:
            campaign = await _of_somebody(session, due)
            if campaign is None or campaign.status == "submitted":
                return
            whole = await whole_of(session, campaign)
        approved = campaign.refused_because is None
        told = Decided(campaign, whole.item, approved=approved)
        await self.messenger.send(campaign.created_by, told)

    async def _tell_end(self, due: Due) -> None:
        async with self.database.read() as session:
            campaign, to = await campaigns.get(session, _campaign_of(due)), _person_of(due)
            if campaign is None or await users.get(session, to) is None:
                return
            counts = await campaigns.counts(session, campaign.id)
        values = about(campaign) | {"left": counts.get("pending", 0)}
        await self.messenger.send(to, Notice("broadcast-ended-itself", values))


async def _of_somebody(session: AsyncSession, due: Due) -> Campaign | None:
    """The campaign, if its writer's data wasn't deleted."""
    campaign = await campaigns.get(session, _campaign_of(due))
    if campaign is None or await users.get(session, campaign.created_by) is None:
        return None
    return campaign


def about(campaign: Campaign) -> dict[str, str]:
    """What messages say of a campaign itself: its number, and in which list it stands."""
    return {"campaign": str(campaign.id), "planned": "yes" if campaign.name else "no"}


def _campaign_of(due: Due) -> int:
    return int(due.about.split(":")[1])


def _person_of(due: Due) -> int:
    return int(due.about.split(":")[2])
