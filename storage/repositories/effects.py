"""What campaigns were measured to change."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Campaign, Effect, Item
from storage.repositories.upserts import upsert

EVERYONE = "all"


class Measured(NamedTuple):
    """Of `treated` people of a segment `treated_did` the outcome, of `held` ones `held_did`."""

    campaign: int
    item: str
    type: str
    segment: int
    outcome: str
    treated: int
    treated_did: int
    held: int
    held_did: int


async def by_segment(session: AsyncSession) -> Sequence[Measured]:
    """All that was measured in segments with both arms."""
    query = (
        select(
            Effect.campaign_id,
            Campaign.item_id,
            Item.type,
            Effect.segment,
            Effect.outcome,
            Effect.treated,
            Effect.treated_did,
            Effect.held,
            Effect.held_did,
        )
        .join(Campaign, Campaign.id == Effect.campaign_id)
        .join(Item, Item.id == Campaign.item_id)
        .where(Effect.segment != EVERYONE, Effect.treated > 0, Effect.held > 0)
        .order_by(Effect.campaign_id, Effect.segment, Effect.outcome)
    )
    rows = (await session.execute(query)).all()
    return [
        Measured(campaign, item, type_, int(segment), outcome, *counts)
        for campaign, item, type_, segment, outcome, *counts in rows
        if segment.isdecimal()
    ]


async def keep(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes what was measured, over what was before."""
    await upsert(session, Effect, rows)
