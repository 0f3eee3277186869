"""Whom a campaign writes to: their arms, who is next, and what became of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from storage.models import Booking, Campaign, Order, Recipient, User
from storage.repositories import users

# Whom an invite reached, or may have reached, or who was held out from it, isn't sent the same one
# for so long.
AGAIN = timedelta(days=30)
# So many users are looked through at once for a large audience, and dealt to the arms.
SLICE = 5_000
REACHED = ("sending", "sent", "unknown")
WEEK = timedelta(days=7)

_TABLE = cast(Table, Recipient.__table__)
_PENDING = Recipient.status == "pending"


class Next(NamedTuple):
    """Who may be written to next: `allowed` unless they opted out, have the item or were invited to
    it since they were chosen."""

    user_id: int
    variant: str | None
    allowed: bool
    language: str | None
    telegram_language: str | None
    draws_rich: bool | None
    zone: str | None
    city: str | None


class Outcome(NamedTuple):
    """What became of one send. `pending` gives the recipient back."""

    user_id: int
    status: str
    message_id: int | None = None
    error: str | None = None
    tried: bool = False
    """Whether it surely failed and may be tried again, until it has been too often."""


async def add(
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
        ~is_through(campaign.item_id, now),
    )
    columns = ["campaign_id", "user_id", "status", "changed_at"]
    await session.execute(insert(Recipient).from_select(columns, audience))


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
        await add(session, campaign, now, after & (User.id <= last))
    campaign.filled_to = last if count == SLICE else None
    return campaign.filled_to is not None


def is_through(item_id: str, now: datetime, own: int | None = None) -> ColumnElement[bool]:
    """Of a user: they have the item already, or may have been sent an invite to it lately, by
    another campaign than `own`, or were held out from one: what they do without it is measured.
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
    # By a name of its own: in a query of recipients it would mean theirs.
    other = aliased(Recipient)
    reached = exists().where(
        other.user_id == User.id,
        Campaign.id == other.campaign_id,
        Campaign.item_id == item_id,
        may_have_arrived(other) | (other.arm == "holdout"),
        other.changed_at > now - AGAIN,
    )
    if own is not None:
        reached = reached.where(Campaign.id != own)
    return booked | owned | reached


def may_have_arrived(of: type[Recipient] = Recipient) -> ColumnElement[bool]:
    return or_(of.status.in_(REACHED), of.doubted)


async def reached(session: AsyncSession, campaign_id: int) -> int:
    """How many a campaign has, or may have, written to."""
    query = select(func.count()).where(Recipient.campaign_id == campaign_id, may_have_arrived())
    return await session.scalar(query) or 0


async def undealt(session: AsyncSession, campaign_id: int) -> Sequence[int]:
    """The next `SLICE` users for whom no arm is drawn yet. Held, so that each is dealt once."""
    query = (
        select(Recipient.user_id)
        .where(Recipient.campaign_id == campaign_id, Recipient.assigned_at.is_(None), _PENDING)
        .order_by(Recipient.user_id)
        .limit(SLICE)
        .with_for_update()
    )
    return (await session.scalars(query)).all()


_OWN = (_TABLE.c.campaign_id == bindparam("of")) & (_TABLE.c.user_id == bindparam("person"))
DEALT = ("status", "arm", "variant", "segment", "assigned_at")
_DEAL = update(_TABLE).where(_OWN).values({name: bindparam(f"new_{name}") for name in DEALT})


async def deal(
    session: AsyncSession,
    campaign_id: int,
    hands: Sequence[tuple[int, str, str | None]],
    segments: Mapping[int, int],
    now: datetime,
) -> None:
    """Puts people into their arms: (user id, arm, variant). Who isn't treated is `held`. Their
    segments, of those who are in one, are kept as they are now."""
    rows = [
        {
            "of": campaign_id,
            "person": user_id,
            "new_status": "pending" if arm == "treated" else "held",
            "new_arm": arm,
            "new_variant": variant,
            "new_segment": segments.get(user_id),
            "new_assigned_at": now,
        }
        for user_id, arm, variant in hands
    ]
    if rows:
        await session.execute(_DEAL, rows)


async def next_up(
    session: AsyncSession, campaign: Campaign, limit: int, now: datetime
) -> Sequence[Next]:
    """Up to `limit` people who may be written to now, held; those who waited last."""
    mine = (Recipient.campaign_id == campaign.id) & _PENDING & Recipient.assigned_at.is_not(None)
    allowed = users.may_be_invited() & ~is_through(campaign.item_id, now, campaign.id)
    columns = (User.language, User.telegram_language, User.draws_rich, User.zone, User.city)
    found: list[Next] = []
    for due in (Recipient.not_before.is_(None), Recipient.not_before <= now):
        query = (
            select(Recipient.user_id, Recipient.variant, allowed, *columns)
            .join(User, User.id == Recipient.user_id)
            .where(mine, due)
            .order_by(Recipient.not_before, Recipient.attempts, Recipient.user_id)
            .limit(limit - len(found))
            .with_for_update(of=Recipient, skip_locked=True)
        )
        found += [Next(*row) for row in await session.execute(query)]
        if len(found) == limit:
            break
    return found


async def invites_of(
    session: AsyncSession, user_ids: Sequence[int], now: datetime
) -> Mapping[int, Sequence[datetime]]:
    """When each of these people was, or may have been, sent an invite by any campaign in the last
    seven days, newest first. The people are held: what is sent them meanwhile is counted."""
    await session.execute(
        select(User.id)
        .where(User.id.in_(user_ids))
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    query = (
        select(Recipient.user_id, Recipient.changed_at)
        .where(
            Recipient.user_id.in_(user_ids), may_have_arrived(), Recipient.changed_at > now - WEEK
        )
        .order_by(Recipient.changed_at.desc())
    )
    found: dict[int, list[datetime]] = {}
    for user_id, at in (await session.execute(query)).all():
        found.setdefault(user_id, []).append(at)
    return found


def _audience(
    campaign: Campaign, now: datetime, only: Sequence[int] | None = None
) -> ColumnElement[bool]:
    """Of a user: the campaign is to write to them, as far as is known by now."""
    if only is not None:
        may_get = users.may_be_invited() & ~is_through(campaign.item_id, now)
        return User.id.in_(only) & may_get
    mine = exists().where(
        Recipient.user_id == User.id, Recipient.campaign_id == campaign.id, _PENDING
    )
    if campaign.filled_to is None:
        return mine
    return mine | (
        (User.id > campaign.filled_to)
        & users.in_segment(campaign.segment, now)
        & users.may_be_invited()
        & ~is_through(campaign.item_id, now)
    )


async def size(
    session: AsyncSession, campaign: Campaign, now: datetime, only: Sequence[int] | None = None
) -> int:
    """How many a campaign would be written to; `only`: of these people, its audience."""
    where = _audience(campaign, now, only)
    return await session.scalar(select(func.count()).select_from(User).where(where)) or 0


async def freeze(
    session: AsyncSession, campaign: Campaign, only: Sequence[int], now: datetime
) -> None:
    """Makes recipients of those of some people who may be written to."""
    columns = ["campaign_id", "user_id", "status", "changed_at"]
    for start in range(0, len(only), SLICE):
        chosen = select(
            literal(campaign.id),
            User.id,
            literal("pending"),
            literal(now, type_=Recipient.changed_at.type),
        ).where(_audience(campaign, now, only[start : start + SLICE]))
        await session.execute(insert(Recipient).from_select(columns, chosen))


async def by_zone(
    session: AsyncSession, campaign: Campaign, now: datetime, only: Sequence[int] | None = None
) -> Sequence[tuple[str | None, str | None, int]]:
    """How many of the audience there are, by (zone, city)."""
    where = User.zone, User.city
    query = select(*where, func.count()).where(_audience(campaign, now, only)).group_by(*where)
    return [(zone, city, count) for zone, city, count in await session.execute(query)]


async def at_cap(
    session: AsyncSession,
    campaign: Campaign,
    at: datetime,
    now: datetime,
    only: Sequence[int] | None = None,
) -> int:
    """How many of the audience have got their invites of a week by then."""
    got = (
        select(func.count())
        .where(Recipient.user_id == User.id, may_have_arrived(), Recipient.changed_at > at - WEEK)
        .correlate(User)
        .scalar_subquery()
    )
    query = select(func.count()).select_from(User).where(_audience(campaign, now, only))
    return await session.scalar(query.where(got >= campaign.most_a_week)) or 0


async def mark(
    session: AsyncSession, campaign_id: int, user_ids: Collection[int], status: str, now: datetime
) -> None:
    if user_ids:
        await session.execute(
            update(Recipient)
            .where(Recipient.campaign_id == campaign_id, _PENDING, Recipient.user_id.in_(user_ids))
            .values(status=status, changed_at=now, not_before=None, delayed_by=None)
        )


async def delay(
    session: AsyncSession, campaign_id: int, user_ids: Collection[int], until: datetime, reason: str
) -> None:
    await session.execute(
        update(Recipient)
        .where(Recipient.campaign_id == campaign_id, _PENDING, Recipient.user_id.in_(user_ids))
        .values(not_before=until, delayed_by=reason)
    )


class Wait(NamedTuple):
    """How many wait because of what, and until when the first of them does."""

    people: int
    until: datetime


async def waiting(session: AsyncSession, campaign_id: int, now: datetime) -> Mapping[str, Wait]:
    query = (
        select(Recipient.delayed_by, func.count(), func.min(Recipient.not_before))
        .where(Recipient.campaign_id == campaign_id, _PENDING, Recipient.not_before > now)
        .group_by(Recipient.delayed_by)
    )
    found = await session.execute(query)
    return {reason or "": Wait(count, until) for reason, count, until in found if until}


_SETTLE = (
    update(_TABLE)
    .where(_OWN)
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("status", "message_id", "error", "attempts", "changed_at")
        }
    )
)


async def settle(
    session: AsyncSession,
    campaign_id: int,
    outcomes: Mapping[int, Outcome],
    most: int,
    now: datetime,
) -> Mapping[int, int]:
    """Notes what became of sends, by user. One that was `tried` is pending again behind all others,
    or after the `most`-th time failed.

    Returns how often each surely failed by now; without those who aren't being written to (any
    more): their data was deleted.
    """
    query = select(Recipient.user_id, Recipient.attempts).where(
        Recipient.campaign_id == campaign_id,
        Recipient.user_id.in_(outcomes),
        Recipient.status == "sending",
    )
    rows: list[dict[str, Any]] = []
    tries: dict[int, int] = {}
    for user_id, attempts in (await session.execute(query.with_for_update())).all():
        found = outcomes[user_id]
        tries[user_id] = attempts + found.tried
        rows.append(
            {
                "of": campaign_id,
                "person": user_id,
                "new_status": "failed" if found.tried and tries[user_id] >= most else found.status,
                "new_message_id": found.message_id,
                "new_error": found.error[:256] if found.error else None,
                "new_attempts": tries[user_id],
                "new_changed_at": now,
            }
        )
    if rows:
        await session.execute(_SETTLE, rows)
    return tries


async def abandon(session: AsyncSession, now: datetime) -> int:
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
