"""Favourites: what a person marked with a heart."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Favourite, Item
from storage.repositories.upserts import insert_new

# Nobody looks through more; a person has no reason to fill the table either.
MOST = 500


async def has(session: AsyncSession, user_id: int, item_id: str) -> bool:
    return await session.get(Favourite, (user_id, item_id)) is not None


async def toggle(session: AsyncSession, user_id: int, item_id: str, now: datetime) -> str:
    """Marks an item, or unmarks it: "marked", "unmarked", or "full" (no more can be marked)."""
    unmarked = (
        delete(Favourite)
        .where(Favourite.user_id == user_id, Favourite.item_id == item_id)
        .returning(Favourite.item_id)
    )
    if await session.scalar(unmarked) is not None:
        return "unmarked"
    if await count(session, user_id) >= MOST:
        return "full"
    await insert_new(
        session, Favourite, [{"user_id": user_id, "item_id": item_id, "created_at": now}]
    )
    return "marked"


async def count(session: AsyncSession, user_id: int) -> int:
    query = select(func.count()).where(Favourite.user_id == user_id)
    return await session.scalar(query) or 0


async def page(session: AsyncSession, user_id: int, offset: int, limit: int) -> Sequence[Item]:
    """Some of what a person marked, the newest first."""
    query = (
        select(Item)
        .join(Favourite, Favourite.item_id == Item.id)
        .where(Favourite.user_id == user_id)
        .order_by(Favourite.created_at.desc(), Item.id)
        .offset(offset)
        .limit(limit)
    )
    return (await session.scalars(query)).all()
