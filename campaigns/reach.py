"""Whom a campaign would reach: its audience by ids, where the database alone can't tell it, and a
preview of it for who writes and who approves it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from campaigns.audience import Scores, Why, parse, resolve, why
from campaigns.holding import HeldBack, held_back
from campaigns.responding import Responses
from services.recommending.placing import Placing
from storage.database import Database
from storage.models import Campaign
from storage.repositories import recipients

PEOPLE, SEGMENTS = 10, 5
# So many ids are asked of the database at once.
SLICE = 5_000


@dataclass(frozen=True, slots=True)
class Preview:
    """`count` people would get it or be held out; of these `held` will wait. `segments`: the
    largest by K-means with how many are in each. `effect`: the smallest rise over `base_rate` that
    the report can show, inf where none; with the `holdout` people that get nothing."""

    count: int
    held: HeldBack
    segments: Sequence[tuple[int, int]]
    people: Sequence[Why]
    holdout: int
    base_rate: float
    effect: float


class Reach:
    def __init__(self, database: Database, placing: Placing, responses: Responses) -> None:
        self.database = database
        self.placing = placing
        self.responses = responses

    async def ids(self, campaign: Campaign, now: datetime) -> np.ndarray:
        """Its audience as it is now, int64 [n]; of the likeliest, best first."""
        scores = Scores(self.placing, self.responses.likelihood(campaign.item_id))
        return await resolve(self.database, parse(campaign.segment), now, scores)

    async def preview(self, campaign: Campaign, now: datetime) -> Preview:
        audience = parse(campaign.segment)
        ids = await self.ids(campaign, now)
        count, held = await self._counted(campaign, now, ids, in_sql=audience.in_sql)
        own = await self.placing.of(ids)
        numbers, sizes = np.unique(own[own > 0], return_counts=True)
        largest = np.argsort(-sizes, kind="stable")[:SEGMENTS]
        if audience.likeliest is None and len(ids) > PEOPLE:
            shown = ids[np.linspace(0, len(ids) - 1, PEOPLE).astype(np.int64)]
        else:
            shown = ids[:PEOPLE]
        scores = Scores(self.placing)
        explaining = self.responses.explaining(campaign.item_id)
        people = await why(self.database, audience, now, shown.tolist(), scores, explaining)
        base_rate = (await self.responses.report()).base_rate
        holdout = round(count * campaign.holdout)
        effect = await asyncio.to_thread(_smallest, count - holdout, holdout, base_rate)
        return Preview(
            count=count,
            held=held,
            segments=[(int(numbers[n]), int(sizes[n])) for n in largest],
            people=people,
            holdout=holdout,
            base_rate=base_rate,
            effect=effect,
        )

    async def _counted(
        self, campaign: Campaign, now: datetime, ids: np.ndarray, *, in_sql: bool
    ) -> tuple[int, HeldBack]:
        parts: list[Sequence[int] | None] = [None] if in_sql else list(slices(ids))
        count, cap, quiet = 0, 0, 0
        for only in parts:
            async with self.database.read() as session:
                count += await recipients.size(session, campaign, now, only)
                held = await held_back(session, campaign, now, only)
            cap, quiet = cap + held.cap, quiet + held.quiet
        return count, HeldBack(cap, quiet)


def _smallest(treated: int, held: int, base_rate: float) -> float:
    # Statsmodels takes seconds to import, and few need it.
    from campaigns.statistics import detectable_effect

    return detectable_effect(treated, held, base_rate, peeking=True)


def slices(ids: np.ndarray) -> Iterator[list[int]]:
    for start in range(0, len(ids), SLICE):
        yield ids[start : start + SLICE].tolist()
