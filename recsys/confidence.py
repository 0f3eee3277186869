"""Signals to confidence: how sure we are that a user wants a thing.

Confidence of a (user, thing) pair is the sum of what its signals are worth, each halved for every
half-life of its verb that has passed since (Hu, Koren, Volinsky 2008, "Collaborative Filtering for
Implicit Feedback Datasets", section 4, with decay added). Undone acts are worth nothing from then
on, and the undoing counts against the thing. Of acts that contradict each other the later one
stands: what was refused and taken up afterwards is wanted.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple


class Signal(NamedTuple):
    """One act of a user on an item. `value` is how much, for verbs whose amount counts: a
    "fraction" of the whole or "seconds" of it, as `unit` says; without one, up to 1 is a fraction.
    """

    user: int
    item: str
    verb: str
    value: float | None
    time: datetime
    unit: str | None = None


class Worth(NamedTuple):
    """`amount`: the weight is multiplied by how much of the thing was seen or heard. Amounts are
    positions reached, not pieces, so of several only the one worth most counts. `undoes`: verbs
    whose earlier signals on the same thing are worth nothing any more.
    `settles`: it has been taken up or refused, and isn't to be offered again."""

    weight: float
    half_life_days: float
    amount: bool = False
    undoes: tuple[str, ...] = ()
    settles: bool = False


# Taking a thing up, or liking it, takes back that it was unwanted.
AFTER_ALL = ("dismissed",)
WORTH: Mapping[str, Worth] = {
    # Curiosity, which fades within weeks. Only topics can be asked about, never items.
    "asked": Worth(1.0, 45),
    "citation_opened": Worth(0.5, 45),
    "viewed": Worth(0.5, 45),
    "invite_opened": Worth(0.5, 45),
    # An opinion, or time spent.
    "liked": Worth(2.0, 120, undoes=AFTER_ALL),
    "shared": Worth(2.0, 120, undoes=AFTER_ALL),
    "progressed": Worth(2.0, 120, amount=True),
    "completed": Worth(2.0, 180, undoes=AFTER_ALL, settles=True),
    "quiz_answered": Worth(1.0, 90),
    "draw_entered": Worth(1.0, 90, undoes=AFTER_ALL, settles=True),
    # Money, or an afternoon.
    "enrolled": Worth(2.0, 180, undoes=AFTER_ALL, settles=True),
    "booked": Worth(3.0, 180, undoes=AFTER_ALL, settles=True),
    "attended": Worth(2.0, 180, undoes=AFTER_ALL, settles=True),
    "test_driven": Worth(3.0, 180, undoes=AFTER_ALL, settles=True),
    "purchased": Worth(4.0, 180, undoes=AFTER_ALL, settles=True),
    "ordered": Worth(4.0, 180, undoes=AFTER_ALL, settles=True),
    # Undone or unwanted.
    "dismissed": Worth(-3.0, 180, undoes=("liked", "shared"), settles=True),
    "unliked": Worth(0.0, 120, undoes=("liked",)),
    "cancelled": Worth(-0.5, 90, undoes=("booked", "draw_entered")),
    "unenrolled": Worth(-0.5, 90, undoes=("enrolled",)),
    "refunded": Worth(-2.0, 180, undoes=("purchased", "enrolled", "ordered")),
}
# Verbs that say whether a thing is settled.
TELLING = tuple(
    verb
    for verb, worth in WORTH.items()
    if worth.settles or any(WORTH[undone].settles for undone in worth.undoes)
)
# This many seconds are as good as the whole.
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
        share = _share(signal.value or 0.0, signal.unit) if worth.amount else 1.0
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
        summed, furthest = 0.0, dict.fromkeys((act.verb for act in acts), 0.0)
        for act in self._standing(acts):
            weight = self.weight(act, now)
            if self.worth[act.verb].amount:
                furthest[act.verb] = max(furthest[act.verb], weight)
            else:
                summed += weight
        return summed + sum(furthest.values())

    def _standing(self, acts: Sequence[Signal]) -> Iterator[Signal]:
        """One user's acts on one item that no later one undid, itself not undone."""

        def order(act: Signal) -> tuple[datetime, float]:
            return act.time, -self.worth[act.verb].weight

        if len(acts) == 1:  # as most are
            yield acts[0]
            return
        undone: set[str] = set()
        # Of one time, what undoes comes last.
        for act in sorted(acts, key=order, reverse=True):
            if act.verb not in undone:
                undone.update(self.worth[act.verb].undoes)
                yield act

    def settled(self, signals: Iterable[Signal]) -> set[str]:
        """The items that one user has taken up or refused, and not taken that back. Of each verb
        on an item the latest signal is enough."""
        by_item: defaultdict[str, list[Signal]] = defaultdict(list)
        for signal in signals:
            if signal.verb in self.worth:
                by_item[signal.item].append(signal)
        return {
            item
            for item, acts in by_item.items()
            if any(self.worth[act.verb].settles for act in self._standing(acts))
        }


def _share(amount: float, unit: str | None) -> float:
    """What part of the whole an amount is, 0 to 1."""
    is_fraction = unit == "fraction" or (unit is None and amount <= 1)
    return min(max(amount if is_fraction else amount / WHOLE_SECONDS, 0.0), 1.0)
