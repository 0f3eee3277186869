"""The log of acts on campaigns, which is only added to."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import AuditEntry

# Any number, the same in all processes.
LOCK = 0x41554449


async def last_hash(session: AsyncSession) -> str | None:
    """The newest entry's, until the transaction's end: others wait to add theirs.

    On SQLite a transaction that writes holds the whole database as it is.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    newest = select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    found: str | None = await session.scalar(newest)
    return found


async def after(session: AsyncSession, entry_id: int, limit: int) -> Sequence[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.id > entry_id).order_by(AuditEntry.id).limit(limit)
    return (await session.scalars(query)).all()


async def newest(
    session: AsyncSession, limit: int, about: str | None = None
) -> Sequence[AuditEntry]:
    """The last entries, of one thing or of all; newest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if about is not None:
        query = query.where(AuditEntry.about == about)
    return (await session.scalars(query)).all()
