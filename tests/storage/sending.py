"""Sending without a messenger: steps of a campaign in one transaction each."""

from campaigns.claiming import Looked
from campaigns.claiming import claim as look
from campaigns.variants import deal
from storage.database import Database
from storage.repositories import recipients
from storage.repositories.recipients import Outcome
from tests.storage.rows import NOW


async def deal_all(database: Database, campaign_id: int, global_holdout: float = 0) -> None:
    while await deal(database, campaign_id, lambda: NOW, global_holdout):
        pass


async def claim(database: Database, campaign_id: int, limit: int = 3) -> list[int]:
    """Whom one claim hands out, once all are dealt; it looks on past who can't be written to."""
    await deal_all(database, campaign_id)
    while True:
        async with database.write() as session:
            looked: Looked = await look(session, campaign_id, limit, NOW)
        if looked.claim is not None:
            return sorted(one.user_id for one in looked.claim.people)
        if not looked.more:
            return []


async def settle(
    database: Database, campaign_id: int, user_id: int, status: str, message_id: int | None = None
) -> bool:
    """False where nobody is being written to."""
    outcomes = {user_id: Outcome(user_id, status, message_id)}
    async with database.write() as session:
        return bool(await recipients.settle(session, campaign_id, outcomes, 3, NOW))


async def put_back(database: Database, campaign_id: int, user_id: int) -> int:
    """After a try that surely failed, of three at most: how often one did."""
    outcomes = {user_id: Outcome(user_id, "pending", error="500", tried=True)}
    async with database.write() as session:
        tries = await recipients.settle(session, campaign_id, outcomes, 3, NOW)
    return tries.get(user_id, 0)
