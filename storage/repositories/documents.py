"""Source documents of the knowledge base."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Document
from storage.repositories.upserts import upsert


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored, without its bytes."""

    id: str
    name: str
    digest: str
    label: str


async def save(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Adds a document or replaces the one with the same id."""
    await upsert(session, Document, [{"removed_at": None, **row}])


async def stored(session: AsyncSession) -> list[Stored]:
    """The live documents, by id."""
    query = (
        select(Document.id, Document.name, Document.digest, Document.label)
        .where(Document.removed_at.is_(None))
        .order_by(Document.id)
    )
    return [Stored(*row) for row in (await session.execute(query)).all()]


async def data(session: AsyncSession, document_id: str) -> bytes | None:
    return await session.scalar(select(Document.data).where(Document.id == document_id))


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
