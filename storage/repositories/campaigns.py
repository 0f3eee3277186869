"""Campaigns and their recipients."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Campaign, Recipient, User
from storage.repositories import users


async def draft(
    session: AsyncSession, admin_id: int, item_id: str, segment: Mapping[str, Any], now: datetime
) -> Campaign:
    campaign = Campaign(
        created_by=admin_id,
        item_id=item_id,
        segment=dict(segment),
        status="draft",
        created_at=now,
    )
    session.add(campaign)
    await session.flush()
    return campaign


async def get(session: AsyncSession, campaign_id: int) -> Campaign | None:
    return await session.get(Campaign, campaign_id, populate_existing=True)


async def audience_size(session: AsyncSession, segment: Mapping[str, Any]) -> int:
    return await users.count(session, users.in_segment(segment), users.may_be_invited())


async def launch(session: AsyncSession, campaign_id: int, now: datetime) -> bool:
    """Freezes the audience and begins to send. False when it was launched before."""
    launched = (
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status == "draft")
        .values(status="sending", launched_at=now)
        .returning(Campaign.id)
    )
    if await session.scalar(launched) is None:
        return False
    campaign = await session.get_one(Campaign, campaign_id, populate_existing=True)
    audience = select(
        literal(campaign_id),
        User.id,
        literal("pending"),
        literal(now, type_=Recipient.changed_at.type),
    ).where(users.in_segment(campaign.segment), users.may_be_invited())
    columns = ["campaign_id", "user_id", "status", "changed_at"]
    await session.execute(insert(Recipient).from_select(columns, audience))
    return True


async def set_status(
    session: AsyncSession, campaign_id: int, status: str, *, was: Sequence[str]
) -> bool:
    """Moves a campaign to `status` if it is in one of `was`."""
    moved = (
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status.in_(was))
        .values(status=status)
        .returning(Campaign.id)
    )
    return await session.scalar(moved) is not None


async def finish(session: AsyncSession, campaign_id: int, now: datetime) -> bool:
    """Ends a campaign that is still sending and has nobody left to write to."""
    waiting = exists().where(
        Recipient.campaign_id == campaign_id, Recipient.status.in_(("pending", "sending"))
    )
    finished = (
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status == "sending", ~waiting)
        .values(status="done", finished_at=now)
        .returning(Campaign.id)
    )
    return await session.scalar(finished) is not None


async def set_progress_message(session: AsyncSession, campaign_id: int, message_id: int) -> None:
    await session.execute(
        update(Campaign).where(Campaign.id == campaign_id).values(progress_message_id=message_id)
    )


async def sending(session: AsyncSession) -> Sequence[int]:
    query = select(Campaign.id).where(Campaign.status == "sending").order_by(Campaign.id)
    return (await session.scalars(query)).all()


async def claim(
    session: AsyncSession, campaign_id: int, limit: int, now: datetime
) -> Sequence[int]:
    """Marks up to `limit` pending recipients `sending` and returns their user ids.

    Who opted out, blocked the bot or withdrew consent since the launch is `skipped` instead.
    """
    mine = (Recipient.campaign_id == campaign_id) & (Recipient.status == "pending")
    allowed = select(User.id).where(users.may_be_invited())
    await session.execute(
        update(Recipient)
        .where(mine, Recipient.user_id.not_in(allowed))
        .values(status="skipped", changed_at=now)
    )
    running = select(Campaign.id).where(Campaign.id == campaign_id, Campaign.status == "sending")
    chosen = (
        select(Recipient.user_id)
        .where(mine, Recipient.campaign_id.in_(running))
        .order_by(Recipient.user_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    # First chosen, then marked: as one statement, PostgreSQL may run the choice once a row and so
    # pass over its limit.
    claimed = (await session.scalars(chosen)).all()
    if claimed:
        await session.execute(
            update(Recipient)
            .where(mine, Recipient.user_id.in_(claimed))
            .values(status="sending", changed_at=now)
        )
    return claimed


async def settle(
    session: AsyncSession,
    campaign_id: int,
    user_id: int,
    status: str,
    now: datetime,
    *,
    message_id: int | None = None,
    error: str | None = None,
) -> bool:
    """The outcome of one send. `pending` gives the recipient back, after a 429 for example.

    False when the recipient is not being written to (any more): their data was deleted.
    """
    settled = (
        update(Recipient)
        .where(
            Recipient.campaign_id == campaign_id,
            Recipient.user_id == user_id,
            Recipient.status == "sending",
        )
        .values(
            status=status,
            changed_at=now,
            message_id=message_id,
            error=error[:256] if error else None,
        )
        .returning(Recipient.user_id)
    )
    return await session.scalar(settled) is not None


async def abandon_sending(session: AsyncSession, now: datetime) -> int:
    """After a crash: what was being sent may have arrived, so it is `unknown`, never repeated.

    In every campaign, since one that was paused meanwhile may be resumed later.
    """
    abandoned = (
        update(Recipient)
        .where(Recipient.status == "sending")
        .values(status="unknown", changed_at=now)
        .returning(Recipient.user_id)
    )
    return len((await session.scalars(abandoned)).all())


async def counts(session: AsyncSession, campaign_id: int) -> Mapping[str, int]:
    """Recipients by status."""
    query = (
        select(Recipient.status, func.count())
        .where(Recipient.campaign_id == campaign_id)
        .group_by(Recipient.status)
    )
    return {status: number for status, number in (await session.execute(query)).all()}
