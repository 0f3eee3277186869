"""Signals to confidence: how sure we are that a user wants a thing.

Confidence of a (user, thing) pair is the sum of what its signals are worth, each halved for every
half-life of its verb that has passed since (Hu, Koren, Volinsky 2008, "Collaborative Filtering for
Implicit Feedback Datasets", section 4, with decay added). Undone acts are worth nothing from then
on, and the undoing counts against the thing. Of acts that contradict each other the later one
stands: what was refused and taken up afterwards is wanted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Self

import numpy as np

from recsys.log import UNITS, Log, Signal, moment


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
NOTHING = Worth(0.0, 1.0)
# Verbs that say whether a thing is settled.
TELLING = tuple(
    verb
    for verb, worth in WORTH.items()
    if worth.settles or any(WORTH[undone].settles for undone in worth.undoes)
)
# This many seconds are as good as the whole.
WHOLE_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Pairs:
    """Each user with each item that they did anything on, by user and item: places int32 [p] in a
    log's `users` and `items`, their confidence float64 (negative where something was undone or
    unwanted) and the time datetime64[us] of the first act."""

    user: np.ndarray
    item: np.ndarray
    confidence: np.ndarray
    first: np.ndarray

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, rows: np.ndarray) -> Self:
        columns = (self.user, self.item, self.confidence, self.first)
        return type(self)(*(column[rows] for column in columns))

    @property
    def wanted(self) -> Self:
        """Those of positive confidence."""
        return self[self.confidence > 0]


@dataclass(frozen=True, slots=True)
class Confidence:
    """What each verb is worth.

    Example:
        >>> from datetime import UTC, datetime, timedelta
        >>> now = datetime(2026, 11, 1, tzinfo=UTC)
        >>> bought = Signal(7, "course-ev", "purchased", None, now - timedelta(days=180))
        >>> Confidence().pairs([bought], now)
        {(7, 'course-ev'): 2.0}
    """

    worth: Mapping[str, Worth] = field(default_factory=lambda: WORTH)

    def weights(self, log: Log, now: datetime | None = None) -> np.ndarray:
        """Each signal's own worth at `now`, or when it occurred, float64 [n]; 0 for a verb that
        says nothing of wanting a thing."""
        of = self._of(log.verbs)
        worth: np.ndarray = of.weight[log.verb]
        by_amount = of.by_amount[log.verb]
        worth[by_amount] *= _share(log.value[by_amount], log.unit[by_amount])
        if now is None:
            return worth
        age = (moment(now) - log.time).astype(np.int64)
        return np.asarray(worth * 0.5 ** np.maximum(age / of.half_life[log.verb], 0.0))

    def of(self, log: Log, now: datetime) -> Pairs:
        """What is known of all pairs. The order of the signals doesn't matter."""
        some = [self._summed(log[rows], now) for rows in log.by_users()]
        if len(some) == 1:
            return some[0]
        columns = ("user", "item", "confidence", "first")
        return Pairs(*(np.concatenate([getattr(one, name) for one in some]) for name in columns))

    def pairs(self, signals: Iterable[Signal], now: datetime) -> dict[tuple[int, str], float]:
        """Confidence by (user, item), where it isn't 0."""
        log = Log.of(signals)
        found = self.of(log, now)
        users = log.users[found.user].tolist()
        named = zip(users, found.item.tolist(), found.confidence.tolist(), strict=True)
        return {(user, log.items[item]): value for user, item, value in named if value}

    def settled(self, signals: Iterable[Signal]) -> set[str]:
        """The items that one user has taken up or refused, and not taken that back. Of each verb
        on an item the latest signal is enough."""
        log = Log.of(signals)
        if not len(log):
            return set()
        order, starts = self._newest_first(log)
        verb = log.verb[order]
        of = self._of(log.verbs)
        stands = _standing(of, verb, starts) & of.settles[verb]
        return {log.items[item] for item in np.unique(log.item[order[stands]]).tolist()}

    def _summed(self, log: Log, now: datetime) -> Pairs:
        if not len(log):
            return Pairs(log.user, log.item, log.value, log.time)
        order, starts = self._newest_first(log)
        of = self._of(log.verbs)
        verb, weight = log.verb[order], self.weights(log, now)[order]
        weight[~_standing(of, verb, starts)] = 0
        pair = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(order)))
        by_amount = of.by_amount[verb]
        # One after the other, newest first: sums in halves would differ in their last digits.
        total: np.ndarray = np.bincount(pair, np.where(by_amount, 0, weight), len(starts))
        for number in np.unique(verb[by_amount]).tolist():
            of_verb = verb == number
            furthest = np.zeros(len(starts))
            np.maximum.at(furthest, pair[of_verb], weight[of_verb])
            total += furthest
        newest, oldest = order[starts], order[np.append(starts[1:], len(order)) - 1]
        return Pairs(log.user[newest], log.item[newest], total, log.time[oldest])

    def _newest_first(self, log: Log) -> tuple[np.ndarray, np.ndarray]:
        """The signals' rows int [n], by user, item and time, newest first; and the places among
        these int [p] where each pair begins. Of one time, what undoes comes first."""
        pair = log.user.astype(np.int64) * len(log.items) + log.item
        weight = self._of(log.verbs).weight[log.verb]
        order = np.lexsort((weight, -log.time.astype(np.int64), pair))
        pair = pair[order]
        return order, np.flatnonzero(np.append(True, pair[1:] != pair[:-1]))

    def _of(self, verbs: Sequence[str]) -> "_Worths":
        worths = [self.worth.get(verb, NOTHING) for verb in verbs]
        place = {verb: number for number, verb in enumerate(verbs)}
        return _Worths(
            weight=np.array([one.weight for one in worths], dtype=np.float64),
            half_life=np.array([one.half_life_days * 86_400e6 for one in worths]),
            by_amount=np.array([one.amount for one in worths], dtype=bool),
            settles=np.array([one.settles for one in worths], dtype=bool),
            undoes=[sum(1 << place[v] for v in one.undoes if v in place) for one in worths],
        )


class _Worths(NamedTuple):
    """What the verbs of a log are worth, [verbs]; half-lives in microseconds, and of what each
    undoes one bit a verb."""

    weight: np.ndarray
    half_life: np.ndarray
    by_amount: np.ndarray
    settles: np.ndarray
    undoes: list[int]


def _standing(of: _Worths, verb: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Which acts no later one undid, itself not undone, bool [n]; as `_newest_first` has them."""
    there = np.bitwise_or.reduceat(1 << verb.astype(np.int64), starts)
    affected = np.zeros(len(starts), dtype=bool)
    for number, mask in enumerate(of.undoes):
        if mask:
            affected |= (there >> number & 1 > 0) & (there & mask > 0)
    stands = np.ones(len(verb), dtype=bool)
    ends = np.append(starts[1:], len(verb))
    for start, end in zip(starts[affected].tolist(), ends[affected].tolist(), strict=True):
        undone = 0
        for row, number in enumerate(verb[start:end].tolist(), start):
            if undone >> number & 1:
                stands[row] = False
            else:
                undone |= of.undoes[number]
    return stands


def _share(amount: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """What part of the whole amounts are, 0 to 1; of none, 0."""
    amount = np.nan_to_num(amount)
    is_fraction = (unit == UNITS.index("fraction")) | ((unit == UNITS.index(None)) & (amount <= 1))
    return np.clip(np.where(is_fraction, amount, amount / WHOLE_SECONDS), 0.0, 1.0)
