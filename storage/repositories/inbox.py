"""The durable inbox of updates."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import InboxUpdate
from storage.repositories.upserts import insert_new

# Telegram keeps an update for a day; ids older than this can't come again.
KEEP = timedelta(days=3)


async def receive(
    session: AsyncSession,
    bot_id: int,
    payloads: Sequence[Mapping[str, Any]],
    now: datetime,
    max_attempts: int,
) -> set[int]:
    """Writes updates down. Returns the ids of those that were handled, or given up, before."""
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
    if await insert_new(session, InboxUpdate, rows) == len(rows):
        return set()
    handled = select(InboxUpdate.update_id).where(
        InboxUpdate.bot_id == bot_id,
        InboxUpdate.update_id.in_([row["update_id"] for row in rows]),
        or_(InboxUpdate.done_at.is_not(None), InboxUpdate.attempts >= max_attempts),
    )
    return set(await session.scalars(handled))


async def done(session: AsyncSession, bot_id: int, update_id: int, now: datetime) -> None:
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id == update_id)
        .values(done_at=now, payload=None)
    )


async def begin_open(
    session: AsyncSession, bot_id: int, max_attempts: int
) -> Sequence[Mapping[str, Any]]:
    """Payloads that a stopped process left unhandled, oldest first; counts one more attempt each.

    An update that was tried `max_attempts` times is left out.
    """
    unhandled = (
        update(InboxUpdate)
        .where(
            InboxUpdate.bot_id == bot_id,
            InboxUpdate.done_at.is_(None),
            InboxUpdate.attempts < max_attempts,
        )
        .values(attempts=InboxUpdate.attempts + 1)
        .returning(InboxUpdate.payload)
    )
    payloads = [payload for payload in await session.scalars(unhandled) if payload]
    return sorted(payloads, key=lambda payload: int(payload["update_id"]))


async def forget_old(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(InboxUpdate).where(InboxUpdate.received_at < now - KEEP))
