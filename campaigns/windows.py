"""When all windows of a campaign are over it is measured by itself: plans and lists learn of it."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from services.deadlines import Due, Kind
from storage.database import Database
from storage.models import Campaign
from storage.repositories import deadlines

# Kind of deadline. What is told late is waited for a while.
OVER, LATE = "campaign-over", timedelta(hours=1)


async def measure_later(session: AsyncSession, campaign_id: int, now: datetime) -> None:
    """Has a campaign of which all is sent measured when the last one's window ends."""
    campaign = await session.get_one(Campaign, campaign_id)
    due = now + timedelta(days=campaign.window_days) + LATE
    await deadlines.set_at(session, OVER, f"campaign:{campaign_id}", due, now)


def measuring(database: Database, clock: Clock) -> Kind:
    async def act(due: Due) -> None:
        from campaigns.measure import measure  # statsmodels takes seconds to import

        await measure(database, int(due.about.partition(":")[2]), clock())

    return Kind(OVER, act, repeats=True)
