"""Who is written to next: looked at again just before, and marked as being written to."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import telling
from campaigns.acts import log_itself
from campaigns.holding import delays
from storage.models import Campaign, Item, Variant
from storage.repositories import campaigns, items, recipients, senders
from storage.repositories.recipients import Next

log = logging.getLogger(__name__)

# A process that stops without a word is taken over from after so long.
LEASE = timedelta(seconds=5)


class Lost(Exception):
    """Another process sends now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom to write to of a campaign; nobody where there is nobody left, or they all wait."""

    campaign: Campaign
    item: Item
    variants: Mapping[str, Variant]
    people: Sequence[Next]


class Looked(NamedTuple):
    claim: Claim | None
    more: bool
    """Whether to look again at once: those who were looked at are not written to, or not yet."""


async def lead(session: AsyncSession, process: str, now: datetime) -> bool:
    """Has this process be the one that sends, unless another is.

    What the one before it was sending when it ended may have arrived: it becomes `unknown`.
    """
    held = await senders.hold(session, process, now, now + LEASE)
    if held == "taken" and (lost := await recipients.abandon(session, now)):
        log.warning("%s invites were being sent at the stop: their outcome is unknown", lost)
    return held is not None


async def affordable(session: AsyncSession, campaign_id: int) -> float:
    """How many more may be written to until a campaign's budget is spent."""
    campaign = await session.get_one(Campaign, campaign_id)
    if campaign.budget_fen is None or not campaign.cost_each_fen:
        return math.inf
    spent = campaign.cost_fen + campaign.cost_each_fen * await recipients.reached(
        session, campaign_id
    )
    return max((campaign.budget_fen - spent) // campaign.cost_each_fen, 0)


async def claim(
    session: AsyncSession,
    campaign_id: int,
    limit: int,
    now: datetime,
    *,
    process: str | None = None,
    look_at: int | None = None,
) -> Looked:
    """Marks up to `limit` pending recipients `sending`, of `look_at` (else `limit`) that are next.

    Who opted out, blocked the bot, withdrew consent, took the item or was invited to it since the
    preview is `skipped` instead; who is asleep, or had enough invites this week, waits. When the
    item is no longer on offer, or full, the campaign is cancelled, and its writer told.

    Raises Lost where `process` doesn't hold the sender's lease any more.
    """
    if process is not None and not await lead(session, process, now):
        raise Lost
    campaign = await campaigns.running(session, campaign_id)
    if campaign is None:
        return Looked(None, more=False)
    # Held, so that claims of two campaigns with the same invite come one after the other.
    item = await items.on_offer_now(session, campaign.item_id, now, held=True)
    if item is None:
        await campaigns.set_status(session, campaign_id, "cancelled", was=["sending"])
        await telling.ended(session, campaign, now)
        await log_itself(session, "cancelled", campaign_id, now, because="not-offered")
        return Looked(None, more=False)
    people = await recipients.next_up(session, campaign, look_at or limit, now)
    allowed = [one for one in people if one.allowed]
    waiting = await delays(session, campaign, allowed, now)
    by_delay = sorted((delay, user_id) for user_id, delay in waiting.items())
    for delay, some in groupby(by_delay, key=lambda pair: pair[0]):
        await recipients.delay(session, campaign_id, [one for _, one in some], *delay)
    claimed = [one for one in allowed if one.user_id not in waiting][:limit]
    skipped = [one.user_id for one in people if not one.allowed]
    await recipients.mark(session, campaign_id, skipped, "skipped", now)
    await recipients.mark(session, campaign_id, [one.user_id for one in claimed], "sending", now)
    if not claimed:
        return Looked(None, more=bool(people))
    variants = {one.name: one for one in await campaigns.variants(session, campaign_id)}
    return Looked(Claim(campaign, item, variants, claimed), more=True)
