"""What became of the people of a campaign, counted so that any groups of them can be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.statistics import Moments
from storage.models import Campaign
from storage.repositories.outcomes import OF_INVITES, OUTCOMES, PAID, Cell, Did, Drawn, Outcome

Scope = Literal["item", "any"]
"""About the campaign's item, or about anything."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Sums by cell; `did` has those cells in which somebody did it."""

    sizes: Mapping[Cell, tuple[int, float, float]]
    acts: Mapping[tuple[Outcome, Scope], Mapping[Cell, Did]]

    def of(
        self,
        outcome: Outcome,
        scope: Scope,
        among: Callable[[Cell], bool],
        *,
        money: bool = False,
    ) -> Moments:
        """A group's moments: of who did it or not, or with `money` of what they paid."""
        total = Moments()
        for cell, (n, x, xx) in self.sizes.items():
            if among(cell):
                did = self.acts[outcome, scope].get(cell, Did(0, 0, 0, 0, 0))
                sums = (
                    (did.paid, did.paid_squares, x, xx, did.x_paid)
                    if money
                    else (did.did, did.did, x, xx, did.x_did)
                )
                total += Moments(n, did.did, *sums)
        return total

    def people(self, among: Callable[[Cell], bool]) -> int:
        return sum(n for cell, (n, _, _) in self.sizes.items() if among(cell))


async def count(session: AsyncSession, campaign: Campaign | None, now: datetime) -> Counted:
    """Those of a campaign; with None all who were ever drawn for one, since their first time."""
    drawn = Drawn(session, campaign, now)
    asked: list[tuple[Outcome, Scope]] = [
        (outcome, scope)
        for scope in (("item", "any") if campaign else ("any",))
        for outcome in OUTCOMES
        if scope == "item" or outcome not in OF_INVITES
    ]
    return Counted(
        await drawn.sizes(),
        {
            (outcome, scope): await drawn.did(outcome, any_item=scope == "any")
            for outcome, scope in asked
        },
    )


def is_paid(outcome: Outcome) -> bool:
    """Whether it has a worth: Stars of what was bought, CNY of cars ordered."""
    return outcome in PAID
