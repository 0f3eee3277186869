"""What people did, as columns: 26 bytes a signal, where an object takes some hundred."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

import numpy as np

UNITS = (None, "fraction", "seconds")
_UNIT = {unit: number for number, unit in enumerate(UNITS)}
_EPOCH, _TICK = datetime.fromtimestamp(0, UTC), timedelta(microseconds=1)
# Rows that are worked on at once: what is made of them for the while stays small.
BLOCK = 500_000


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


@dataclass(frozen=True, slots=True)
class Log:
    """Signals [n], in any order unless it is told. `user`, `item` (int32), `verb` and `unit` (int8)
    are places in `users` (int64, sorted), `items`, `verbs` and `UNITS`, which may hold more than
    is used; `value` is float64, NaN for none, and `time` datetime64[us] in UTC.

    Example:
        >>> from datetime import UTC, datetime
        >>> log = Log.of([Signal(7, "course-ev", "liked", None, datetime(2026, 11, 1, tzinfo=UTC))])
        >>> len(log), log.users.tolist(), log.items, log.verbs
        (1, [7], ('course-ev',), ('liked',))
    """

    users: np.ndarray
    items: tuple[str, ...]
    verbs: tuple[str, ...]
    user: np.ndarray
    item: np.ndarray
    verb: np.ndarray
    value: np.ndarray
    unit: np.ndarray
    time: np.ndarray

    @classmethod
    def of(cls, signals: Iterable[Signal]) -> Self:
        items, verbs = _numbering(), _numbering()
        columns = list(zip(*signals, strict=True)) or [()] * len(Signal._fields)
        user, item, verb, value, time, unit = columns
        users, rows = np.unique(np.array(user, dtype=np.int64), return_inverse=True)
        return cls(
            item=_places(item, items),
            verb=_places(verb, verbs).astype(np.int8),
            users=users,
            items=tuple(items),
            verbs=tuple(verbs),
            user=rows.astype(np.int32),
            value=np.array(value, dtype=np.float64),
            unit=np.fromiter(map(_UNIT.__getitem__, unit), dtype=np.int8, count=len(unit)),
            time=np.array([(one - _EPOCH) // _TICK for one in time], dtype="M8[us]"),
        )

    @classmethod
    def joined(cls, logs: Sequence[Self]) -> Self:
        """All of them, one after the other."""
        users = np.unique(np.concatenate([log.users for log in logs]))
        items, verbs = _numbering(), _numbering()
        moved = [
            replace(
                log,
                user=np.searchsorted(users, log.users).astype(np.int32)[log.user],
                item=_places(log.items, items)[log.item],
                verb=_places(log.verbs, verbs).astype(np.int8)[log.verb],
            )
            for log in logs
        ]
        columns = {
            name: np.concatenate([getattr(log, name) for log in moved])
            for name in ("user", "item", "verb", "value", "unit", "time")
        }
        return cls(users, tuple(items), tuple(verbs), **columns)

    def __len__(self) -> int:
        return len(self.user)

    def __getitem__(self, rows: slice | np.ndarray) -> Self:
        """Some of the signals: a slice of them, bool [n] or int [m]."""
        return replace(
            self,
            user=self.user[rows],
            item=self.item[rows],
            verb=self.verb[rows],
            value=self.value[rows],
            unit=self.unit[rows],
            time=self.time[rows],
        )

    def over(self, items: Sequence[str]) -> Self:
        """The signals on these items, whose places are those in `items`."""
        place = {item: number for number, item in enumerate(items)}
        column = np.array([place.get(item, -1) for item in self.items], dtype=np.int32)
        moved = replace(self, items=tuple(items), item=column[self.item])
        known = moved.item >= 0
        return moved if known.all() else moved[known]

    def by_users(self) -> Iterator[np.ndarray]:
        """Rows int [m] of some users each, all of theirs, at most `BLOCK` unless one has more."""
        if len(self) <= BLOCK:
            yield np.arange(len(self))
            return
        ends = np.cumsum(np.bincount(self.user, minlength=len(self.users)))
        first = 0
        while first < len(ends):
            start = int(ends[first - 1]) if first else 0
            last = max(int(np.searchsorted(ends, start + BLOCK, side="right")), first + 1)
            yield np.flatnonzero((self.user >= first) & (self.user < last))
            first = last

    def digest(self) -> str:
        """Of the signals and their order, whatever else is in the lists of users and items."""
        found = hashlib.sha256()
        names = [np.array([_digest(one) for one in of]) for of in (self.items, self.verbs)]
        for start in range(0, len(self), BLOCK):
            rows = slice(start, start + BLOCK)
            for column in (
                self.users[self.user[rows]],
                names[0][self.item[rows]],
                names[1][self.verb[rows]],
                self.value[rows],
                self.unit[rows],
                self.time[rows],
            ):
                found.update(np.ascontiguousarray(column).tobytes())
        return found.hexdigest()


def _numbering() -> defaultdict[str, int]:
    """Numbers names as they come, from 0."""
    found: defaultdict[str, int] = defaultdict()
    found.default_factory = found.__len__
    return found


def _places(names: Sequence[str], numbered: defaultdict[str, int]) -> np.ndarray:
    """int32 [n]."""
    return np.fromiter(map(numbered.__getitem__, names), dtype=np.int32, count=len(names))


def moment(time: datetime) -> np.datetime64:
    """As it stands in a log."""
    return np.datetime64((time - _EPOCH) // _TICK, "us")


def instant(time: np.datetime64) -> datetime:
    """The other way round."""
    found: datetime = time.astype("datetime64[us]").item()
    return found.replace(tzinfo=UTC)


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8).digest()
