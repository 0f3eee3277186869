"""Signals to confidence: how sure we are that a user wants an item.

Confidence of a (user, item) pair is the sum of its signals' weights, halved for every half-life
that has passed since (Hu, Koren, Volinsky 2008, "Collaborative Filtering for Implicit Feedback
Datasets", section 4, with decay added). Undone acts take their weight back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple


class Signal(NamedTuple):
    """One act of a user on an item. `value` is a fraction for `progressed`, else ignored."""

    user: int
    item: str
    verb: str
    value: float | None
    time: datetime


WEIGHTS: Mapping[str, float] = {
    "citation_opened": 0.5,
    "viewed": 0.5,
    "invite_opened": 0.5,
    "progressed": 2.0,  # times the fraction done
    "completed": 2.0,
    "liked": 2.0,
    "shared": 2.0,
    "enrolled": 2.0,
    "quiz_answered": 1.0,
    "draw_entered": 1.0,
    "booked": 3.0,
    "purchased": 4.0,
    "attended": 2.0,
    # Undone or unwanted.
    "dismissed": -3.0,
    "cancelled": -3.0,
    "refunded": -6.0,
}


@dataclass(frozen=True, slots=True)
class Confidence:
    """The weight of each verb, and the half-life of all."""

    weights: Mapping[str, float] = field(default_factory=lambda: WEIGHTS)
    half_life: timedelta = timedelta(days=90)

    def weight(self, signal: Signal, now: datetime) -> float:
        """The signal's weight at `now`; 0 for a verb that says nothing of wanting an item."""
        weight = self.weights.get(signal.verb, 0.0)
        if signal.verb == "progressed":
            weight *= min(max(signal.value or 0.0, 0.0), 1.0)
        age = max((now - signal.time) / self.half_life, 0.0)
        return weight * float(0.5**age)

    def pairs(self, signals: Iterable[Signal], now: datetime) -> dict[tuple[int, str], float]:
        """Confidence by (user, item); negative where more was undone than done."""
        totals: dict[tuple[int, str], float] = {}
        for signal in signals:
            if weight := self.weight(signal, now):
                key = (signal.user, signal.item)
                totals[key] = totals.get(key, 0.0) + weight
        return totals
