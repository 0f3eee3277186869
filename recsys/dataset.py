"""Confidences as a sparse matrix, and a split by time to validate on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zlib import crc32

import numpy as np
from scipy import sparse

from recsys.confidence import Confidence, Signal

MIN_USERS, MIN_PAIRS = 20, 200


class TooLittleData(Exception):
    """Training would learn nothing but noise; the message says what is there and what is needed."""


@dataclass(frozen=True, slots=True)
class Interactions:
    """`matrix` is CSR float32 [users, items]: confidence where positive; `held_out` is the item
    index that each user took up last, or -1 where the user has too few; `signals` is how many
    signals it was made of."""

    users: tuple[int, ...]
    items: tuple[str, ...]
    matrix: sparse.csr_matrix
    held_out: np.ndarray
    signals: int = 0


def moment(signal: Signal) -> tuple[datetime, int]:
    """What signals are ordered by: of one time, as in a log without times of its own, chance
    decides, but all of a user's signals on an item stay together."""
    return signal.time, crc32(f"{signal.user} {signal.item}".encode())


def build(
    signals: Iterable[Signal],
    items: Sequence[str],
    now: datetime,
    confidence: Confidence | None = None,
) -> Interactions:
    """Interactions over the given items; signals on others are left out.

    Raises TooLittleData.
    """
    confidence = confidence or Confidence()
    index = {item: column for column, item in enumerate(items)}
    known = [signal for signal in signals if signal.item in index]
    pairs = {pair: c for pair, c in confidence.pairs(known, now).items() if c > 0}
    users = tuple(sorted({user for user, _ in pairs}))
    if len(users) < MIN_USERS or len(pairs) < MIN_PAIRS:
        raise TooLittleData(
            f"There are {len(pairs)} positive pairs of {len(users)} users; training needs at "
            f"least {MIN_PAIRS} of {MIN_USERS}"
        )
    row = {user: number for number, user in enumerate(users)}
    rows = np.array([row[user] for user, _ in pairs])
    columns = np.array([index[item] for _, item in pairs])
    values = np.fromiter(pairs.values(), dtype=np.float32, count=len(pairs))
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(users), len(items)))
    held_out = _last_items(known, pairs, row, index)
    if (able := int((held_out >= 0).sum())) < MIN_USERS:
        raise TooLittleData(
            f"{able} users took up three items or more; validation needs at least {MIN_USERS}"
        )
    return Interactions(users, tuple(items), matrix, held_out, len(known))


def _last_items(
    signals: Sequence[Signal],
    pairs: dict[tuple[int, str], float],
    row: dict[int, int],
    index: dict[str, int],
) -> np.ndarray:
    """Per user, the item first touched latest; -1 for users with fewer than three items."""
    first: dict[tuple[int, str], tuple[datetime, int]] = {}
    for signal in signals:
        key = (signal.user, signal.item)
        if key in pairs:
            first[key] = min(first.get(key, moment(signal)), moment(signal))
    newest: dict[int, tuple[tuple[datetime, int], int, int]] = {}
    for (user, item), time in first.items():
        best = newest.get(user)
        count = best[2] + 1 if best else 1
        if best is None or time > best[0]:
            newest[user] = (time, index[item], count)
        else:
            newest[user] = (best[0], best[1], count)
    held_out = np.full(len(row), -1)
    for user, (_, column, count) in newest.items():
        if count >= 3:
            held_out[row[user]] = column
    return held_out


def split(data: Interactions) -> sparse.csr_matrix:
    """The matrix without each user's held-out item."""
    train = data.matrix.tolil(copy=True)
    for user in np.flatnonzero(data.held_out >= 0):
        train[user, data.held_out[user]] = 0
    kept: sparse.csr_matrix = train.tocsr()
    kept.eliminate_zeros()
    return kept
