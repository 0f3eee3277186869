"""Counts over everything, which no request waits for once there is much to count."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from storage import nursery
from storage.database import Database

log = logging.getLogger(__name__)
T = TypeVar("T")

# So many rows are counted anew whenever somebody asks.
FEW = 20_000
# What is kept is counted anew after so many seconds, and this many times as long as it took.
KEPT_S, REST = 60.0, 50


@dataclass(frozen=True, slots=True)
class Tally(Generic[T]):
    """`as_of` is when it was counted, None if that was just now."""

    value: T
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    value: Any
    rows: int
    at: datetime
    due: float


class Tallies:
    """What few rows make up is counted whenever it is asked for. Of many, what was counted last is
    told with its age, and counted anew meanwhile; only who asks first waits."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._counting: dict[str, asyncio.Task[None]] = {}

    async def of(
        self,
        name: str,
        count: Callable[[AsyncSession], Coroutine[Any, Any, T]],
        rows: Callable[[T], int],
        few: int | None = None,
    ) -> Tally[T]:
        """What `count` finds; `rows` tells from that how much there was to count, and up to `few`
        (or `FEW`) of them are little."""
        few = FEW if few is None else few
        kept = self._kept.get(name)
        if kept is None:
            # Whoever comes while it is counted for the first time waits for the same.
            await asyncio.shield(self._start(name, count, rows))
        elif kept.rows <= few:
            await self._count(name, count, rows)
        if kept is None or kept.rows <= few:
            return Tally(self._kept[name].value, None)
        if monotonic() > kept.due:
            self._start(name, count, rows)
        return Tally(kept.value, kept.at)

    async def close(self) -> None:
        for task in self._counting.values():
            task.cancel()
        await asyncio.gather(*self._counting.values(), return_exceptions=True)

    def _start(self, name: str, count: Any, rows: Callable[[Any], int]) -> asyncio.Task[None]:
        task = self._counting.get(name)
        if task is None or task.done():
            task = nursery.start(self._count(name, count, rows), name=f"count {name}")
            task.add_done_callback(_tell)
            self._counting[name] = task
        return task

    async def _count(self, name: str, count: Any, rows: Callable[[Any], int]) -> None:
        at, started = self._clock(), monotonic()
        value = await self._database.together(count)
        ended = monotonic()
        due = ended + max(KEPT_S, REST * (ended - started))
        self._kept[name] = _Kept(value, rows(value), at, due)


def _tell(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.warning("Could not %s: %s", task.get_name(), error)
