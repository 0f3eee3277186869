"""Source documents of the knowledge base."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Document
from storage.repositories.upserts import upsert


async def save(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> int:
    """Adds documents or replaces those with the same id. Returns how many differ from before."""
    ids = [row["id"] for row in rows]
    known = {
        document_id: digest
        for document_id, digest in (
            await session.execute(
                select(Document.id, Document.digest).where(
                    Document.id.in_(ids), Document.removed_at.is_(None)
                )
            )
        ).all()
    }
    changed = [row for row in rows if known.get(row["id"]) != row["digest"]]
    if changed:
        await upsert(session, Document, [{"removed_at": None, **row} for row in changed])
    return len(changed)


async def live(session: AsyncSession) -> Sequence[Document]:
    query = select(Document).where(Document.removed_at.is_(None)).order_by(Document.id)
    return (await session.scalars(query)).all()


async def touched(session: AsyncSession) -> set[str]:
    """Ids of documents that a person added or removed."""
    query = select(Document.id).where(
        or_(Document.added_by.is_not(None), Document.removed_at.is_not(None))
    )
    return set(await session.scalars(query))


async def remove(session: AsyncSession, document_id: str, now: datetime) -> bool:
    removed = (
        update(Document)
        .where(Document.id == document_id, Document.removed_at.is_(None))
        .values(removed_at=now)
        .returning(Document.id)
    )
    return await session.scalar(removed) is not None
