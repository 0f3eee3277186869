"""Counts over everything: anew where there is little, else kept and told with their age."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import tallies
from services.tallies import Tallies
from storage.database import Database

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Counter:
    """Counts how often it counted."""

    def __init__(self) -> None:
        self.times = 0
        self.failing = False

    async def __call__(self, _session: Any) -> int:
        self.times += 1
        if self.failing:
            raise OSError("no more")
        return self.times


async def asked(kept: Tallies, count: Counter, rows: int) -> tuple[int, datetime | None]:
    tally = await kept.of("all", count, lambda _: rows)
    return tally.value, tally.as_of


async def test_little_is_counted_whenever_it_is_asked_for(database: Database) -> None:
    kept, count = Tallies(database, lambda: NOW), Counter()
    assert [await asked(kept, count, tallies.FEW) for _ in range(3)] == [
        (1, None),
        (2, None),
        (3, None),
    ]


async def test_much_is_kept_and_counted_anew_behind_the_asker(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [NOW]
    kept, count, many = Tallies(database, lambda: now[0]), Counter(), tallies.FEW + 1
    first = await asyncio.gather(*(asked(kept, count, many) for _ in range(5)))
    assert first == [(1, None)] * 5, "counted once for all who came meanwhile"
    assert await asked(kept, count, many) == (1, NOW)

    monkeypatch.setattr(tallies, "monotonic", lambda: 1e9)
    now[0] += timedelta(hours=1)
    assert await asked(kept, count, many) == (1, NOW), "nobody waits"
    await asyncio.gather(*kept._counting.values())
    assert await asked(kept, count, many) == (2, now[0])

    monkeypatch.setattr(tallies, "monotonic", lambda: 2e9)
    count.failing = True
    assert await asked(kept, count, many) == (2, now[0])
    await asyncio.gather(*kept._counting.values(), return_exceptions=True)
    assert await asked(kept, count, many) == (2, now[0]), "what is kept stands"
    await kept.close()


async def test_who_asks_first_is_told_of_a_failure(database: Database) -> None:
    kept, count = Tallies(database, lambda: NOW), Counter()
    count.failing = True
    with pytest.raises(OSError, match="no more"):
        await asked(kept, count, 1)
    count.failing = False
    assert await asked(kept, count, 1) == (2, None)
