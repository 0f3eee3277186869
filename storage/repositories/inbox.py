"""The durable inbox of updates."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import InboxUpdate
from storage.repositories.upserts import inserted

# Telegram keeps an update for a day; ids older than this can't come again.
KEEP = timedelta(days=3)
# What is put aside waits for somebody to look at it.
KEEP_ASIDE = timedelta(days=30)
WHY = 256


async def receive(
    session: AsyncSession, bot_id: int, payloads: Sequence[Mapping[str, Any]], now: datetime
) -> set[int]:
    """Writes updates down. Returns the ids of those that had not come before."""
    rows = {
        int(payload["update_id"]): {
            "bot_id": bot_id,
            "update_id": int(payload["update_id"]),
            "payload": dict(payload),
            "attempts": 0,
            "received_at": now,
        }
        for payload in payloads
    }
    new = await inserted(session, InboxUpdate, list(rows.values()))
    return {int(key["update_id"]) for key in new}


async def begin(session: AsyncSession, bot_id: int, update_id: int) -> None:
    """Counts a try before it is made."""
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id == update_id)
        .values(attempts=InboxUpdate.attempts + 1)
    )


async def release(session: AsyncSession, bot_id: int, update_ids: Collection[int]) -> None:
    """Takes tries back that a stop cut short which somebody asked for."""
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id.in_(update_ids))
        .values(attempts=0)
    )


async def done(session: AsyncSession, bot_id: int, update_id: int, now: datetime) -> None:
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id == update_id)
        .values(done_at=now, payload=None, aside=None, user_id=None)
    )


async def put_aside(
    session: AsyncSession, bot_id: int, update_id: int, why: str, user_id: int | None
) -> bool:
    """Keeps an update instead of handling it. False when one was kept for the same reason before,
    so that each reason is told once.
    """
    same = exists().where(
        InboxUpdate.bot_id == bot_id,
        InboxUpdate.update_id != update_id,
        InboxUpdate.aside == why[:WHY],
    )
    known = await session.scalar(select(same))
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.bot_id == bot_id, InboxUpdate.update_id == update_id)
        .values(aside=why[:WHY], user_id=user_id)
    )
    return not known


async def left_open(session: AsyncSession, bot_id: int) -> Sequence[InboxUpdate]:
    """What a stopped process left unhandled, oldest first, without what is put aside."""
    query = (
        select(InboxUpdate)
        .where(
            InboxUpdate.bot_id == bot_id,
            InboxUpdate.done_at.is_(None),
            InboxUpdate.aside.is_(None),
        )
        .order_by(InboxUpdate.update_id)
    )
    return (await session.scalars(query)).all()


async def forget_old(session: AsyncSession, now: datetime) -> None:
    await session.execute(
        delete(InboxUpdate).where(
            InboxUpdate.received_at < now - KEEP,
            InboxUpdate.aside.is_(None) | (InboxUpdate.received_at < now - KEEP_ASIDE),
        )
    )


async def forget_person(session: AsyncSession, user_id: int) -> None:
    """Drops what is put aside of a person; that it came stays known."""
    await session.execute(
        update(InboxUpdate).where(InboxUpdate.user_id == user_id).values(payload=None)
    )
