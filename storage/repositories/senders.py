"""Which process sends campaigns: one at a time has the lease, so that their pace is one."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Sender
from storage.repositories.upserts import insert_new


async def hold(
    session: AsyncSession, process: str, now: datetime, until: datetime
) -> Literal["kept", "taken"] | None:
    """Has this process send until then: it did before, or nobody does any more. None where another
    one does."""
    for condition, outcome in (
        (Sender.process == process, "kept"),
        (Sender.leased_until < now, "taken"),
    ):
        held = update(Sender).where(condition).values(process=process, leased_until=until)
        if await session.scalar(held.returning(Sender.id)) is not None:
            return outcome  # type: ignore[return-value]
    row = {"id": 1, "process": process, "leased_until": until}
    return "taken" if await insert_new(session, Sender, [row]) else None


async def release(session: AsyncSession, process: str) -> None:
    await session.execute(delete(Sender).where(Sender.process == process))
