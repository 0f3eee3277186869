"""Users: first contact, choices, roles, segments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ShownList, Signal, User
from storage.repositories import questions
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


async def delete_row(session: AsyncSession, user_id: int) -> None:
    """Deletes the row; the foreign keys delete all that hangs on it."""
    await session.execute(delete(User).where(User.id == user_id))


def in_segment(segment: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition of a segment: {"kind": "all" | "topic" | "city" | "car", "value": …}.

    Raises ValueError for a kind that isn't known.
    """
    kind, value = segment["kind"], segment.get("value")
    if kind == "all":
        return User.id.is_not(None)
    if kind == "city":
        return User.city == value
    if kind == "car":
        return User.car == value
    if kind == "topic":
        # Topics are slugs, so a quoted match in the JSON text is exact on both databases.
        return cast(User.topics, String).like(f'%"{value}"%')
    raise ValueError(f"Unknown segment {kind!r}: use all, topic, city or car.")


def may_be_invited() -> ColumnElement[bool]:
    """Only people who agreed to personalisation, did not opt out, and did not block the bot."""
    return User.personalisation.is_(True) & User.invites.is_(True) & User.blocked_at.is_(None)


async def count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(User).where(*where)) or 0


async def cities(session: AsyncSession, limit: int = 8) -> Sequence[str]:
    """The cities with most users, most first."""
    query = (
        select(User.city)
        .where(User.city.is_not(None))
        .group_by(User.city)
        .order_by(func.count().desc(), User.city)
        .limit(limit)
    )
    return [city for city in await session.scalars(query) if city is not None]


async def with_roles(session: AsyncSession, *roles: str) -> Sequence[int]:
    return (await session.scalars(select(User.id).where(User.role.in_(roles)))).all()
