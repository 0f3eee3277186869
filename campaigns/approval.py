"""Who may approve a campaign, and what exactly is approved."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.audit import canonical
from services.messenger import What
from storage.models import Campaign, Item, Variant
from storage.repositories import campaigns, drafts

# Of a campaign, what decides what is sent, to whom, when, and at what cost.
APPROVED = (
    "name",
    "brand",
    "segment",
    "holdout",
    "window_days",
    "every_days",
    "quiet",
    "most_a_week",
    "error_rate",
    "paid",
    "cost_fen",
    "cost_each_fen",
    "budget_fen",
    "url",
)
# Of the item, what its card in the invite says.
SHOWN = ("id", "type", "title", "summary", "brand", "place", "city", "price_stars")


def digest(campaign: Campaign, variants: Sequence[Variant], item: Item) -> str:
    """SHA-256 of all that is approved: the texts, the pictures (their files are named by their
    contents' hash), the audience, the item as it is shown, holdout, schedule, caps and costs."""
    told = {
        "campaign": {name: getattr(campaign, name) for name in APPROVED},
        "item": {name: getattr(item, name) for name in SHOWN},
        "times": [
            time.isoformat() if time else None
            for time in (campaign.starts_at, campaign.until, item.starts_at)
        ],
        "variants": [[v.name, v.text, v.media, v.weight] for v in variants],
    }
    return hashlib.sha256(canonical(told)).hexdigest()


@dataclass(frozen=True, slots=True)
class Whole:
    """A campaign with all that is approved of it."""

    campaign: Campaign
    item: Item
    variants: Sequence[Variant]

    @property
    def digest(self) -> str:
        return digest(self.campaign, self.variants, self.item)


async def whole_of(session: AsyncSession, campaign: Campaign) -> Whole:
    item = await session.get_one(Item, campaign.item_id, populate_existing=True)
    return Whole(campaign, item, await campaigns.variants(session, campaign.id))


async def is_as_approved(session: AsyncSession, campaign: Campaign) -> bool:
    """Whether a campaign, with its item as that is now, is what was approved of it; true of one
    that needed no approval."""
    return campaign.approved_digest in (None, (await whole_of(session, campaign)).digest)


async def next_round(session: AsyncSession, campaign_id: int, now: datetime) -> None:
    """Schedules the next round of a campaign that is done, which is approved with it: only its time
    is another. Not so where the item has changed since."""
    following = await campaigns.follow_up(session, campaign_id, now)
    before = await session.get_one(Campaign, campaign_id, populate_existing=True)
    if following is None or before.approved_digest is None:
        return
    if await is_as_approved(session, before):
        campaign = await session.get_one(Campaign, following, populate_existing=True)
        approved = (await whole_of(session, campaign)).digest
        await drafts.change(session, following, approved_digest=approved)


def may_approve(approvers: Collection[int], campaign: Campaign) -> set[int]:
    """Who of those with the right may approve it: nobody who wrote it or edited it last, while
    there is another. Where both of two did, the last version is for the other one."""
    writer, editor = campaign.created_by, campaign.edited_by or campaign.created_by
    everybody = set(approvers)
    return everybody - {writer, editor} or everybody - {editor} or everybody


@dataclass(frozen=True, slots=True)
class ApprovalAsked(What):
    """To each who may approve a campaign: all that `digest` is of."""

    campaign: Campaign
    item: Item
    variants: Sequence[Variant]
    digest: str
    writer: str
    size: int | None
    """Of a frozen audience."""


@dataclass(frozen=True, slots=True)
class Decided(What):
    """To the writer: approved by somebody, or refused, which the campaign says why."""

    campaign: Campaign
    item: Item
    approved: bool
