"""What is done to campaigns, in the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services import audit
from services.people import Person

# Who acts where nobody does.
ITSELF = 0


async def log_act(
    session: AsyncSession, by: Person, act: str, campaign_id: int, **detail: Any
) -> None:
    await audit.append(session, by.id, act, f"campaign:{campaign_id}", by.now, detail)


async def log_itself(
    session: AsyncSession, act: str, campaign_id: int, now: datetime, **detail: Any
) -> None:
    """Of what a campaign did by itself, by a rule."""
    await audit.append(session, ITSELF, act, f"campaign:{campaign_id}", now, detail)
