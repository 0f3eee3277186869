"""Confidences as a sparse matrix, and splits by time to choose and to measure on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zlib import crc32

import numpy as np
from scipy import sparse

from recsys.confidence import Confidence, Pairs
from recsys.log import Log, instant

MIN_USERS, MIN_PAIRS = 20, 200
# The share of positive signals that a model is measured on: those that came last.
LAST = 0.2


class TooLittleData(Exception):
    """Training would learn nothing but noise; the message says what is there and what is needed."""


@dataclass(frozen=True, slots=True)
class Interactions:
    """`matrix` is CSR float32 [users, items]: confidence where positive; `held_out` is the item
    index that each user took up last, or -1 where the user has too few; `signals` is how many
    signals it was made of; `first` is when each pair of the matrix was first touched,
    datetime64[us] in the order of its data."""

    users: tuple[int, ...]
    items: tuple[str, ...]
    matrix: sparse.csr_matrix
    held_out: np.ndarray
    signals: int = 0
    first: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype="M8[us]"))


def lots(log: Log, user: np.ndarray, item: np.ndarray) -> np.ndarray:
    """What pairs [p] of a log are ordered by that came at one time, int64: in a log without times
    of its own chance decides, but all of a user's signals on an item stay together."""
    names = zip(log.users[user].tolist(), item.tolist(), strict=True)
    drawn = [crc32(f"{user} {log.items[item]}".encode()) for user, item in names]
    return np.array(drawn, dtype=np.int64)


def build(
    log: Log, items: Sequence[str], now: datetime, confidence: Confidence | None = None
) -> Interactions:
    """Interactions over the given items; signals on others are left out.

    Raises TooLittleData.
    """
    known = log.over(items)
    pairs = (confidence or Confidence()).of(known, now).wanted
    users, row = np.unique(pairs.user, return_inverse=True)
    if len(users) < MIN_USERS or len(pairs) < MIN_PAIRS:
        raise TooLittleData(
            f"There are {len(pairs)} positive pairs of {len(users)} users; training needs at "
            f"least {MIN_PAIRS} of {MIN_USERS}"
        )
    values = pairs.confidence.astype(np.float32)
    matrix = sparse.csr_matrix((values, (row, pairs.item)), shape=(len(users), len(items)))
    held_out = _last_items(known, pairs)
    if (able := int((held_out >= 0).sum())) < MIN_USERS:
        raise TooLittleData(
            f"{able} users took up three items or more; validation needs at least {MIN_USERS}"
        )
    ids = tuple(known.users[users].tolist())
    return Interactions(ids, tuple(items), matrix, held_out, len(known), pairs.first)


def _last_items(log: Log, pairs: Pairs) -> np.ndarray:
    """Per user, the item first touched latest; -1 for users with fewer than three items."""
    starts = np.flatnonzero(np.append(True, pairs.user[1:] != pairs.user[:-1]))
    counts = np.diff(starts, append=len(pairs))
    newest = np.maximum.reduceat(pairs.first.astype(np.int64), starts)
    last = np.flatnonzero(pairs.first.astype(np.int64) == np.repeat(newest, counts))
    user, lot = pairs.user[last], np.zeros(len(last), dtype=np.int64)
    same = user[1:] == user[:-1]
    tied = np.append(same, False) | np.append(False, same)
    lot[tied] = lots(log, user[tied], pairs.item[last[tied]])
    last = last[np.lexsort((lot, user))]
    # Of each user the last one.
    last = last[np.append(pairs.user[last][1:] != pairs.user[last][:-1], True)]
    return np.where(counts >= 3, pairs.item[last], -1).astype(np.int64)


def split(data: Interactions) -> sparse.csr_matrix:
    """The matrix without each user's held-out item."""
    counts = np.diff(data.matrix.indptr)
    left = data.matrix.indices != np.repeat(data.held_out, counts)
    rows = np.repeat(np.arange(len(counts)), counts)[left]
    places = (rows, data.matrix.indices[left])
    return sparse.csr_matrix((data.matrix.data[left], places), shape=data.matrix.shape)


def parted(
    log: Log, items: Sequence[str], confidence: Confidence | None = None
) -> tuple[Interactions, sparse.csr_matrix, str]:
    """Interactions before the last positive signals, what their users took up since (CSR bool
    [users, items]), and when that began. Raises TooLittleData."""
    weigh = confidence or Confidence()
    since, early = _cut(log, log.over(items), weigh)
    earlier = log[early].over(items)
    before = build(earlier, items, instant(since), weigh)
    later = log[~early].over(items)
    new = weigh.of(later, instant(log.time.max())).wanted
    # Users have one place in all parts of a log.
    count = len(items)
    known = earlier.user.astype(np.int64) * count + earlier.item
    new = new[~np.isin(new.user.astype(np.int64) * count + new.item, known)]
    users = np.array(before.users)
    row = np.minimum(np.searchsorted(users, log.users[new.user]), len(users) - 1)
    there = users[row] == log.users[new.user]
    row, column = row[there], new.item[there]
    shape = (len(before.users), count)
    truth = sparse.csr_matrix((np.ones(len(row), dtype=bool), (row, column)), shape=shape)
    if (able := np.count_nonzero(truth.getnnz(axis=1))) < MIN_USERS:
        raise TooLittleData(f"{able} users took up something new; it takes {MIN_USERS}")
    return before, truth, instant(since).isoformat()


def _cut(log: Log, offered: Log, weigh: Confidence) -> tuple[np.datetime64, np.ndarray]:
    """When the last positive signals begin, and which signals of the log come before these, bool
    [n]. Of that one time, lots decide."""
    wanted = weigh.weights(offered) > 0
    times = offered.time[wanted]
    place = int((1 - LAST) * len(times))
    since = np.partition(times, place)[place]
    tied = np.flatnonzero(wanted & (offered.time == since))
    drawn = np.sort(lots(offered, offered.user[tied], offered.item[tied]))
    lot = drawn[place - np.count_nonzero(times < since)]
    early = log.time < since
    same = np.flatnonzero(log.time == since)
    early[same] = lots(log, log.user[same], log.item[same]) < lot
    return since, early
