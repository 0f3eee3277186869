"""Tags of profiles that people took away or corrected."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import TagOverride, User
from storage.repositories.upserts import upsert


async def of_user(session: AsyncSession, user_id: int) -> dict[str, str | None]:
    """By rejected tag, the one that stands instead, or None."""
    found = await session.execute(_OF_USER, {"user": user_id})
    return {tag: instead for tag, instead in found.all()}


_TAGS, _USERS = TagOverride.__table__.c, User.__table__.c
_OF_USER = (
    select(_TAGS.tag, _TAGS.instead)
    .join_from(TagOverride.__table__, User.__table__, _USERS.id == _TAGS.user_id)
    .where(_USERS.personalisation.is_(True), _TAGS.user_id == bindparam("user"))
)


async def of_all(
    session: AsyncSession, among: Sequence[int] | None = None
) -> Mapping[int, dict[str, str | None]]:
    """Of everyone who agrees to a profile today, or of those of some people."""
    query = (
        select(TagOverride.user_id, TagOverride.tag, TagOverride.instead)
        .join(User, User.id == TagOverride.user_id)
        .where(User.personalisation.is_(True))
    )
    if among is not None:
        query = query.where(TagOverride.user_id.in_(among))
    found: defaultdict[int, dict[str, str | None]] = defaultdict(dict)
    for user, tag, instead in await session.execute(query):
        found[user][tag] = instead
    return found


async def reject(
    session: AsyncSession, user_id: int, tag: str, instead: str | None, now: datetime
) -> None:
    row = {"user_id": user_id, "tag": tag, "instead": instead, "made_at": now}
    await upsert(session, TagOverride, [row])


async def restore(session: AsyncSession, user_id: int, tag: str) -> None:
    await session.execute(
        delete(TagOverride).where(TagOverride.user_id == user_id, TagOverride.tag == tag)
    )
