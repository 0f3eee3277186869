"""Golden questions: what the content team keeps to measure every index by."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import GoldenQuestion
from storage.repositories.upserts import upsert


async def save(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], *, replace: bool = False
) -> None:
    """Adds questions or overwrites those with the same words; with `replace`, forgets the rest."""
    if replace:
        await session.execute(delete(GoldenQuestion))
    await upsert(session, GoldenQuestion, rows)


async def listed(session: AsyncSession) -> Sequence[GoldenQuestion]:
    """By language and document, those without an answer last."""
    found = (await session.scalars(select(GoldenQuestion))).all()
    return sorted(found, key=lambda q: (not q.documents, q.language, q.documents, q.question))


async def count(session: AsyncSession) -> int:
    return await session.scalar(select(func.count()).select_from(GoldenQuestion)) or 0
