"""What happened lately, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import User
from storage.repositories import orders, questions, signals, users


@dataclass(frozen=True, slots=True)
class Statistics:
    """All but `users` since a time. `acts`: signals by verb; `elsewhere`: purchases on other
    platforms, of which no price is known."""

    users: int
    new: int
    asked: int
    refused: int
    acts: Mapping[str, int]
    sold: int
    stars: int
    elsewhere: int

    @property
    def rows(self) -> int:
        return self.users + self.asked + sum(self.acts.values())


async def since(session: AsyncSession, time: datetime) -> Statistics:
    asked, refused = await questions.counts(session, time)
    sold, stars = await orders.sales(session, time)
    return Statistics(
        users=await users.count(session),
        new=await users.count(session, User.created_at >= time),
        asked=asked,
        refused=refused,
        acts=await signals.counts_by_verb(session, time),
        sold=sold,
        stars=stars,
        elsewhere=await signals.bought_elsewhere(session, time),
    )
