"""What a recommender does to a catalogue, and whether taste has moved since it was trained."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
from scipy.spatial.distance import jensenshannon

from recsys.confidence import Confidence, Signal

RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Health:
    """Of the lists: `coverage`, the share of the catalogue that is listed to anyone; `gini` of how
    often each item is listed (0: all alike, 1: one item only); `new_items`, the share of places
    that go to items first touched in the last 30 days, or never. `popularity_drift` is the
    Jensen-Shannon divergence (0 to 1 bit) between what was taken up in the last 30 days and before,
    None where either is empty."""

    users: int
    items: int
    coverage: float
    gini: float
    new_items: float
    popularity_drift: float | None
    signals_per_day: dict[str, int]


def examine(
    lists: Sequence[Sequence[str]],
    signals: Sequence[Signal],
    items: Sequence[str],
    now: datetime,
    confidence: Confidence | None = None,
) -> Health:
    """`lists` are each user's best items; `signals` all that is known, in any order."""
    since = now - RECENT
    shown = Counter(chain.from_iterable(lists))
    first: dict[str, datetime] = {}
    for signal in signals:
        first[signal.item] = min(signal.time, first.get(signal.item, signal.time))
    new = {item for item in items if first.get(item, now) > since}
    weigh = confidence or Confidence()
    taken = [s for s in signals if weigh.weight(s, s.time) > 0]
    recent = Counter(s.item for s in taken if s.time > since)
    before = Counter(s.item for s in taken if s.time <= since)
    days = [(now - timedelta(days=n)).date().isoformat() for n in range(29, -1, -1)]
    per_day = Counter(signal.time.date().isoformat() for signal in signals if signal.time > since)
    places = sum(shown.values())
    return Health(
        users=len(lists),
        items=len(items),
        coverage=round(len(shown) / max(len(items), 1), 4),
        gini=round(gini(np.array([shown[item] for item in items])), 4),
        new_items=round(sum(shown[item] for item in new) / max(places, 1), 4),
        popularity_drift=_drift(recent, before, items),
        signals_per_day={day: per_day[day] for day in days},
    )


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of counts [n]: half the mean difference of two items over the mean."""
    total, n = float(counts.sum()), len(counts)
    if not total:
        return 0.0
    place = np.arange(1, n + 1)
    return float((2 * place - n - 1) @ np.sort(counts) / (n * total))


def _drift(recent: Counter[str], before: Counter[str], items: Sequence[str]) -> float | None:
    now, then = (np.array([one[item] for item in items], dtype=float) for one in (recent, before))
    if not now.sum() or not then.sum():
        return None
    return round(float(jensenshannon(now, then, base=2) ** 2), 4)
