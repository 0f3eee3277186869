"""Campaigns on their way to sending: written, edited, submitted, approved; and their wordings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Campaign, Dialogue, Item, Variant
from storage.repositories.campaigns import BEFORE_ALL
from storage.repositories.upserts import upsert

# Statuses of a campaign that nobody was written to yet.
BEFOREHAND = ("draft", "submitted", "approved", "scheduled")


async def create(
    session: AsyncSession, by: int, item_id: str, now: datetime, **values: Any
) -> Campaign:
    """A draft whose audience is looked through as it is sent."""
    campaign = Campaign(
        created_by=by, item_id=item_id, created_at=now, filled_to=BEFORE_ALL, **values
    )
    session.add(campaign)
    await session.flush()
    await session.refresh(campaign)
    return campaign


async def locked(session: AsyncSession, campaign_id: int) -> Campaign | None:
    """A campaign that nobody else changes until the transaction's end."""
    query = select(Campaign).where(Campaign.id == campaign_id).with_for_update()
    found: Campaign | None = await session.scalar(query.execution_options(populate_existing=True))
    return found


async def change(session: AsyncSession, campaign_id: int, **values: Any) -> None:
    await session.execute(update(Campaign).where(Campaign.id == campaign_id).values(**values))


async def put_variant(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Adds a wording, or overwrites the columns that are given of one."""
    await upsert(session, Variant, [row])


async def drop_variant(session: AsyncSession, campaign_id: int, name: str) -> None:
    await session.execute(
        delete(Variant).where(Variant.campaign_id == campaign_id, Variant.name == name)
    )


def _shown(by: int | None, statuses: Sequence[str]) -> ColumnElement[bool]:
    """Planned ones of these statuses, of one writer or (None) of all."""
    found = (Campaign.name != "") & Campaign.status.in_(statuses)
    return found if by is None else found & (Campaign.created_by == by)


async def by_status(session: AsyncSession, by: int | None) -> Mapping[str, int]:
    """How many planned campaigns there are of each status, of one writer or of all."""
    query = select(Campaign.status, func.count()).where(Campaign.name != "")
    if by is not None:
        query = query.where(Campaign.created_by == by)
    return {
        status: number for status, number in await session.execute(query.group_by(Campaign.status))
    }


async def page(
    session: AsyncSession, by: int | None, statuses: Sequence[str], limit: int, offset: int
) -> Sequence[tuple[Campaign, Item]]:
    """Planned campaigns with what they invite to, the newest first."""
    query = (
        select(Campaign, Item)
        .join(Item, Item.id == Campaign.item_id)
        .where(_shown(by, statuses))
        .order_by(Campaign.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [(campaign, item) for campaign, item in await session.execute(query)]


async def ask(session: AsyncSession, user_id: int, asked: Mapping[str, Any], now: datetime) -> None:
    """Notes what somebody was asked to type next; the last question alone holds."""
    row = {"user_id": user_id, "asked": dict(asked), "asked_at": now}
    await upsert(session, Dialogue, [row])


async def asked(session: AsyncSession, user_id: int) -> Dialogue | None:
    return await session.get(Dialogue, user_id)


async def answered(session: AsyncSession, user_id: int) -> None:
    await session.execute(delete(Dialogue).where(Dialogue.user_id == user_id))
