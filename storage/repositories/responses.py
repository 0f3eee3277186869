"""Past invites, as columns: what a model of responses learns from."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import BigInteger, String, cast, extract, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Campaign, Recipient, User
from storage.repositories.signal_columns import driver_rows


@dataclass(frozen=True, slots=True)
class Invites:
    """Invites [n] that were sent to people who agree to a profile today, oldest first: `user` and
    `campaign` int64, `item` int32, a place in `items`; `at` datetime64[us] in UTC; `segment` int32
    by K-means at the time, 0 for none; `window` timedelta64[us] in which what they do counts;
    `variant` int8, its letter's place from 1, 0 for none."""

    items: tuple[str, ...]
    user: np.ndarray
    campaign: np.ndarray
    item: np.ndarray
    at: np.ndarray
    segment: np.ndarray
    window: np.ndarray
    variant: np.ndarray

    def __len__(self) -> int:
        return len(self.user)


async def past(session: AsyncSession, before: datetime, most_campaigns: int) -> Invites:
    """Those of the newest campaigns launched before a time."""
    newest = (
        select(Campaign.id)
        .where(Campaign.launched_at < before)
        .order_by(Campaign.launched_at.desc())
        .limit(most_campaigns)
    )
    of = {
        campaign: (item, days)
        for campaign, item, days in await session.execute(
            select(Campaign.id, Campaign.item_id, Campaign.window_days).where(
                Campaign.id.in_(newest.scalar_subquery())
            )
        )
    }
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    at = (
        type_coerce(Recipient.changed_at, String)
        if on_sqlite
        else cast(extract("epoch", Recipient.changed_at) * 1_000_000, BigInteger)
    )
    query = (
        select(
            Recipient.user_id,
            Recipient.campaign_id,
            at,
            func.coalesce(Recipient.segment, 0),
            func.coalesce(Recipient.variant, ""),
        )
        .join(User, User.id == Recipient.user_id)
        .where(
            Recipient.campaign_id.in_(of),
            Recipient.status == "sent",
            Recipient.arm == "treated",
            User.personalisation.is_(True),
        )
    )
    rows = [row async for some in driver_rows(session, query) for row in some]
    user, campaign, when, segment, variant = zip(*rows, strict=True) if rows else ((),) * 5
    items = tuple(sorted({item for item, _ in of.values()}))
    place = {item: number for number, item in enumerate(items)}
    count = len(rows)
    columns = (
        np.array(user, dtype=np.int64),
        np.array(campaign, dtype=np.int64),
        np.fromiter((place[of[one][0]] for one in campaign), dtype=np.int32, count=count),
        np.array(when, dtype="datetime64[us]"),
        np.array(segment, dtype=np.int32),
        np.array([of[one][1] for one in campaign], dtype="timedelta64[D]").astype("m8[us]"),
        np.fromiter((ord(v[0]) - 64 if v else 0 for v in variant), dtype=np.int8, count=count),
    )
    order = np.argsort(columns[3], kind="stable")
    return Invites(items, *(column[order] for column in columns))
