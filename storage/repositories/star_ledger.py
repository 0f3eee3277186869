"""How far the bot's Star transactions were compared with the orders."""

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import StarLedger
from storage.repositories.upserts import upsert


async def seen(session: AsyncSession, bot_id: int) -> int:
    """How many, from the oldest on, need not be looked at again."""
    row = await session.get(StarLedger, bot_id)
    return row.seen if row else 0


async def set_seen(session: AsyncSession, bot_id: int, number: int) -> None:
    await upsert(session, StarLedger, [{"bot_id": bot_id, "seen": number}])
