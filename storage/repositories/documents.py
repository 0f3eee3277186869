"""Source documents of the knowledge base."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
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


@dataclass(frozen=True, slots=True)
class Listed:
    """A document as lists show it; `bytes` is the size of its file."""

    id: str
    name: str
    title: str
    bytes: int
    digest: str
    added_by: int | None
    added_at: datetime
    removed_at: datetime | None


_LISTED = (
    *(Document.id, Document.name, Document.title, func.length(Document.data), Document.digest),
    *(Document.added_by, Document.added_at, Document.removed_at),
)


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


async def listed(session: AsyncSession, limit: int | None = None, offset: int = 0) -> list[Listed]:
    """The live documents by title, or some of them."""
    query = (
        select(*_LISTED)
        .where(Document.removed_at.is_(None))
        .order_by(Document.title, Document.id)
        .limit(limit)
        .offset(offset)
    )
    return [Listed(*row) for row in (await session.execute(query)).all()]


async def count(session: AsyncSession) -> int:
    """Of the live documents."""
    query = select(func.count()).select_from(Document).where(Document.removed_at.is_(None))
    return await session.scalar(query) or 0


async def one(session: AsyncSession, document_id: str) -> Listed | None:
    """A document, be it live or removed."""
    row = (await session.execute(select(*_LISTED).where(Document.id == document_id))).first()
    return Listed(*row) if row else None


async def ids(session: AsyncSession) -> Sequence[str]:
    """Of all documents, removed ones too."""
    return (await session.scalars(select(Document.id))).all()


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


async def restore(session: AsyncSession, document_id: str) -> bool:
    """Takes back a removal; False where there is none."""
    restored = (
        update(Document)
        .where(Document.id == document_id, Document.removed_at.is_not(None))
        .values(removed_at=None)
        .returning(Document.id)
    )
    return await session.scalar(restored) is not None
