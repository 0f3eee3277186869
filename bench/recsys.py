"""How well and how fast our recommender models do beside the package implicit's.

    python -m bench.recsys --json [--quick] [--data FOLDER]

Every folder in --data that holds a train.txt is a set with a published split (LightGCN's form) and
is tuned and measured as `chezhi recsys evaluate` does it. Without --data, a set is made from a
planted structure: taste groups, popular items, chance. One user's list is ranked from 100,000 made
items by the bot's own Recommender, with a history and with questions asked; beside it stands the
floor of this machine and moment, one bare product of as many items' factors and content axes.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np

from recsys import metrics
from recsys.evaluation import evaluate
from recsys.folders import read
from recsys.models import ials, peers
from recsys.models.parts import Part
from recsys.models.registry import NAMES, PEERS
from recsys.nearness import AXES, Wish
from recsys.recommender import THREADS, Recommender
from recsys.training import Trained
from recsys.tuning import rank

SEED = 7
QUICK = ("popularity", "item_knn", "ease", "graph_filter", "blend", "implicit_als")


def made_set(folder: Path, users: int, items: int) -> None:
    """Users of 12 taste groups take about 20 items each, mostly of their group's."""
    chance = np.random.default_rng(SEED)
    group = chance.integers(0, 12, items)
    popular = 1 / np.arange(1, items + 1) ** 0.7
    train, test = [], []
    for user in range(users):
        likes = chance.dirichlet(np.full(12, 0.2))
        weight = popular * (0.05 + likes[group])
        count = min(items // 4, 5 + chance.poisson(18))
        own = chance.choice(items, count, replace=False, p=weight / weight.sum())
        cut = max(1, count // 5)
        test.append(f"{user} " + " ".join(map(str, own[:cut])))
        train.append(f"{user} " + " ".join(map(str, own[cut:])))
    (folder / "train.txt").write_text("\n".join(train), "utf-8")
    (folder / "test.txt").write_text("\n".join(test), "utf-8")


def measure(folder: Path, quick: bool) -> dict[str, Any]:
    def progress(what: str, done: int, total: int) -> None:
        print(f"{folder.name}: {what} ({done}/{total})", file=sys.stderr)

    return evaluate(read(folder, "lightgcn"), QUICK if quick else NAMES, progress)


def at_equal_quality(rows: dict[str, Any]) -> dict[str, Any] | None:
    """Our quickest model that is at least as good as implicit's ALS, and how much quicker."""
    als = rows.get("implicit_als")
    good = [
        name
        for name, row in rows.items()
        if name not in PEERS and als and row["ndcg@20"] >= als["ndcg@20"]
    ]
    if als is None or not good:
        return None
    name = min(good, key=lambda one: float(rows[one]["fit_s"]))
    row = rows[name]
    return {
        "model": name,
        "fit_times_faster": round(als["fit_s"] / max(row["fit_s"], 1e-3), 2),
        "scoring_times_faster": round(row["users_per_s"] / als["users_per_s"], 2),
    }


def small_ials(folder: Path, rows: dict[str, Any]) -> dict[str, Any] | None:
    """implicit's ALS as it was tuned, and our iALS of 16 factors and 8 epochs, else as tuned."""
    if not {"ials", "implicit_als"} <= rows.keys():
        return None
    data = read(folder, "lightgcn")
    users = np.flatnonzero(np.diff(data.truth.indptr))
    tuned = ials.Settings(**rows["ials"]["settings"])
    found = {}
    for name, model in (
        ("implicit_als", peers.ImplicitALS(peers.ALSSettings(**rows["implicit_als"]["settings"]))),
        ("ials", ials.IALS(replace(tuned, factors=16, epochs=8))),
    ):
        started = perf_counter()
        model.fit(data.train)
        seconds = perf_counter() - started
        ndcg = metrics.of_lists(rank(model, data.train, users), data.truth[users], 20)[1]
        found[name] = {"fit_s": round(seconds, 3), "ndcg@20": round(float(ndcg.mean()), 5)}
    return found


def one_user(items: int = 100_000, rounds: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds of each round: 20 items known, 5 questions asked, the best 10 of the rest; and
    of a bare product of as many numbers, after each."""
    chance = np.random.default_rng(SEED)
    names = [f"item-{n}" for n in range(items)]
    # Like an encoder's: few main directions, many small ones.
    spread = 1 / np.arange(1, 385) ** 0.7
    vectors = (chance.normal(size=(items, 384)) * spread).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = Trained(
        items=tuple(names),
        parts=(Part.folded(chance.normal(size=(items, 16))),),
        popularity=chance.pareto(1.2, items).astype(np.float32),
        settings={},
    )
    types = [("course", "book", "audio", "live", "game")[n % 5] for n in range(items)]
    recommender = Recommender(names, types, vectors, model)
    bare = np.asfortranarray(chance.normal(size=(items, 16 + AXES)).astype(np.float32))
    times, floor = [], []
    for _ in range(rounds):
        own = [names[n] for n in chance.integers(0, items, 20)]
        wishes = [Wish("asked", "", vectors[n]) for n in chance.integers(0, items, 5)]
        history = dict.fromkeys(own, 4.0)
        started = perf_counter()
        recommender.recommend(history, wishes, k=10, leave_out=own)
        times.append((perf_counter() - started) * 1000)
        started = perf_counter()
        with THREADS.limit(limits=1, user_api="blas"):
            bare @ bare[0]
        floor.append((perf_counter() - started) * 1000)
    return np.array(times[rounds // 10 :]), np.array(floor[rounds // 10 :])


def bench(data: Path | None, quick: bool) -> dict[str, Any]:
    times, floor = one_user(rounds=100 if quick else 1000)
    with TemporaryDirectory() as temporary:
        folders = sorted(path.parent for path in data.glob("*/train.txt")) if data else []
        if not folders:
            folders = [Path(temporary, "made")]
            folders[0].mkdir()
            made_set(folders[0], *((800, 300) if quick else (4000, 1500)))
        found = {folder.name: measure(folder, quick) for folder in folders}
        small = {f.name: small_ials(f, found[f.name]["models"]) for f in folders}
    split: dict[bool, dict[str, Any]] = {
        peer: {
            name: {model: row for model, row in r["models"].items() if (model in PEERS) == peer}
            for name, r in found.items()
        }
        for peer in (False, True)
    }
    return {
        "sets": split[False],
        "implicit": split[True],
        "best": {name: result["best"] for name, result in found.items()},
        "skipped": {name: result["skipped"] for name, result in found.items()},
        "at_equal_quality": {
            name: at_equal_quality(result["models"]) for name, result in found.items()
        },
        "small_ials": small,
        "one_user_p50_100k": round(float(np.percentile(times, 50)), 2),
        "one_user_p99_100k": round(float(np.percentile(times, 99)), 2),
        "one_user_floor_p50_100k": round(float(np.percentile(floor, 50)), 2),
        "one_user_floor_p99_100k": round(float(np.percentile(floor, 99)), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.recsys")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute, few models")
    parser.add_argument("--data", type=Path, help="a folder of folders with train.txt, test.txt")
    args = parser.parse_args()
    print(json.dumps(bench(args.data, args.quick), ensure_ascii=False))


if __name__ == "__main__":
    main()
