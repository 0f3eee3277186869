"""How long a campaign's report takes, in what memory, and how often it takes nothing for something.

    python -m bench.measuring --json [--quick]

`sizes`: on SQLite, by number of people who were drawn (a tenth of them held back, three wordings,
eight segments, three signals a person from before, and what 6 % did since): `report_s` is the whole
report with its effects written down, `statistics_s` the part that isn't the database's, `grown_mb`
by how much the process grew at most. `false_alarms`: of 1,000 campaigns that change nothing, looked
at on each of 14 days, the share in which a difference was claimed on some day, by the always-valid
interval (stated: at most .05) and by the 95 % interval that is valid once; by people treated and
held, and the share who do it. `power`: where it is half as much again, the share that is found by
the last day.
"""

import argparse
import asyncio
import json
import resource
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.proportion import confint_proportions_2indep

from campaigns import reporting
from campaigns.measure import measure
from campaigns.outcomes import Counted, count
from campaigns.statistics import always
from storage.database import Database
from storage.models import Campaign

SIZES, QUICK_SIZES = (100_000, 1_000_000), (20_000,)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
ITEM, CAMPAIGN, SEGMENTS, BEFORE = "course-a", 1, 8, 3
RUNS, DAYS = 1000, 14
DESIGNS = ((1_800, 200, 0.05), (18_000, 2_000, 0.01), (90_000, 10_000, 0.05), (5_000, 5_000, 0.3))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result: dict[str, Any] = {"sizes": {}}
    for size in QUICK_SIZES if options.quick else SIZES:
        with TemporaryDirectory() as folder:
            result["sizes"][size] = await report_of(Path(folder), size)
    rng = np.random.default_rng(0)
    result["false_alarms"] = {}
    for treated, held, rate in DESIGNS:
        nothing = claimed(rng, (treated, held), (rate, rate))
        more = claimed(rng, (treated, held), (1.5 * rate, rate))
        result["false_alarms"][f"{treated}:{held} at {rate}"] = {
            "always": round(float(nothing[0].any(axis=1).mean()), 4),
            "naive": round(float(nothing[1].any(axis=1).mean()), 4),
            "power": round(float(more[0].any(axis=1).mean()), 3),
        }
    print(json.dumps(result, indent=None if options.json else 1))


async def report_of(folder: Path, size: int) -> dict[str, Any]:
    file = folder / "bench.db"
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.upgrade()
    await asyncio.to_thread(fill, file, size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = perf_counter()
    found = await measure(database, CAMPAIGN, LATER)
    took = perf_counter() - begun
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if found is None or found.arms["treated"] != size - size // 10:
        raise RuntimeError("the people of the campaign were not counted")
    async with database.read() as session:
        campaign = await session.get_one(Campaign, CAMPAIGN)
    counted: Counted = await database.together(lambda session: count(session, campaign, LATER))
    begun = perf_counter()
    reporting.report(counted, campaign, {"A": 1, "B": 1, "C": 1}, {}, [], LATER)
    statistics = perf_counter() - begun
    await database.close()
    return {
        "report_s": round(took, 2),
        "statistics_s": round(statistics, 2),
        "grown_mb": round(grown / 1024),
        "comparisons": len(found.rows) + len(found.segments) + len(found.variants),
    }


def fill(file: Path, size: int) -> None:
    """People, and what they did, straight into the file: that takes a fifth of the time."""
    rng = np.random.default_rng(size)
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        put(raw, "items", items())
        put(raw, "campaigns", campaigns())
        put(raw, "users", people(size))
        put(raw, "recipients", drawn(size))
        put(raw, "signals", signals(rng, size))
        acts = rng.permutation(size)[: 6 * size // 100] + 1
        put(raw, "bookings", bookings(acts[::2]))
        put(raw, "orders", orders(acts[1::2]))
    raw.close()


def put(raw: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    named = ", ".join(first), ", ".join(f":{name}" for name in first)
    raw.executemany(f"INSERT INTO {table} ({named[0]}) VALUES ({named[1]})", [first])
    raw.executemany(f"INSERT INTO {table} ({named[0]}) VALUES ({named[1]})", rows)


def kept(moment: datetime) -> str:
    """A time as it lies in SQLite."""
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def items() -> Iterator[dict[str, Any]]:
    text = '{"zh": "……", "en": "…"}'
    texts = dict.fromkeys(("title", "summary", "description"), text)
    yield {
        "id": ITEM,
        "type": "course",
        "topics": "[]",
        "price_stars": 100,
        "seats_taken": 0,
        "active": 1,
        "updated_at": kept(NOW),
        **texts,
    }


def campaigns() -> Iterator[dict[str, Any]]:
    times = dict.fromkeys(("created_at", "launched_at", "finished_at"), kept(NOW))
    yield {
        "id": CAMPAIGN,
        "created_by": 1,
        "item_id": ITEM,
        "segment": '{"kind": "all"}',
        "status": "done",
        "holdout": 0.1,
        **times,
    }


def people(size: int) -> Iterator[dict[str, Any]]:
    for user in range(1, size + 1):
        yield {
            "id": user,
            "first_name": "",
            "role": "user",
            "personalisation": 1,
            "topics": "[]",
            "invites": 1,
            "created_at": kept(NOW),
            "seen_at": kept(NOW),
        }


def drawn(size: int) -> Iterator[dict[str, Any]]:
    for user in range(1, size + 1):
        held = user % 10 == 0
        yield {
            "campaign_id": CAMPAIGN,
            "user_id": user,
            "status": "held" if held else "sent",
            "arm": "holdout" if held else "treated",
            "variant": None if held else "ABC"[user % 3],
            "segment": 1 + user // 10 % SEGMENTS,
            "changed_at": kept(NOW),
            "assigned_at": kept(NOW),
        }


def signals(rng: np.random.Generator, size: int) -> Iterator[dict[str, Any]]:
    days = rng.uniform(-40, 10, BEFORE * size)
    for place, day in enumerate(days):
        yield {
            "user_id": 1 + place % size,
            "verb": "viewed",
            "object_type": "item",
            "object_id": ITEM,
            "source": "bot",
            "occurred_at": kept(NOW + timedelta(days=float(day))),
            "idempotency_key": f"k{place}",
        }


def bookings(users: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    at = kept(NOW + timedelta(days=2))
    for user in users.tolist():
        yield {
            "user_id": user,
            "item_id": ITEM,
            "status": "booked",
            "sequence": 0,
            "created_at": at,
            "changed_at": at,
        }


def orders(users: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    at = kept(NOW + timedelta(days=3))
    for user in users.tolist():
        yield {
            "id": f"o{user}",
            "user_id": user,
            "item_id": ITEM,
            "price_stars": 100,
            "status": "paid",
            "created_at": at,
            "paid_at": at,
        }


def claimed(
    rng: np.random.Generator, people: tuple[int, int], rates: tuple[float, float]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether a difference is claimed, by both kinds of interval: (runs, days) each."""
    day = 0.7 ** np.arange(DAYS)
    first, second = (
        rng.multinomial(n, np.append(day / day.sum() * rate, 1 - rate), RUNS)[:, :DAYS].cumsum(1)
        for n, rate in zip(people, rates, strict=True)
    )
    counts = first, people[0], second, people[1]
    found = always(*counts), confint_proportions_2indep(*counts, method="newcomb")
    one, two = ((low > 0) | (high < 0) for low, high in found)
    return one, two


if __name__ == "__main__":
    asyncio.run(main())
