"""How long a campaign's report takes, in what memory, and how often it takes nothing for something.

    python -m bench.measuring --json [--quick]

`sizes`: on SQLite, by number of people who were drawn (a tenth of them held back, three wordings,
eight segments, a signal a person, and what 6 % did since): `report_s` is the whole
report with its effects written down, `processor_s` the processor's part of that, `statistics_s`
what isn't the database's, `grown_mb` by how much the process grew at most. `false_alarms`: of 1,000
campaigns that change nothing, looked at on each of 14 days, the share in which a difference was
claimed on some day, by the always-valid interval (stated: at most .05) and by the 95 % interval
that is valid once; by people treated and held, and the share who do it. `power`: where it is half
as much again, the share that is found by the last day.
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
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
ITEM, CAMPAIGN, SEGMENTS = "course-a", 1, 8
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
        print(size, result["sizes"][size], file=sys.stderr)
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
    begun, used = perf_counter(), process_time()
    found = await measure(database, CAMPAIGN, LATER)
    took, used = perf_counter() - begun, process_time() - used
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
        "processor_s": round(used, 2),
        "statistics_s": round(statistics, 2),
        "grown_mb": round(grown / 1024),
        "comparisons": len(found.rows) + len(found.segments) + len(found.variants),
    }


def fill(file: Path, size: int) -> None:
    """People, and what they did, made by SQLite itself; `n` numbers them."""
    now = f"'{NOW:%Y-%m-%d %H:%M:%S.%f}'"
    with sqlite3.connect(file, isolation_level=None) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA cache_size = -200000")
        raw.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
        raw.execute(
            "INSERT INTO numbers WITH RECURSIVE c(n) AS "
            f"(SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {size}) SELECT n FROM c"
        )
        text = """'{"zh": "……", "en": "…"}'"""
        put(
            raw, "items", "n = 1", id=f"'{ITEM}'", type="'course'", title=text, summary=text,
            description=text, topics="'[]'", price_stars="100", seats_taken="0", active="1",
            updated_at=now,
        )  # fmt: skip
        put(
            raw, "campaigns", "n = 1", id="1", created_by="1", item_id=f"'{ITEM}'",
            segment="""'{"kind": "all"}'""", status="'done'", holdout="0.1", created_at=now,
            launched_at=now, finished_at=now,
        )  # fmt: skip
        put(
            raw, "users", "1", id="n", first_name="''", role="'user'", personalisation="1",
            topics="'[]'", invites="1", created_at=now, seen_at=now,
        )  # fmt: skip
        put(
            raw, "recipients", "1", campaign_id="1", user_id="n",
            status="iif(n % 10, 'sent', 'held')", arm="iif(n % 10, 'treated', 'holdout')",
            variant="iif(n % 10, char(65 + n % 3), NULL)", segment=f"1 + n / 10 % {SEGMENTS}",
            changed_at=now, assigned_at=now,
        )  # fmt: skip
        day = f"strftime('%Y-%m-%d %H:%M:%f000', {now}, (n * 7919 % 50 - 40) || ' days')"
        put(
            raw, "signals", "1", user_id=f"1 + n * 31 % {size}", verb="'viewed'",
            object_type="'item'", object_id=f"'{ITEM}'", source="'bot'", occurred_at=day,
            idempotency_key="'k' || n",
        )  # fmt: skip
        later = f"'{NOW + timedelta(days=2):%Y-%m-%d %H:%M:%S.%f}'"
        put(
            raw, "bookings", "n * 7919 % 100 < 3", user_id="n", item_id=f"'{ITEM}'",
            status="'booked'", sequence="0", created_at=later, changed_at=later,
        )  # fmt: skip
        put(
            raw, "orders", "n * 7919 % 100 > 96", id="'o' || n", user_id="n",
            item_id=f"'{ITEM}'", price_stars="100", status="'paid'", created_at=later,
            paid_at=later,
        )  # fmt: skip
    raw.close()


def put(raw: sqlite3.Connection, table: str, which: str, **columns: str) -> None:
    names, values = ", ".join(columns), ", ".join(columns.values())
    raw.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM numbers WHERE {which}")


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
