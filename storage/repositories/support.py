"""Words to the admins about payments: kept until one of them has them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import SupportWords

# Of one person, so many wait at most.
MOST_WAITING = 10


async def keep(session: AsyncSession, user_id: int, text: str, now: datetime) -> None:
    """Keeps a person's words; the same words that wait already are not kept twice."""
    waiting = await session.scalars(
        select(SupportWords.text).where(
            SupportWords.user_id == user_id, SupportWords.told_at.is_(None)
        )
    )
    known = list(waiting)
    if text not in known and len(known) < MOST_WAITING:
        session.add(SupportWords(user_id=user_id, text=text, created_at=now))


async def waiting(session: AsyncSession) -> Sequence[SupportWords]:
    query = select(SupportWords).where(SupportWords.told_at.is_(None)).order_by(SupportWords.id)
    return (await session.scalars(query)).all()


async def told(session: AsyncSession, words_id: int, now: datetime) -> None:
    await session.execute(
        update(SupportWords).where(SupportWords.id == words_id).values(told_at=now)
    )
