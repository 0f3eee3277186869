"""When an invite is best sent: at the hour of the week at which invites were opened most, in time
for what it invites to, and never at night."""

from datetime import datetime, timedelta

import numpy as np

from services.clock import ZONE

HOURS = 7 * 24
# How long before something begins people need to hear of it.
LEAD = {
    "live": timedelta(days=1),
    "salon": timedelta(days=3),
    "test_drive": timedelta(days=3),
    "draw": timedelta(days=1),
}
# An hour with few invites counts as the average one, seen in so many.
PRIOR = 50.0
# Without any past, invites go out when people are at leisure.
USUAL = 19
QUIET = (22, 8)


def rates_by_hour(sent: np.ndarray, opened: np.ndarray) -> np.ndarray | None:
    """Of invites [n], sent at datetime64 in UTC and opened or not, the share that was opened by
    hour of the week from Monday 0 o'clock on, float64 [HOURS], drawn to the usual one. None where
    nothing was sent."""
    if not len(sent):
        return None
    hour = _hours(sent)
    usual = float(opened.mean())
    counts: np.ndarray = np.bincount(hour, minlength=HOURS).astype(np.float64)
    yes: np.ndarray = np.bincount(hour, opened, HOURS)
    # An hour and its neighbours are much alike.
    counts = counts + (np.roll(counts, 1) + np.roll(counts, -1)) / 2
    yes = yes + (np.roll(yes, 1) + np.roll(yes, -1)) / 2
    return np.asarray((yes + PRIOR * usual) / (counts + PRIOR))


def best(
    rates: np.ndarray | None,
    type_: str,
    starts_at: datetime | None,
    now: datetime,
    within: timedelta,
) -> datetime:
    """The full hour to send at: the best one that is early enough, the first of equals; as soon as
    may be where it is late already."""
    until = now + within
    if starts_at is not None:
        until = min(until, starts_at - LEAD.get(type_, timedelta(0)))
    first = (now + timedelta(hours=2)).astimezone(ZONE).replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=n) for n in range(int(within.total_seconds() // 3600) + 24)]
    awake = [hour for hour in hours if QUIET[1] <= hour.hour < QUIET[0]]
    early = [hour for hour in awake if hour <= until] or awake[:1]

    def worth(hour: datetime) -> tuple[float, float]:
        if rates is None:
            return (float(hour.hour == USUAL), 0.0)
        return (round(float(rates[hour.weekday() * 24 + hour.hour]), 6), 0.0)

    return max(early, key=worth)


def _hours(at: np.ndarray) -> np.ndarray:
    """The hour of the week by China's clock, which knows no summer time, int [n]."""
    offset = np.timedelta64(8, "h")
    hours = ((at + offset).astype("M8[h]") - np.datetime64("1970-01-05", "h")).astype(np.int64)
    return np.asarray(hours % HOURS)
