"""Confidences and splits worked out signal by signal, as plainly as their rules are told."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from zlib import crc32

from recsys.confidence import WHOLE_SECONDS, WORTH
from recsys.log import Signal


def weight(signal: Signal, now: datetime) -> float:
    worth = WORTH.get(signal.verb)
    if worth is None:
        return 0.0
    age = max((now - signal.time) / timedelta(days=worth.half_life_days), 0.0)
    share = 1.0
    if worth.amount:
        amount = signal.value or 0.0
        is_fraction = signal.unit == "fraction" or (signal.unit is None and amount <= 1)
        share = min(max(amount if is_fraction else amount / WHOLE_SECONDS, 0.0), 1.0)
    return worth.weight * share * float(0.5**age)


def standing(acts: Sequence[Signal]) -> list[Signal]:
    """One user's acts on one item that no later one undid, itself not undone; of one time, what
    undoes comes last."""
    undone, left = set[str](), []
    for act in sorted(acts, key=lambda a: (a.time, -WORTH[a.verb].weight), reverse=True):
        if act.verb not in undone:
            undone.update(WORTH[act.verb].undoes)
            left.append(act)
    return left


def pairs(signals: Sequence[Signal], now: datetime) -> dict[tuple[int, str], float]:
    acts = defaultdict(list)
    for signal in signals:
        if signal.verb in WORTH:
            acts[signal.user, signal.item].append(signal)
    found = {}
    for pair, own in acts.items():
        summed, furthest = 0.0, 0.0
        for act in standing(own):
            if WORTH[act.verb].amount:
                furthest = max(furthest, weight(act, now))
            else:
                summed += weight(act, now)
        if summed + furthest:
            found[pair] = summed + furthest
    return found


def moment(signal: Signal) -> tuple[datetime, int]:
    return signal.time, crc32(f"{signal.user} {signal.item}".encode())


def last_items(signals: Sequence[Signal], items: Sequence[str], now: datetime) -> dict[int, str]:
    """By user with three wanted items or more, the one first touched latest."""
    known = [signal for signal in signals if signal.item in items]
    wanted = {pair for pair, value in pairs(known, now).items() if value > 0}
    first: dict[tuple[int, str], tuple[datetime, int]] = {}
    for signal in known:
        if (pair := (signal.user, signal.item)) in wanted:
            first[pair] = min(first.get(pair, moment(signal)), moment(signal))
    by_user = defaultdict(list)
    for (user, item), time in first.items():
        by_user[user].append((time, item))
    return {user: max(own)[1] for user, own in by_user.items() if len(own) >= 3}


def parted(
    signals: Sequence[Signal], items: Sequence[str], last: float
) -> tuple[list[Signal], set[tuple[int, str]]]:
    """Those before the last share of the positive signals, and what was first taken up since."""
    wanted = (s for s in signals if s.item in items and weight(s, s.time) > 0)
    moments = sorted(map(moment, wanted))
    cut = moments[int((1 - last) * len(moments))]
    earlier = [signal for signal in signals if moment(signal) < cut]
    later = [signal for signal in signals if moment(signal) >= cut]
    met = {(signal.user, signal.item) for signal in earlier}
    found = pairs(later, max(signal.time for signal in later))
    return earlier, {p for p, v in found.items() if v > 0 and p[1] in items and p not in met}
