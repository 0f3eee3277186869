"""Campaigns and their recipients."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Booking, Campaign, Item, Order, Recipient, User
from storage.repositories import items, users

# Whom an invite reached, or may have reached, isn't sent the same one again for so long.
AGAIN = timedelta(days=30)
# Whom a preview counted may have changed after so long: it is asked for again.
DRAFT_HOLDS = timedelta(days=1)
# So many users are looked through at once for a large audience; ids of people are above 0.
SLICE, BEFORE_ALL = 5_000, 0
REACHED = ("sending", "sent", "unknown")
# A campaign in which nothing is under way, so that who is in doubt is known.
RESTING = ("done", "paused")


async def draft(
    session: AsyncSession,
    admin_id: int,
    item_id: str,
    segment: Mapping[str, Any],
    now: datetime,
    *,
    large: bool = False,
) -> tuple[Campaign, int]:
    """A campaign with its audience, frozen as it is now, and the size of that. A `large` one has
    nobody yet: `fill` looks through them once it is sent.

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
        filled_to=BEFORE_ALL if large else None,
    )
    session.add(campaign)
    await session.flush()
    if not large:
        await _invite(session, campaign, now, User.id.is_not(None))
    return campaign, sum((await counts(session, campaign.id)).values())


async def fill(session: AsyncSession, campaign_id: int, now: datetime) -> bool:
    """Looks through the next `SLICE` users for a large audience of a campaign that is being sent.
    False when there are no more."""
    running = select(Campaign).where(
        Campaign.id == campaign_id, Campaign.status == "sending", Campaign.filled_to.is_not(None)
    )
    # Held, so that no other process fills it, too.
    campaign = await session.scalar(
        running.with_for_update().execution_options(populate_existing=True)
    )
    if campaign is None:
        return False
    after = User.id > campaign.filled_to
    slice_ = select(User.id).where(after).order_by(User.id).limit(SLICE).subquery()
    count, last = (await session.execute(select(func.count(), func.max(slice_.c.id)))).one()
    if count:
        await _invite(session, campaign, now, after & (User.id <= last))
    campaign.filled_to = last if count == SLICE else None
    return campaign.filled_to is not None


async def _invite(
    session: AsyncSession, campaign: Campaign, now: datetime, among: ColumnElement[bool]
) -> None:
    """Makes recipients of those users who are in the campaign's audience."""
    audience = select(
        literal(campaign.id),
        User.id,
        literal("pending"),
        literal(now, type_=Recipient.changed_at.type),
    ).where(
        among,
        users.in_segment(campaign.segment, now),
        users.may_be_invited(),
        ~_is_through(campaign.item_id, now),
    )
    columns = ["campaign_id", "user_id", "status", "changed_at"]
    await session.execute(insert(Recipient).from_select(columns, audience))


def _is_through(item_id: str, now: datetime, own: int | None = None) -> ColumnElement[bool]:
    """Of a user: they have the item already, or may have been sent an invite to it lately, by
    another campaign than `own`.
    """
    booked = exists().where(
        Booking.user_id == User.id,
        Booking.item_id == item_id,
        Booking.status.in_(("booked", "attended")),
    )
    owned = exists().where(
        Order.user_id == User.id,
        Order.item_id == item_id,
        Order.status.in_(("reserved", "paid")),
    )
    reached = exists().where(
        Recipient.user_id == User.id,
        Campaign.id == Recipient.campaign_id,
        Campaign.item_id == item_id,
        _may_have_arrived(),
        Recipient.changed_at > now - AGAIN,
    )
    if own is not None:
        reached = reached.where(Campaign.id != own)
    return booked | owned | reached


def _may_have_arrived() -> ColumnElement[bool]:
    return or_(Recipient.status.in_(REACHED), Recipient.doubted)


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
            _may_have_arrived(),
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
        .where(
            Campaign.id == campaign_id,
            Campaign.status == "sending",
            Campaign.filled_to.is_(None),
            ~waiting,
        )
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
            .order_by(Recipient.attempts, Recipient.user_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        # First chosen, then marked: as one statement, PostgreSQL may run the choice once a row and
        # so pass over its limit.
        next_ = (await session.scalars(chosen)).all()
        allowed = select(User.id).where(
            User.id.in_(next_),
            users.may_be_invited(),
            ~_is_through(campaign.item_id, now, campaign_id),
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


async def put_back(
    session: AsyncSession, campaign_id: int, user_id: int, most: int, error: str, now: datetime
) -> int:
    """After a try that surely failed: pending again, behind all others, or after the `most`-th
    `failed`. Returns how many tries failed by now, 0 where nobody is being written to any more.
    """
    tries = Recipient.attempts + 1
    back = (
        update(Recipient)
        .where(
            Recipient.campaign_id == campaign_id,
            Recipient.user_id == user_id,
            Recipient.status == "sending",
        )
        .values(
            status=case((tries >= most, "failed"), else_="pending"),
            attempts=tries,
            changed_at=now,
            error=error[:256],
        )
        .returning(Recipient.attempts)
    )
    return await session.scalar(back) or 0


async def doubtful(
    session: AsyncSession, campaign_id: int, *, offset: int = 0, limit: int | None = None
) -> Sequence[tuple[Recipient, User]]:
    """Whom an invite may have reached or not, with them."""
    query = (
        select(Recipient, User)
        .join(User, User.id == Recipient.user_id)
        .where(Recipient.campaign_id == campaign_id, Recipient.status == "unknown")
        .order_by(Recipient.user_id)
        .offset(offset)
        .limit(limit)
    )
    return [(recipient, user) for recipient, user in await session.execute(query)]


async def send_again(
    session: AsyncSession, campaign_id: int, before: int, now: datetime
) -> int | None:
    """Queues those whose invite is in doubt once more, and returns how many these are.

    `before` is how often that was done when the admin was asked: each question is answered once,
    however often and by whomever its button is pressed. None where it was, or the campaign is being
    sent or is over for good.
    """
    begun = (
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.resends == before, Campaign.status.in_(RESTING))
        .values(
            resends=before + 1,
            status=case((Campaign.status == "done", "sending"), else_=Campaign.status),
            finished_at=None,
        )
        .returning(Campaign.id)
    )
    if await session.scalar(begun) is None:
        return None
    queued = (
        update(Recipient)
        .where(Recipient.campaign_id == campaign_id, Recipient.status == "unknown")
        .values(status="pending", doubted=True, attempts=0, changed_at=now)
        .returning(Recipient.user_id)
    )
    return len((await session.scalars(queued)).all())


async def has_arrived(
    session: AsyncSession, campaign_id: int, user_id: int, message_id: int, now: datetime
) -> bool:
    """Somebody tapped the invite: if that was in doubt, it isn't any more. True if it was."""
    in_doubt = or_(
        Recipient.status == "unknown", (Recipient.status == "pending") & Recipient.doubted
    )
    arrived = (
        update(Recipient)
        .where(Recipient.campaign_id == campaign_id, Recipient.user_id == user_id, in_doubt)
        .values(status="sent", message_id=message_id, changed_at=now)
        .returning(Recipient.user_id)
    )
    return await session.scalar(arrived) is not None


async def launched(session: AsyncSession, limit: int) -> Sequence[tuple[Campaign, Item]]:
    """The newest campaigns that were begun, with what they invite to."""
    query = (
        select(Campaign, Item)
        .join(Item, Item.id == Campaign.item_id)
        .where(Campaign.launched_at.is_not(None))
        .order_by(Campaign.id.desc())
        .limit(limit)
    )
    return [(campaign, item) for campaign, item in await session.execute(query)]


async def abandon_sending(session: AsyncSession, now: datetime) -> int:
    """After a crash: what was being sent may have arrived, so it is `unknown`.

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
