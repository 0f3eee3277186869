"""What is known of a person and an item when an invite goes out, as numbers for a model.

Nothing that happened later is in it: histories, how alike items are by who took them up, and past
invites are counted up to that time. `cf` is the mean cosine between the item and those of the
person's history, over who took them up (item-based neighbours; Sarwar et al. 2001), `content` the
same over the items' content vectors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from scipy import sparse

from recsys.confidence import Confidence
from recsys.log import Log, moment
from services.clock import ZONE
from storage.models import ITEM_TYPES

# How many invites' worth of the usual rate a person's own rate starts with.
PRIOR = 5.0
LONG_AGO = 365.0
PERSONAL = ("cf", "content", "known", "recency", "responded", "invited")
OF_ITEM = ("popular", *(f"type.{type_}" for type_ in ITEM_TYPES))
OF_TIME = ("evening", "morning", "weekend")


@dataclass(frozen=True, slots=True)
class Things:
    """Items by their places in a log: `types` int [n], places in ITEM_TYPES; `vectors` float32
    [n, d], of length one, 0 where nothing is known."""

    ids: tuple[str, ...]
    types: np.ndarray
    vectors: np.ndarray


@dataclass(frozen=True, slots=True)
class Responded:
    """Past invites [n]: to whom (int64), when (datetime64), and whether there was a response by the
    end of the window."""

    user: np.ndarray
    at: np.ndarray
    done: np.ndarray
    yes: np.ndarray


class Then:
    """What everybody had done up to a time. `log` is over `things`, in any order."""

    def __init__(self, log: Log, things: Things, at: datetime) -> None:
        self.users, self.things, self.at = log.users, things, at
        before = log[log.time < moment(at)]
        pairs = Confidence().of(before, at).wanted
        weight = np.log1p(pairs.confidence).astype(np.float32)
        shape = (len(log.users), len(things.ids))
        everyone = sparse.csr_matrix((weight, (pairs.user, pairs.item)), shape=shape)
        self.taken = everyone.tocsc()
        self.taken.data[:] = 1.0
        self.takers = np.diff(self.taken.indptr).astype(np.float64)
        # Who did nothing yet has a row of zeros, and a time long ago: the last ones.
        nothing = sparse.csr_matrix((1, shape[1]), dtype=np.float32)
        self.histories = sparse.vstack([everyone, nothing]).tocsr()
        self.last = np.full(len(log.users) + 1, np.datetime64(0, "us"))
        np.maximum.at(self.last, before.user, before.time)


class Moment:
    """What is known of some people (ids int64 [n]) and their `segments` (int32 [n]) when an invite
    goes out `at` a time, by what there was `then`."""

    def __init__(
        self,
        then: Then,
        users: np.ndarray,
        segments: np.ndarray,
        past: Responded,
        at: datetime,
        *,
        base_rate: float,
    ) -> None:
        self.then, self.users, self.segments, self.at = then, users, segments, at
        place = _places(then.users, users)
        self._histories = then.histories[np.where(place >= 0, place, len(then.users))]
        self._sums = np.asarray(self._histories.sum(axis=1)).ravel()
        days = (moment(then.at) - then.last[place]) / np.timedelta64(1, "D")
        recency = np.log1p(np.clip(days, 0.0, LONG_AGO))
        self._own = np.column_stack(
            [np.log1p(self._sums), recency, *self._invited(past, base_rate)]
        ).astype(np.float32)

    def of(self, item: int) -> np.ndarray:
        """The features of inviting each person to an item now, float32 [n, features]."""
        things, takers = self.then.things, self.then.takers
        both = np.asarray((self.then.taken.T @ self.then.taken[:, [item]]).todense()).ravel()
        norm = np.sqrt(np.maximum(takers * takers[item], 1.0))
        alike = (both / norm).astype(np.float32)
        alike[item] = 0.0
        near = things.vectors @ things.vectors[item]
        sums = np.maximum(self._sums, 1e-6)
        columns = [self._histories @ alike / sums, self._histories @ near / sums, *self._own.T]
        local = self.at.astimezone(ZONE)
        same = [
            np.log1p(takers[item]),
            *(float(things.types[item] == n) for n in range(len(ITEM_TYPES))),
            *of_time(local, ZONE),
        ]
        found = np.empty((len(self.users), len(columns) + len(same)), dtype=np.float32)
        for number, column in enumerate(columns):
            found[:, number] = column
        found[:, len(columns) :] = np.array(same, dtype=np.float32)
        return found

    def _invited(self, past: Responded, base_rate: float) -> tuple[np.ndarray, np.ndarray]:
        """Each person's rate of responses, drawn to the usual one, and the logarithm of how many
        invites they got, by what was known at the time."""
        place = _places(self.users, past.user, unsorted=True)
        over = (past.done <= moment(self.then.at)) & (place >= 0)
        sent = np.bincount(place[over], minlength=len(self.users))
        yes = np.bincount(place[over & past.yes], minlength=len(self.users))
        return (yes + PRIOR * base_rate) / (sent + PRIOR), np.log1p(sent)


def names(segments: Sequence[int]) -> tuple[str, ...]:
    """The codes of all features, in their order, with those of some segments."""
    return (*PERSONAL, *OF_ITEM, *OF_TIME, *(f"segment.{one}" for one in segments))


def with_segments(rows: np.ndarray, own: np.ndarray, segments: Sequence[int]) -> np.ndarray:
    """Features with one more for each of some segments, 1 for who is in it."""
    if not len(segments):
        return rows
    inside = (own[:, None] == np.array(segments)).astype(np.float32)
    return np.hstack([rows, inside])


def of_time(at: datetime, zone: ZoneInfo) -> tuple[float, float, float]:
    """Whether it is evening (17 to 22), before noon, a weekend, 1 or 0, by the clock of a zone."""
    local = at.astimezone(zone)
    return float(17 <= local.hour < 22), float(local.hour < 12), float(local.weekday() >= 5)


def _places(ids: np.ndarray, wanted: np.ndarray, *, unsorted: bool = False) -> np.ndarray:
    """Where ids stand among others (sorted, unless it is said), int64, -1 for nowhere."""
    if not len(ids):
        return np.full(len(wanted), -1)
    order = np.argsort(ids, kind="stable") if unsorted else None
    at = np.minimum(np.searchsorted(ids, wanted, sorter=order), len(ids) - 1)
    at = at if order is None else order[at]
    return np.where(ids[at] == wanted, at, -1)
