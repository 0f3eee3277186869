"""What a recommender does to a catalogue, and whether taste has moved since it was trained."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import numpy as np
from scipy.spatial.distance import jensenshannon

from recsys.confidence import Confidence
from recsys.log import Log, moment

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
    log: Log,
    items: Sequence[str],
    now: datetime,
    confidence: Confidence | None = None,
) -> Health:
    """`lists` are each user's best items; `log` has all that is known, in any order."""
    since = moment(now - RECENT)
    known = log.over(items)
    shown = Counter(chain.from_iterable(lists))
    first = np.full(len(items), moment(now))
    np.minimum.at(first, known.item, known.time)
    new = [item for item, time in zip(items, first, strict=True) if time > since]
    recent = known.time > since
    taken = (confidence or Confidence()).weights(known) > 0
    days = [(now - timedelta(days=n)).date().isoformat() for n in range(29, -1, -1)]
    per_day = Counter(log.time[log.time > since].astype("datetime64[D]").astype(str).tolist())
    places = sum(shown.values())
    return Health(
        users=len(lists),
        items=len(items),
        coverage=round(len(shown) / max(len(items), 1), 4),
        gini=round(gini(np.array([shown[item] for item in items])), 4),
        new_items=round(sum(shown[item] for item in new) / max(places, 1), 4),
        popularity_drift=_drift(
            known.item[taken & recent], known.item[taken & ~recent], len(items)
        ),
        signals_per_day={day: per_day[day] for day in days},
    )


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of counts [n]: half the mean difference of two items over the mean."""
    total, n = float(counts.sum()), len(counts)
    if not total:
        return 0.0
    place = np.arange(1, n + 1)
    return float((2 * place - n - 1) @ np.sort(counts) / (n * total))


def _drift(recent: np.ndarray, before: np.ndarray, items: int) -> float | None:
    """Of items int [n] that were taken up; None where either is empty."""
    if not len(recent) or not len(before):
        return None
    now, then = (np.bincount(one, minlength=items).astype(float) for one in (recent, before))
    return round(float(jensenshannon(now, then, base=2) ** 2), 4)
