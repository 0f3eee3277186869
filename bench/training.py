"""What `chezhi train` takes as the log grows, in time and memory, on a real SQLite file.

    python -m bench.training --json [--signals 1000000,5000000] [--quick] [--before COMMIT]

For each size a log is made up: twenty signals a user on 1,000 items, of all kinds, some of them
taken back. Each figure is of a process of its own. `read_s` and `read_mb` are of reading the log
and weighing it into the matrix that models are fitted on, `train_s` and `train_mb` of the whole of
`Training.train` (`_cpu_s`: what of the time was not waiting for other processes); memory is
the most that the process had, `base_mb` what it had before, its libraries, `_added_mb` the rest.
`before` is an earlier commit (from a git worktree, with the packages that are installed now) on the
same files in the same run; --before '' leaves it out. It trains only on logs of at most
--most-before signals (larger ones take it hours): of larger ones it only reads. What is stopped
after --limit seconds is null. `ratio` is what this tree takes of what the earlier one took.
"""

import argparse
import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any

import numpy as np
from sqlalchemy import insert

from storage.database import Database
from storage.models import Item, User

SIZES, QUICK = (1_000_000, 5_000_000), (50_000,)
BEFORE, MOST_BEFORE, LIMIT_S = "5ba7fcf", 1_000_000, 3600.0
EACH, ITEMS, TASTES, SEED = 20, 1_000, 24, 7
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAYS, CHUNK = 365, 100_000
# Verbs with their shares; an undoing one is put on what its user did last.
VERBS = {
    "viewed": 0.42,
    "progressed": 0.2,
    "liked": 0.1,
    "enrolled": 0.08,
    "purchased": 0.08,
    "completed": 0.04,
    "dismissed": 0.04,
    "refunded": 0.02,
    "unliked": 0.02,
}
PHASES = ("read", "train")


async def fill(folder: Path, size: int) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    people = [
        {
            "id": number,
            "first_name": "Bench",
            "role": "user",
            "personalisation": True,
            "topics": [],
            "created_at": NOW,
            "seen_at": NOW,
        }
        for number in range(size // EACH)
    ]
    text = {"zh": "…", "en": "…"}
    items = [
        {
            "id": f"course-number-{number}",
            "type": "course",
            "title": text,
            "summary": text,
            "description": text,
            "topics": ["ev"],
            "price_stars": 10,
            "active": True,
            "updated_at": NOW,
        }
        for number in range(ITEMS)
    ]
    async with database.write() as session:
        for table, listed in ((Item, items), (User, people)):
            for start in range(0, len(listed), 1000):
                await session.execute(insert(table), listed[start : start + 1000])
    await database.close()
    with sqlite3.connect(folder / "chezhi.db") as file:
        # Indexes are made quicker when all is there.
        indexes = file.execute(
            "SELECT name, sql FROM sqlite_master"
            " WHERE tbl_name = 'signals' AND sql LIKE 'CREATE INDEX%'"
        ).fetchall()
        for name, _ in indexes:
            file.execute(f"DROP INDEX {name}")
        file.executemany(
            "INSERT INTO signals (user_id, verb, object_type, object_id, value, source,"
            " occurred_at, idempotency_key) VALUES (?, ?, 'item', ?, ?, 'bench', ?, ?)",
            rows(size),
        )
        for _, sql in indexes:
            file.execute(sql)
    file.close()


def rows(size: int) -> Iterator[tuple[Any, ...]]:
    """In order of time, as they would come."""
    chance = np.random.default_rng(SEED)
    names = [f"course-number-{number}" for number in range(ITEMS)]
    verbs = list(VERBS)
    # People of a taste take a tenth of the items much more often than others.
    popular = 1 / np.arange(1, ITEMS + 1) ** 0.8
    liking = chance.random((TASTES, ITEMS)) < 0.1
    odds = np.cumsum(popular * np.where(liking, 20, 1), axis=1)
    odds /= odds[:, -1:]
    taste = chance.integers(0, TASTES, size // EACH)
    last: dict[int, str] = {}
    span = DAYS * 86_400
    for start in range(0, size, CHUNK):
        count = min(CHUNK, size - start)
        users = chance.integers(0, size // EACH, count)
        shares = chance.random(count)
        items = [
            int(np.searchsorted(odds[taste[u]], s)) for u, s in zip(users, shares, strict=True)
        ]
        drawn = chance.choice(len(verbs), count, p=list(VERBS.values()))
        values = chance.random(count)
        for n in range(count):
            user, verb = int(users[n]), verbs[drawn[n]]
            undoes = verb in ("refunded", "unliked")
            item = last.get(user, names[items[n]]) if undoes else names[items[n]]
            last[user] = item
            value = float(values[n]) if verb == "progressed" else None
            at = NOW.timestamp() - span * (1 - (start + n) / size)
            time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            yield user, verb, item, value, time, str(start + n)


async def measure(phase: str, data: Path, folder: Path) -> dict[str, Any]:
    """One phase, in this process, of this tree or of an earlier one."""
    database = Database(f"sqlite+aiosqlite:///{data}/chezhi.db")
    read, train = work(database, folder)
    base = peak_mb()
    started, cpu = perf_counter(), process_time()
    if phase == "read":
        from recsys.dataset import build

        log, catalogue = await read()
        data_of = build(log, catalogue, NOW)
        found = {"users": len(data_of.users), "pairs": int(data_of.matrix.nnz)}
    else:
        manifest = await train()
        found = {"model": manifest["settings"]["model"], "ndcg@10": manifest["metrics"]["ndcg@10"]}
    taken = {f"{phase}_s": round(perf_counter() - started, 1)}
    taken[f"{phase}_cpu_s"] = round(process_time() - cpu, 1)
    await database.close()
    peak = peak_mb()
    return taken | {f"{phase}_mb": peak, f"{phase}_added_mb": peak - base, "base_mb": base} | found


Work = Callable[[], Awaitable[Any]]


def work(database: Database, folder: Path) -> tuple[Work, Work]:
    """Reading the log, and the whole training: of this tree, or of one that had both in `bot`."""
    try:
        module, library = map(import_module, ("bot.recommending", "bot.library"))
    except ModuleNotFoundError:
        from services.content.library import Library
        from services.recommending.logs import agreed_log
        from services.recommending.serving import Recommendations
        from services.recommending.training import Training

        content: Any = SimpleNamespace(encoder="none")  # training asks for no vectors
        serving = Recommendations(database, content, Library(), folder)
        trainer = Training(database, serving, folder)
        return lambda: agreed_log(database, serving.item_of), trainer.train
    service = module.Recommendations(database, None, library.Library(), folder)
    return service._all, service.train


def peak_mb() -> int:
    """The most that this process had until now; what `getrusage` tells is also its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def in_process(phase: str, data: Path, tree: Path, limit: float) -> dict[str, Any]:
    """Measured in a process of its own, with the modules of a tree; nulls if it takes too long."""
    print(f"{phase} of {data.name} signals in {tree.name}…", file=sys.stderr)
    with TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-P",
            __file__,
            "--one",
            phase,
            "--data",
            str(data),
            "--to",
            folder,
        ]
        environment = {"PYTHONPATH": str(tree)}
        try:
            done = subprocess.run(
                command,
                cwd=tree,
                env=environment,
                check=True,
                stdout=subprocess.PIPE,
                timeout=limit or None,
            )
        except subprocess.TimeoutExpired:
            return {f"{phase}_s": None, f"{phase}_mb": None}
    return dict(json.loads(done.stdout))


def bench(sizes: Sequence[int], before: str, most_before: int, limit: float) -> dict[str, Any]:
    from bench.answers import worktree

    here = Path(__file__).parents[1]
    found: dict[str, Any] = {"sizes": {}}
    with TemporaryDirectory() as root:
        for size in sizes:
            data = Path(root) / str(size)
            data.mkdir()
            print(f"Making {size} signals…", file=sys.stderr)
            asyncio.run(fill(data, size))
            own: dict[str, Any] = {}
            for phase in PHASES:
                own |= in_process(phase, data, here, limit)
            found["sizes"][str(size)] = own
        if before:
            found |= {"before": {}, "ratio": {}}
            with worktree(before) as tree:
                for size in sizes:
                    then: dict[str, Any] = {}
                    for phase in PHASES if size <= most_before else PHASES[:1]:
                        then |= in_process(phase, Path(root) / str(size), tree, limit)
                    found["before"][str(size)] = then
                    found["ratio"][str(size)] = ratios(found["sizes"][str(size)], then)
    return found


def ratios(own: dict[str, Any], then: dict[str, Any]) -> dict[str, float]:
    names = [f"{phase}_{unit}" for phase in PHASES for unit in ("s", "cpu_s", "mb", "added_mb")]
    return {n: round(own[n] / then[n], 3) for n in names if own.get(n) and then.get(n)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.training")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK[0]} signals only")
    parser.add_argument("--signals", default=",".join(map(str, SIZES)))
    parser.add_argument("--before", default=BEFORE, help="a commit to compare with; '' for none")
    parser.add_argument("--most-before", type=int, default=MOST_BEFORE)
    parser.add_argument("--limit", type=float, default=LIMIT_S, help="seconds; 0 for none")
    parser.add_argument("--one", choices=PHASES, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        print(json.dumps(asyncio.run(measure(args.one, args.data, args.to))))
        return
    sizes = QUICK if args.quick else tuple(map(int, args.signals.split(",")))
    print(json.dumps(bench(sizes, args.before, args.most_before, args.limit)))


if __name__ == "__main__":
    main()
