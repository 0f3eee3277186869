"""How fast a million people are read for an audience; `python -m bench.audience --json [--quick]`.

A real SQLite file of 1,000,000 people (three in four agree to personalisation), three signals a
person, and 20 past campaigns of 20,000 invites. Each audience is resolved to ids, `seconds` being
the best of two runs; `likeliest_first` has the signals read and the model fitted, which hold for an
hour. `peak_mb` is what the process took at most.
"""

import argparse
import asyncio
import json
import resource
import sqlite3
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from bench.people import SIGNALS, USERS, grouped
from bench.serving import NOW, SEED, TOPICS, item, recommendations
from campaigns.audience import Scores, resolve, why
from campaigns.audience_text import read
from campaigns.responding import Responses
from services.recommending.placing import Placing
from services.recommending.profiles import Profiles
from storage.database import Database
from storage.repositories import items

ITEMS, CAMPAIGNS, INVITED, CHUNK = 2_000, 20, 20_000, 100_000
LINES = (
    "all",
    "city=城市7",
    "language=zh not car=owns",
    "topic=ev joined=90",
    "did:viewed(days=30)",
    "did:viewed(type=test_drive,days=90,n=2)",
    "city=城市7 not did:booked",
    "(city=城市7 | did:liked(item=item-7) | seen=14)",
    "segment=1",
)
LIKELIEST = "car=plans top=500"
THING = "item-7"


def fill(path: Path, people: int, signals: int) -> None:
    """Adds people, signals and past campaigns."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000"):
        connection.execute(f"PRAGMA {pragma}")
    values = {
        "now": int(NOW.timestamp()),
        "year": 365 * 24 * 3600,
        "users": people,
        "items": ITEMS,
        "topics": str(list(TOPICS)).replace("'", '"'),
    }
    for statement, count in ((USERS, people), (SIGNALS, signals)):
        for first in range(1, count + 1, CHUNK):
            connection.execute("BEGIN")
            last = min(first + CHUNK - 1, count)
            connection.execute(statement, values | {"first": first, "last": last, "count": count})
            connection.execute("COMMIT")
    chance = np.random.default_rng(SEED)
    for number in range(1, CAMPAIGNS + 1):
        at = NOW - timedelta(days=10 * (CAMPAIGNS + 2 - number))
        row = (number, f"item-{number}", '{"kind": "all"}', _time(at), _time(at))
        connection.execute(
            "INSERT INTO campaigns (id, created_by, item_id, segment, status, created_at,"
            " launched_at) VALUES (?, 1, ?, ?, 'done', ?, ?)",
            row,
        )
        invited = chance.choice(people, min(INVITED, people // 2), replace=False) + 1
        opened = invited[chance.random(len(invited)) < np.where(invited % 4 == 0, 0.2, 0.04)]
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO recipients (campaign_id, user_id, status, changed_at) VALUES (?,?,?,?)",
            [(number, user, "sent", _time(at)) for user in invited.tolist()],
        )
        connection.executemany(
            "INSERT INTO signals (user_id, verb, object_type, object_id, source, campaign_id,"
            " occurred_at, idempotency_key) VALUES (?, 'invite_opened', 'item', ?, 'bot', ?, ?, ?)",
            [
                (
                    user,
                    f"item-{number}",
                    number,
                    _time(at + timedelta(hours=3)),
                    f"o{number}:{user}",
                )
                for user in opened.tolist()
            ],
        )
        connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("ANALYZE")
    connection.close()


def _time(at: Any) -> str:
    return str(at.strftime("%Y-%m-%d %H:%M:%S.%f"))


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _runs(first: bool) -> Iterator[int]:
    yield from range(1 if first else 2)


async def measure(folder: Path, people: int, signals: int) -> dict[str, Any]:
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    chance = np.random.default_rng(SEED)
    async with database.write() as session:
        await items.save(session, [item(number, chance) for number in range(ITEMS)])
    await database.close()
    started = perf_counter()
    await asyncio.to_thread(fill, folder / "chezhi.db", people, signals)
    told: dict[str, Any] = {"people": people, "signals": signals}
    told["fill_s"] = round(perf_counter() - started)
    service = recommendations(database, folder)
    profiles = Profiles(database, service, folder / "profiles", lambda: NOW)
    await service.nearest_topics([])
    await grouped(profiles, database, people)
    placing = Placing(profiles)
    responses = Responses(database, service, placing, lambda: NOW)
    started = perf_counter()
    await placing.of(np.arange(1, 3))
    told["segments_first_s"] = round(perf_counter() - started, 2)
    told["before_mb"] = _peak_mb()
    scores = Scores(placing, responses.likelihood(THING))
    rules: dict[str, Any] = {}
    for line in LINES:
        rules[line] = await timed(database, line, scores, first=False)
        print(line, rules[line], file=sys.stderr)
    told["rules"] = rules
    told["rules_peak_mb"] = _peak_mb()
    told["likeliest_first"] = await timed(database, LIKELIEST, scores, first=True)
    told["likeliest"] = await timed(database, LIKELIEST, scores, first=False)
    report = await responses.report()
    told["response"] = {"basis": report.basis, "skill": round(report.skill, 4)}
    audience = read("car=plans segment=1 top=10")
    ids = (await resolve(database, audience, NOW, scores)).tolist()
    started = perf_counter()
    await why(database, audience, NOW, ids, scores, responses.explaining(THING))
    told["why_s"] = round(perf_counter() - started, 2)
    told["seconds_max"] = max(one["seconds"] for one in [*rules.values(), told["likeliest"]])
    told["peak_mb"] = _peak_mb()
    await database.close()
    return told


async def timed(database: Database, line: str, scores: Scores, *, first: bool) -> dict[str, Any]:
    found, best = np.zeros(0), np.inf
    for _ in _runs(first):
        started = perf_counter()
        found = await resolve(database, read(line), NOW, scores)
        best = min(best, perf_counter() - started)
    return {"count": len(found), "seconds": round(float(best), 2)}


def bench(people: int, signals: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), people, signals))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object on stdout (always so)")
    parser.add_argument("--quick", action="store_true", help="100,000 people")
    parser.add_argument("--people", type=int, default=1_000_000)
    args = parser.parse_args()
    people = 100_000 if args.quick else args.people
    print(json.dumps(bench(people, 3 * people), ensure_ascii=False))


if __name__ == "__main__":
    main()
