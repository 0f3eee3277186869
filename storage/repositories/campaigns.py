"""Campaigns and their recipients."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, Campaign, Item, Order, Recipient, User
from storage.repositories import items, users

# Whom an invite reached, or may have reached, isn't sent the same one again for so long.
AGAIN = timedelta(days=30)
# Whom a preview counted may have changed after so long: it is asked for again.
DRAFT_HOLDS = timedelta(days=1)
REACHED = ("sending", "sent", "unknown")


async def draft(
    session: AsyncSession, admin_id: int, item_id: str, segment: Mapping[str, Any], now: datetime
) -> tuple[Campaign, int]:
    """A campaign with its audience, frozen as it is now, and the size of that.

    The admin's forgotten drafts are cancelled.
    """
    # Not deleted: SQLite would give their ids, which stand in buttons, to later campaigns.
    await session.execute(
        update(Campaign)
        .where(
            Campaign.created_by == admin_id,
            Campaign.status == "draft",
            Campaign.created_at < now - DRAFT_HOLDS,
        )
        .values(status="cancelled")
    )
    campaign = Campaign(
        created_by=admin_id,
        item_id=item_id,
        segment=dict(segment),
        status="draft",
        created_at=now,
    )
    session.add(campaign)
    await session.flush()
    audience = select(
        literal(campaign.id),
        User.id,
        literal("pending"),
        literal(now, type_=Recipient.changed_at.type),
    ).where(users.in_segment(segment), users.may_be_invited(), ~_is_through(item_id, now))
    columns = ["campaign_id", "user_id", "status", "changed_at"]
    await session.execute(insert(Recipient).from_select(columns, audience))
    return campaign, sum((await counts(session, campaign.id)).values())


def _is_through(item_id: str, now: datetime) -> ColumnElement[bool]:
    """Of a user: they have the item already, or were sent an invite to it lately."""
    booked = select(Booking.user_id).where(
        Booking.item_id == item_id, Booking.status.in_(("booked", "attended"))
    )
    owned = select(Order.user_id).where(
        Order.item_id == item_id, Order.status.in_(("reserved", "paid"))
    )
    reached = (
        select(Recipient.user_id)
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .where(
            Campaign.item_id == item_id,
            Recipient.status.in_(REACHED),
            Recipient.changed_at > now - AGAIN,
        )
    )
    return User.id.in_(booked) | User.id.in_(owned) | User.id.in_(reached)


async def get(session: AsyncSession, campaign_id: int) -> Campaign | None:
    return await session.get(Campaign, campaign_id, populate_existing=True)


async def launch(session: AsyncSession, campaign_id: int, now: datetime) -> bool:
    """Begins to send. False when it was launched before, or its preview is too old."""
    launched = (
        update(Campaign)
        .where(
            Campaign.id == campaign_id,
            Campaign.status == "draft",
            Campaign.created_at > now - DRAFT_HOLDS,
        )
        .values(status="sending", launched_at=now)
        .returning(Campaign.id)
    )
    return await session.scalar(launched) is not None


async def is_invite(session: AsyncSession, campaign_id: int, user_id: int, message_id: int) -> bool:
    """Whether a message is the invite that a person got, and not a preview of it."""
    query = (
        select(Recipient.user_id)
        .join(Campaign, Campaign.id == Recipient.campaign_id)
        .where(
            Recipient.campaign_id == campaign_id,
            Recipient.user_id == user_id,
            Recipient.status.in_(REACHED),
            Recipient.message_id.is_(None) | (Recipient.message_id == message_id),
            Campaign.launched_at.is_not(None),
        )
    )
    return await session.scalar(query) is not None


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

    Who opted out, blocked the bot, withdrew consent, took the item or was invited to it since the
    preview is `skipped` instead. When the item is no longer on offer, or full, the campaign is
    cancelled.
    """
    running = select(Campaign).where(Campaign.id == campaign_id, Campaign.status == "sending")
    campaign = await session.scalar(running.execution_options(populate_existing=True))
    if campaign is None:
        return []
    # Held, so that claims of two campaigns with the same invite come one after the other.
    offered = select(Item.id).where(
        Item.id == campaign.item_id, items.on_offer(now), items.has_room()
    )
    if await session.scalar(offered.with_for_update()) is None:
        await set_status(session, campaign_id, "cancelled", was=["sending"])
        return []
    mine = (Recipient.campaign_id == campaign_id) & (Recipient.status == "pending")
    while True:
        chosen = (
            select(Recipient.user_id)
            .where(mine)
            .order_by(Recipient.user_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        # First chosen, then marked: as one statement, PostgreSQL may run the choice once a row and
        # so pass over its limit.
        next_ = (await session.scalars(chosen)).all()
        allowed = select(User.id).where(
            User.id.in_(next_), users.may_be_invited(), ~_is_through(campaign.item_id, now)
        )
        claimed = sorted(await session.scalars(allowed))
        for status, some in (("sending", set(claimed)), ("skipped", set(next_) - set(claimed))):
            if some:
                await session.execute(
                    update(Recipient)
                    .where(mine, Recipient.user_id.in_(some))
                    .values(status=status, changed_at=now)
                )
        if claimed or not next_:
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
