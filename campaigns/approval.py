"""Who may approve a campaign, and what exactly is approved."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.audit import canonical
from services.messenger import What
from storage.models import Campaign, Item, Variant

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
