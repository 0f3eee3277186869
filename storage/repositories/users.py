"""Users: first contact, choices, roles, segments."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, String, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ShownList, Signal, User
from storage.repositories import audiences as rules
from storage.repositories import questions, touches
from storage.repositories.signal_columns import driver_rows
from storage.repositories.upserts import insert_new, upsert

# Kept when a person declines profiling: these are acts of a contract or a right, not behaviour.
CONTRACT_VERBS = ("purchased", "refunded", "booked", "cancelled", "attended", "opted_out")


async def get(session: AsyncSession, user_id: int) -> User | None:
    return await session.get(User, user_id)


async def meet(session: AsyncSession, user_id: int, now: datetime, **seen: Any) -> User:
    """The user's row, made on first contact; `seen` are columns that Telegram tells each time."""
    row = {"id": user_id, "created_at": now, "seen_at": now, "topics": [], **seen}
    row |= {"role": "user", "invites": True}
    await insert_new(session, User, [row])
    await session.execute(
        update(User).where(User.id == user_id).values(seen_at=now, blocked_at=None, **seen)
    )
    return await session.get_one(User, user_id, populate_existing=True)


async def save(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Imports whole rows of users, such as the sample's."""
    await upsert(session, User, rows)


async def change(session: AsyncSession, user_id: int, **values: Any) -> None:
    await session.execute(update(User).where(User.id == user_id).values(**values))


async def have_blocked(session: AsyncSession, user_ids: Sequence[int], now: datetime) -> None:
    await session.execute(update(User).where(User.id.in_(user_ids)).values(blocked_at=now))


async def choose_personalisation(
    session: AsyncSession, user_id: int, agreed: bool, now: datetime
) -> None:
    """Records the consent. Declining also forgets the behaviour and lists noted before the choice,
    and whose the questions were.
    """
    await change(session, user_id, personalisation=agreed, consented_at=now)
    if not agreed:
        await session.execute(
            delete(Signal).where(Signal.user_id == user_id, Signal.verb.not_in(CONTRACT_VERBS))
        )
        await questions.unlink(session, user_id)
        await questions.forget_unlinked(session, now)
        await session.execute(delete(ShownList).where(ShownList.user_id == user_id))
        await touches.forget(session, user_id)


async def delete_row(session: AsyncSession, user_id: int) -> None:
    """Deletes the row; the foreign keys delete all that hangs on it."""
    await session.execute(delete(User).where(User.id == user_id))


def in_segment(segment: Mapping[str, Any], now: datetime) -> ColumnElement[bool]:
    """The condition of an audience's spec, as `campaigns.audience` has it, but for the segments of
    K-means and the likeliest: those are found in memory, and frozen by their ids.

    Raises ValueError for these, and for a kind that isn't known.
    """
    kind = segment["kind"]
    if kind == "all":
        return User.id.is_not(None)
    if kind in ("topic", "city", "car"):
        return rules.holds([{"field": kind, "is": segment.get("value")}], now)
    if kind != "rules" or segment.get("likeliest"):
        raise ValueError(f"An audience of the kind {kind!r} can't be told by the database.")
    return rules.holds(segment.get("all") or (), now, segment.get("any") or ())


def may_be_invited() -> ColumnElement[bool]:
    return rules.may_be_invited()


async def invitable(
    session: AsyncSession, condition: ColumnElement[bool], only: Sequence[int] | None = None
) -> np.ndarray:
    """Ids int64 [n], in rising order, of those who may be invited and for whom a condition holds;
    with `only`, of some people."""
    query = select(User.id).where(may_be_invited(), condition)
    if only is not None:
        query = query.where(User.id.in_(only))
    found = [
        np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
        async for rows in driver_rows(session, query)
    ]
    return np.sort(np.concatenate([np.zeros(0, dtype=np.int64), *found]))


async def count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(User).where(*where)) or 0


@dataclass(frozen=True, slots=True)
class Audiences:
    """How many `users` there are; the cities with most of them, most first; and how many may be
    invited, by (kind, value) of each segment."""

    users: int
    cities: Sequence[str]
    sizes: Mapping[tuple[str, str], int]


async def audiences(session: AsyncSession, most_cities: int = 8) -> Audiences:
    groups = (User.car, User.city, cast(User.topics, String))
    query = select(*groups, func.count(), func.count().filter(may_be_invited())).group_by(*groups)
    total, cities = 0, Counter[str]()
    sizes: Counter[tuple[str, str]] = Counter()
    for car, city, topics, number, invited in (await session.execute(query)).all():
        total += number
        if city:
            cities[city] += number
        own = {("all", ""), *(("topic", topic) for topic in json.loads(topics))}
        own |= {(kind, value) for kind, value in (("car", car), ("city", city)) if value}
        for segment in own:
            sizes[segment] += invited
    found = sorted(cities, key=lambda city: (-cities[city], city))
    return Audiences(total, found[:most_cities], sizes)


async def with_roles(session: AsyncSession, *roles: str) -> Sequence[int]:
    return (await session.scalars(select(User.id).where(User.role.in_(roles)))).all()
