"""The durable inbox of updates."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import InboxUpdate
from storage.repositories.upserts import insert_new

# Telegram keeps an update for a day; ids older than this can't come again.
KEEP = timedelta(days=3)


async def receive(
    session: AsyncSession, bot_id: int, payloads: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """Writes updates down; those that are known already stay as they are."""
    rows = [
        {
            "bot_id": bot_id,
            "update_id": payload["update_id"],
            "payload": dict(payload),
            "attempts": 0,
            "received_at": now,
        }
        for payload in payloads
    ]
    await insert_new(session, InboxUpdate, rows)


async def begin(session: AsyncSession, bot_id: int, update_id: int) -> bool:
    """Counts an attempt to handle an update. False when it was handled already."""
    begun = (
        update(InboxUpdate)
        .where(
            InboxUpdate.bot_id == bot_id,
            InboxUpdate.update_id == update_id,
            InboxUpdate.done_at.is_(None),
        )
        .values(attempts=InboxUpdate.attempts + 1)
        .returning(InboxUpdate.update_id)
    )
    return await session.scalar(begun) is not None


async def done(session: AsyncSession, bot_id: int, update_id: int, now: datetime) -> None:
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id == update_id)
        .values(done_at=now, payload=None)
    )


async def open_updates(session: AsyncSession, bot_id: int) -> Sequence[InboxUpdate]:
    """Updates that a stopped process left unhandled, oldest first."""
    query = (
        select(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.done_at.is_(None))
        .order_by(InboxUpdate.update_id)
    )
    return (await session.scalars(query)).all()


async def forget_old(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(InboxUpdate).where(InboxUpdate.received_at < now - KEEP))
