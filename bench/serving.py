"""What a request costs as the catalogue grows, through the services, on a real SQLite file.

    python -m bench.serving --json [--quick] [--sizes 100,2000,20000,100000] [--before COMMIT]
    python -m bench.serving --people --json [--quick] [--users 1000000] [--signals 20000000]

For each size, 1,000 requests (at most half a minute of each kind) by 300 people in turn, who have
0, 20 and 500 signals: lists (`recommend_*`, ms), what fits beside an answer, a page of the
catalogue, and a search of it. A person's first list, nearly a third of all, reads all their
signals.
`first_s` is the first list of a process, all vectors being kept already; `rss_mb` the most memory
that it had. Nothing is stood in for but the encoder: vectors are made up of the texts' hashes, and
a model of as many random factors is served. Lists go by what two campaigns changed in each of the
people's segments. `before` is an earlier commit (from a git worktree,
with the packages that are installed now), asked the same in the same run; --before '' leaves it
out. `ratio_to_before` is by how much a list of 20,000 items is quicker, `growth` what the largest
size costs beside the smallest.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import numpy as np
from sqlalchemy import insert

from storage.database import Database
from storage.models import Item, Signal, User

SIZES = (100, 2_000, 20_000, 100_000)
# The last build that read the catalogue for each request.
BEFORE, MOST_BEFORE = "5ba7fcf", 20_000
# Whether this process measures such a build: packages that its tree lacks are found in ours.
EARLIER = not Path("services").is_dir()
REQUESTS, MOST_S = 1_000, 30.0
SIGNALS = (0, 20, 500) * 100
SEED, DIMENSIONS, FACTORS, K = 7, 384, 16, 4
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
TOPICS = ("ev", "charging", "winter", "brakes", "tyres", "insurance", "buying", "maintenance")
QUERIES = ("winter tyres", "第 7 项", "brakes insurance", "nothing of the kind", "ev charging")
TYPES = ("course", "book", "audio", "live", "salon", "test_drive")


def item(number: int, chance: np.random.Generator) -> dict[str, Any]:
    type_ = TYPES[number % len(TYPES)]
    seated = type_ in ("live", "salon", "test_drive")
    words = " ".join(TOPICS[n] for n in chance.integers(0, len(TOPICS), 12))
    return {
        "id": f"item-{number}",
        "type": type_,
        "title": {"zh": f"第 {number} 项", "en": f"Item {number}"},
        "summary": {"zh": f"{words} {number}", "en": f"{words} {number}"},
        "description": {"zh": words * 4, "en": words * 4},
        "delivery": {"zh": words, "en": words} if not seated else None,
        "topics": [TOPICS[n] for n in chance.choice(len(TOPICS), 2, replace=False)],
        "city": ("北京", "上海")[number % 2] if type_ in ("salon", "test_drive") else None,
        "price_stars": int(chance.integers(0, 300)),
        "capacity": 50 if seated else None,
        "seats_taken": 0,
        "starts_at": NOW + timedelta(days=int(chance.integers(1, 90))) if seated else None,
        "active": number % 10 > 0,
        "updated_at": NOW,
    }


async def fill(database: Database, size: int) -> None:
    chance = np.random.default_rng(SEED)
    rows = [item(number, chance) for number in range(size)]
    people = [
        {
            "id": number,
            "first_name": "Bench",
            "role": "user",
            "personalisation": True,
            "topics": ["ev", "winter"],
            "city": "北京",
            "created_at": NOW,
            "seen_at": NOW,
        }
        for number in range(1, len(SIGNALS) + 1)
    ]
    acts = [
        {
            "user_id": person,
            "verb": ("viewed", "liked", "viewed", "dismissed")[n % 4],
            "object_type": "item",
            "object_id": f"item-{chance.integers(0, size)}",
            "source": "bench",
            "occurred_at": NOW - timedelta(hours=n),
            "idempotency_key": f"{person}:{n}",
        }
        for person, count in enumerate(SIGNALS, start=1)
        for n in range(count)
    ]
    async with database.write() as session:
        for table, listed in ((Item, rows), (User, people), (Signal, acts)):
            for start in range(0, len(listed), 1000):
                await session.execute(insert(table), listed[start : start + 1000])


def vectors(_model: object, texts: Sequence[str]) -> np.ndarray:
    """float32 [n, d]: like an encoder's, few main directions and many small ones."""
    found = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
    spread = 1 / np.arange(1, DIMENSIONS + 1) ** 0.7
    for row, text in enumerate(texts):
        found[row] = np.random.default_rng(zlib.crc32(text.encode())).normal(size=DIMENSIONS)
    found *= spread
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def recommendations(database: Database, folder: Path) -> Any:
    """Of this tree, or of an earlier one, which had it elsewhere and took other things."""
    if EARLIER:
        module, library = map(import_module, ("bot.recommending", "bot.library"))
        module.encode_passages = vectors  # type: ignore[attr-defined]
        return module.Recommendations(database, None, library.Library(), folder)
    from services.content.library import Library
    from services.recommending.content_vectors import ContentVectors
    from services.recommending.serving import Recommendations

    class Model:
        prompts: Mapping[str, str] = {}
        default_prompt_name = None

    content: Any = ContentVectors(folder, "made up", Model())  # type: ignore[arg-type]
    content._store._encode = vectors
    return Recommendations(database, content, Library(), folder)


async def lean(service: Any, folder: Path, fresh: bool) -> None:
    """Has lists go by what campaigns changed in each segment."""
    from services.recommending.leaning import Leaning
    from services.recommending.placing import Placing
    from services.recommending.profiles import Profiles
    from storage.models import Campaign, Effect

    database = service.database
    profiles = Profiles(database, service, folder / "profiles", lambda: NOW)
    if fresh:
        segments = await profiles.build()
        counts = {"treated": 2_000, "held": 2_000, "held_did": 200}
        seen = {"difference": 0.1, "low": 0.0, "high": 0.2, "measured_at": NOW}
        async with database.write() as session:
            for number, outcome in ((0, "purchased"), (4, "booked")):  # a course, a salon
                on = {"item_id": f"item-{number}", "segment": {"kind": "all"}}
                made = Campaign(created_by=1, created_at=NOW, **on)
                session.add(made)
                await session.flush()
                for segment in segments.ids:
                    did = {"treated_did": 200 + 50 * (segment % 5), "segment": str(segment)}
                    row = {"campaign_id": made.id, "outcome": outcome, **counts, **did, **seen}
                    session.add(Effect(**row))
    service.leanings = Leaning(database, Placing(profiles), lambda: NOW).of


def items_search(service: Any) -> Any:
    """/find over a service's catalogue, with made-up vectors of what is looked for."""
    from retrieval import cosines
    from services.recommending.item_search import ItemSearch

    class Model:
        prompts: Mapping[str, str] = {}
        default_prompt_name = None

        def encode(self, texts: Sequence[str], **_: Any) -> np.ndarray:
            return vectors(None, texts)

    class Encoder:
        model = Model()

        async def encode(self, text: str) -> np.ndarray:
            found: np.ndarray = vectors(None, [text])[0]
            return found

    cosines.register(Encoder.model, cosines.E5)  # type: ignore[arg-type]
    return ItemSearch(service, Encoder())  # type: ignore[arg-type]


def trained(size: int) -> Any:
    from recsys.training import Trained

    chance = np.random.default_rng(SEED)
    factors = chance.normal(size=(size, FACTORS)).astype(np.float32)
    learned: dict[str, Any] = {"embeddings": factors, "bias": np.zeros(size, dtype=np.float32)}
    if "parts" in Trained.__annotations__:  # not in an earlier tree
        learned = {"parts": (import_module("recsys.models.parts").Part.folded(factors),)}
    return Trained(
        items=tuple(f"item-{number}" for number in range(size)),
        **learned,
        popularity=(1 + chance.pareto(1.2, size)).astype(np.float32),
        settings={},
    )


def person(row: User, database: Database) -> Any:
    kind: Any = import_module("bot.people").Person
    if EARLIER:
        return kind(row, database, 1, 1, NOW)
    from services.recent import Recent

    return kind(row, database, "1:1", NOW, Recent(), exchanges=None, forms=None)


async def measure(size: int, folder: Path) -> dict[str, Any]:
    """One size, in this process; `folder` has what is kept of it from an earlier one."""
    fresh = not (folder / "chezhi.db").exists()
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    if fresh:
        await fill(database, size)

    def opened() -> Any:
        made = recommendations(database, folder)
        made._trained, made._live = trained(size), None
        return made

    async with database.read() as session:
        rows = [await session.get_one(User, n) for n in range(1, len(SIGNALS) + 1)]
    people = [person(row, database) for row in rows]
    if fresh:  # what is new is encoded once
        await opened().pick(people[0].row, K, now=NOW)
    service = opened()
    if not EARLIER:
        await lean(service, folder, fresh)
    started = perf_counter()
    await service.pick(people[0].row, K, now=NOW)
    first = perf_counter() - started
    from bot.callbacks import Catalogue
    from bot.routers.catalogue import listing

    search = None if EARLIER else items_search(service)
    if search is not None:  # words are cut once a process
        await search.find(QUERIES[0], K, NOW)
    more = [service.assortment] if hasattr(service, "assortment") else []
    queries = vectors(None, [f"question {n}" for n in range(REQUESTS)])
    lists, worked = await times(lambda n: service.pick(people[n % len(people)].row, K, now=NOW))
    beside, beside_worked = await times(
        lambda n: service.beside_answer(people[n % len(people)], queries[n], [], 2)
    )
    pages, _ = await times(
        lambda n: listing(people[n % len(people)], Catalogue(kind=TYPES[n % 6], page=n % 8), *more)
    )
    finds = (
        await times(lambda n: search.find(QUERIES[n % len(QUERIES)], K, NOW)) if search else None
    )
    await database.close()
    return {
        "recommend_p50": percentile(lists, 50),
        "recommend_p99": percentile(lists, 99),
        "recommend_cpu_p50": percentile(worked, 50),
        "recommend_cpu_p99": percentile(worked, 99),
        "beside_answer_p50": percentile(beside, 50),
        "beside_answer_p99": percentile(beside, 99),
        "beside_answer_cpu_p99": percentile(beside_worked, 99),
        "catalog_page_p99": percentile(pages, 99),
        **({"find_p99": percentile(finds[0], 99)} if finds else {}),
        "first_s": round(first, 2),
        "rss_mb": _peak_mb(),
        "requests": len(lists),
    }


async def times(request: Callable[[int], Awaitable[object]]) -> tuple[list[float], list[float]]:
    """Milliseconds of each of the requests, one after the other, by the clock and of processor."""
    found: list[float] = []
    worked: list[float] = []
    end = perf_counter() + MOST_S
    for number in range(REQUESTS):
        started, before = perf_counter(), process_time()
        await request(number)
        found.append((perf_counter() - started) * 1000)
        worked.append((process_time() - before) * 1000)
        if perf_counter() > end and number >= 3:
            break
    return found, worked


def percentile(values: Sequence[float], percent: int) -> float:
    return round(float(np.percentile(values, percent)), 2)


def in_process(size: int, tree: Path) -> dict[str, Any]:
    """Measured in a process of its own, with the modules of a tree."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-P", __file__, "--one", str(size), "--folder", folder]
        print(f"{size} items in {tree.name}…", file=sys.stderr)
        done = subprocess.run(
            command, cwd=tree, env={"PYTHONPATH": str(tree)}, check=True, stdout=subprocess.PIPE
        )
    return dict(json.loads(done.stdout))


def _peak_mb() -> int:
    """The most that this process had; what `getrusage` tells is also its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def bench(sizes: Sequence[int], before: str) -> dict[str, Any]:
    from bench.answers import worktree

    here = Path(__file__).parents[1]
    found: dict[str, Any] = {"sizes": {str(size): in_process(size, here) for size in sizes}}
    smallest, largest = (found["sizes"][str(size)] for size in (min(sizes), max(sizes)))
    found["growth"] = round(largest["recommend_p50"] / smallest["recommend_p50"], 2)
    if before:
        with worktree(before) as tree:
            then = {str(n): in_process(n, tree) for n in sizes if n <= MOST_BEFORE}
        at = max(then, key=int)
        quicker = then[at]["recommend_p50"] / found["sizes"][at]["recommend_p50"]
        found |= {"before": then, "ratio_to_before": round(quicker, 1)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.serving")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="100 and 2,000 items only")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--before", default=BEFORE, help="a commit to compare with; '' for none")
    parser.add_argument("--people", action="store_true", help="many people instead: bench.people")
    parser.add_argument("--users", type=int, default=1_000_000, help="of --people")
    parser.add_argument("--signals", type=int, default=20_000_000, help="of --people")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(asyncio.run(measure(args.one, args.folder))))
        return
    if args.people:
        from bench import people

        few = (50_000, 1_000_000) if args.quick else (args.users, args.signals)
        print(json.dumps(people.bench(*few)))
        return
    sizes = SIZES[:2] if args.quick else tuple(map(int, args.sizes.split(",")))
    print(json.dumps(bench(sizes, args.before)))


if __name__ == "__main__":
    main()
