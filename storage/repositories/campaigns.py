"""Campaigns on their way from draft to done, and how they stand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Campaign, Item, Recipient, Salt, User, Variant
from storage.repositories import recipients
from storage.repositories.upserts import insert_new

# Whom a preview counted may have changed after so long: it is asked for again.
DRAFT_HOLDS = timedelta(days=1)
# Where a large audience is looked through from: ids of people are above it.
BEFORE_ALL = 0
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
            # Others are worked on for longer.
            Campaign.name == "",
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
        await recipients.add(session, campaign, now, User.id.is_not(None))
    return campaign, sum((await counts(session, campaign.id)).values())


async def get(session: AsyncSession, campaign_id: int) -> Campaign | None:
    return await session.get(Campaign, campaign_id, populate_existing=True)


async def has_audience(session: AsyncSession, campaign: Campaign) -> bool:
    """Whether somebody is in it, or is still to be looked for. Drafts of builds that looked for
    people only at the launch have nobody."""
    there = exists().where(Recipient.campaign_id == campaign.id)
    return campaign.filled_to is not None or bool(await session.scalar(select(there)))


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
            recipients.may_have_arrived(),
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
        .values(status=status, paused_because=None)
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


async def set_progress_message(
    session: AsyncSession, campaign_id: int, chat_id: int, message_id: int
) -> None:
    place = {"progress_chat_id": chat_id, "progress_message_id": message_id}
    await session.execute(update(Campaign).where(Campaign.id == campaign_id).values(**place))


async def sending(session: AsyncSession) -> Sequence[int]:
    query = select(Campaign.id).where(Campaign.status == "sending").order_by(Campaign.id)
    return (await session.scalars(query)).all()


async def any_due(session: AsyncSession, now: datetime) -> bool:
    return await session.scalar(select(Campaign.id).where(_due(now)).limit(1)) is not None


async def begin_due(session: AsyncSession, now: datetime) -> Sequence[int]:
    """Begins to send what was scheduled until now."""
    begun = (
        update(Campaign)
        .where(_due(now))
        .values(status="sending", launched_at=now)
        .returning(Campaign.id)
    )
    return (await session.scalars(begun)).all()


def _due(now: datetime) -> ColumnElement[bool]:
    return (Campaign.status == "scheduled") & (
        Campaign.starts_at.is_(None) | (Campaign.starts_at <= now)
    )


async def lock(session: AsyncSession, campaign_id: int, salt: str) -> Campaign | None:
    """Has the campaign keep what its people are drawn with, once and for all. None where it isn't
    being sent."""
    await session.execute(
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status == "sending", Campaign.salt.is_(None))
        .values(salt=salt)
    )
    return await running(session, campaign_id)


async def running(session: AsyncSession, campaign_id: int) -> Campaign | None:
    """The campaign if it is being sent."""
    query = select(Campaign).where(Campaign.id == campaign_id, Campaign.status == "sending")
    return await session.scalar(query.execution_options(populate_existing=True))


async def variants(session: AsyncSession, campaign_id: int) -> Sequence[Variant]:
    """Its wordings, by their letters."""
    query = select(Variant).where(Variant.campaign_id == campaign_id).order_by(Variant.name)
    return (await session.scalars(query)).all()


async def keep_file_id(
    session: AsyncSession, campaign_id: int, variant: str, file_id: str | None
) -> None:
    """What Telegram calls a wording's media, once uploaded."""
    await session.execute(
        update(Variant)
        .where(Variant.campaign_id == campaign_id, Variant.name == variant)
        .values(file_id=file_id)
    )


async def pause_because(session: AsyncSession, campaign_id: int, reason: str) -> bool:
    """Pauses a campaign that is being sent by itself."""
    paused = (
        update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.status == "sending")
        .values(status="paused", paused_because=reason)
        .returning(Campaign.id)
    )
    return await session.scalar(paused) is not None


async def global_salt(session: AsyncSession, made: str) -> str:
    """What the installation's holdout is drawn with, for good; `made` where there is none yet."""
    await insert_new(session, Salt, [{"name": "global", "value": made}])
    return (await session.get_one(Salt, "global")).value


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


async def counts(session: AsyncSession, campaign_id: int) -> Mapping[str, int]:
    """Recipients by status."""
    query = (
        select(Recipient.status, func.count())
        .where(Recipient.campaign_id == campaign_id)
        .group_by(Recipient.status)
    )
    return {status: number for status, number in (await session.execute(query)).all()}


# What another round of a campaign has of its own, or not yet.
_OWN_OF_A_ROUND = {
    "id",
    "status",
    "progress_message_id",
    "progress_chat_id",
    "created_at",
    "launched_at",
    "finished_at",
    "resends",
    "filled_to",
    "salt",
    "starts_at",
    "parent_id",
    "paused_because",
}


async def follow_up(session: AsyncSession, campaign_id: int, now: datetime) -> int | None:
    """Schedules the next round of a campaign that is done: its id. None where there is none.

    Its audience is looked through anew; who was invited lately to the same isn't among them. One
    that is done once more, since some were sent to again, has its next round already.
    """
    before = await session.get_one(Campaign, campaign_id)
    there = select(Campaign.id).where(Campaign.parent_id == campaign_id).limit(1)
    if before.every_days is None or await session.scalar(there) is not None:
        return None
    starts_at = before.starts_at or before.launched_at or now
    while starts_at <= now:
        starts_at += timedelta(days=before.every_days)
    if before.until is not None and starts_at > before.until:
        return None
    kept = {
        column.key: getattr(before, column.key)
        for column in Campaign.__mapper__.column_attrs
        if column.key not in _OWN_OF_A_ROUND
    }
    own = {"status": "scheduled", "created_at": now, "filled_to": BEFORE_ALL}
    campaign = Campaign(**kept, **own, starts_at=starts_at, parent_id=before.id)
    session.add(campaign)
    await session.flush()
    for one in await variants(session, before.id):
        names = ("name", "text", "media", "file_id", "weight")
        same = {name: getattr(one, name) for name in names}
        session.add(Variant(campaign_id=campaign.id, **same))
    return campaign.id
