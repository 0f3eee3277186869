"""Measuring a campaign: its people's acts are counted, compared, and the effects written down, when
a report is read and when its windows are over (`campaigns.windows`)."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns import outcomes
from campaigns.outcomes import Counted
from campaigns.reporting import K, Report, Reporting, report
from storage.database import Database
from storage.models import Campaign
from storage.repositories import campaigns, effects
from storage.repositories import outcomes as counting

Found = tuple[Campaign, Counted, Mapping[str, int], Mapping[str, int], list[tuple[str, int]]]


async def measure(database: Database, campaign_id: int, now: datetime, k: int = K) -> Report | None:
    """The report of a campaign that was begun, as of now; its effects are kept. None for one that
    wasn't, or isn't there."""

    async def read(session: AsyncSession) -> Found | None:
        campaign = await session.get(Campaign, campaign_id)
        if campaign is None or campaign.launched_at is None:
            return None
        return (
            campaign,
            await outcomes.count(session, campaign, now),
            await counting.weights(session, campaign_id),
            await campaigns.counts(session, campaign_id),
            list(await counting.sends_by_hour(session, campaign_id)),
        )

    found = await database.together(read)
    if found is None:
        return None
    campaign, counted, weights, statuses, sends = found
    made, rows = await asyncio.to_thread(
        lambda: (
            report(counted, campaign, weights, statuses, sends, now, k),
            _effects(counted, campaign_id, now),
        )
    )
    async with database.write() as session:
        await effects.keep(session, rows)
    return made


async def measure_all(database: Database, now: datetime, k: int = K) -> Report:
    """All campaigns together: who was held from all of them beside the rest, since they were first
    drawn."""
    counted = await database.together(lambda session: outcomes.count(session, None, now))
    return await asyncio.to_thread(report, counted, None, {}, {}, [], now, k)


def _effects(counted: Counted, campaign_id: int, now: datetime) -> list[Mapping[str, Any]]:
    """What is learned from is nobody's to read, so it has groups of few, too."""
    whole = Reporting(counted, None, k=1)
    rows: list[Mapping[str, Any]] = []
    for row in (*whole.rows(), *whole.segments()):
        if row.scope != "item" or row.of != "share":
            continue
        if row.first is None or row.second is None or row.difference is None:
            continue
        rows.append(
            {
                "campaign_id": campaign_id,
                # Segments are numbered from 1 on; 0 stands for none.
                "segment": "0" if row.segment == "none" else row.segment,
                "outcome": row.outcome,
                "treated": row.first.people,
                "treated_did": row.first.did,
                "held": row.second.people,
                "held_did": row.second.did,
                "difference": row.difference.value,
                "low": row.difference.always_low,
                "high": row.difference.always_high,
                "measured_at": now,
            }
        )
    return rows
