"""Signals to confidence: how sure we are that a user wants a thing.

Confidence of a (user, thing) pair is the sum of what its signals are worth, each halved for every
half-life of its verb that has passed since (Hu, Koren, Volinsky 2008, "Collaborative Filtering for
Implicit Feedback Datasets", section 4, with decay added). Undone acts are worth nothing from then
on, and the undoing counts against the thing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple


class Signal(NamedTuple):
    """One act of a user on an item. `value` is how much, for verbs whose amount counts."""

    user: int
    item: str
    verb: str
    value: float | None
    time: datetime


class Worth(NamedTuple):
    """`amount`: the weight is multiplied by how much of the thing was seen or heard. Amounts are
    positions reached, not pieces, so of several only the one worth most counts. `undoes`: verbs
    whose earlier signals on the same thing are worth nothing any more."""

    weight: float
    half_life_days: float
    amount: bool = False
    undoes: tuple[str, ...] = ()


WORTH: Mapping[str, Worth] = {
    # Curiosity, which fades within weeks. Only topics can be asked about, never items.
    "asked": Worth(1.0, 45),
    "citation_opened": Worth(0.5, 45),
    "viewed": Worth(0.5, 45),
    "invite_opened": Worth(0.5, 45),
    # An opinion, or time spent.
    "liked": Worth(2.0, 120),
    "shared": Worth(2.0, 120),
    "progressed": Worth(2.0, 120, amount=True),
    "completed": Worth(2.0, 180),
    "quiz_answered": Worth(1.0, 90),
    "draw_entered": Worth(1.0, 90),
    # Money, or an afternoon.
    "enrolled": Worth(2.0, 180),
    "booked": Worth(3.0, 180),
    "attended": Worth(2.0, 180),
    "purchased": Worth(4.0, 180),
    # Undone or unwanted.
    "dismissed": Worth(-3.0, 180, undoes=("liked", "shared")),
    "cancelled": Worth(-0.5, 90, undoes=("booked",)),
    "refunded": Worth(-2.0, 180, undoes=("purchased", "enrolled")),
}
# An amount up to 1 is a fraction, more is seconds; this many seconds are as good as the whole.
WHOLE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Confidence:
    """What each verb is worth."""

    worth: Mapping[str, Worth] = field(default_factory=lambda: WORTH)

    def weight(self, signal: Signal, now: datetime) -> float:
        """The signal's own worth at `now`; 0 for a verb that says nothing of wanting a thing."""
        worth = self.worth.get(signal.verb)
        if worth is None:
            return 0.0
        age = max((now - signal.time) / timedelta(days=worth.half_life_days), 0.0)
        share = _share(signal.value or 0.0) if worth.amount else 1.0
        return worth.weight * share * float(0.5**age)

    def pairs(self, signals: Iterable[Signal], now: datetime) -> dict[tuple[int, str], float]:
        """Confidence by (user, item); negative where something was undone or unwanted.

        The order of the signals doesn't matter.
        """
        by_pair: defaultdict[tuple[int, str], list[Signal]] = defaultdict(list)
        for signal in signals:
            if signal.verb in self.worth:
                by_pair[signal.user, signal.item].append(signal)
        totals = {pair: self._total(acts, now) for pair, acts in by_pair.items()}
        return {pair: total for pair, total in totals.items() if total}

    def _total(self, acts: Sequence[Signal], now: datetime) -> float:
        """The worth of one user's acts on one item."""
        undone: dict[str, datetime] = {}
        for act in acts:
            for verb in self.worth[act.verb].undoes:
                undone[verb] = max(act.time, undone.get(verb, act.time))
        summed, furthest = 0.0, dict.fromkeys((act.verb for act in acts), 0.0)
        for act in acts:
            if act.verb in undone and act.time <= undone[act.verb]:
                continue
            weight = self.weight(act, now)
            if self.worth[act.verb].amount:
                furthest[act.verb] = max(furthest[act.verb], weight)
            else:
                summed += weight
        return summed + sum(furthest.values())


def _share(amount: float) -> float:
    """What part of the whole an amount is, 0 to 1."""
    return min(max(amount if amount <= 1 else amount / WHOLE_SECONDS, 0.0), 1.0)
