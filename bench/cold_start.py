"""How well new users and new items are served: recall@10 on the sample's behaviour.

    python -m bench.cold_start --json [--quick]

Behaviour of invented users is generated from seeds that nothing was tuned on. `time_split`: the
last fifth of the positive signals is to be found, by users who had touched items before (`known
users`) and by those who had not (`new users`: of them only chosen topics and topics asked about are
known). `held_out_items`: a fifth of the items, drawn at random, lose all their signals before
training and stay in the ranking; what users took up of them is to be found. `time_split, some items
new`: both at once, so that of known and new items neither may crowd out the other. Systems are the
bot's own Recommender: `hybrid`, as it serves; `popularity`, told nothing of the user; `content`,
told no model. Items that a user touched before are left out of all rankings.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from recsys.confidence import Confidence
from recsys.contest import interval
from recsys.dataset import build
from recsys.log import Log, Signal
from recsys.models import ease
from recsys.nearness import Wish
from recsys.recommender import Recommender
from recsys.training import GRID, train
from retrieval.batching import encode_passages
from retrieval.load_encoder import load_encoder
from sample import loading as sample_data
from sample.behaviour import Behaviour, generate, load_items
from services.recommending.content_vectors import describe
from services.recommending.tags import TOPIC_TEXTS
from storage.models import Item

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEEDS = (101, 102, 103)
LAST, K = 0.2, 10
CONFIDENCE = Confidence()
Pairs = dict[int, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    items: list[str]
    types: list[str]
    vectors: np.ndarray
    prices: np.ndarray
    topics: dict[str, np.ndarray]


def catalogue() -> Catalogue:
    """The sample's items and topics with their content vectors."""
    items = [Item(**row) for row in sample_data.catalogue(NOW).items]
    model = load_encoder("bundled")
    texts = [*map(describe, items), *TOPIC_TEXTS.values()]
    vectors = np.stack(list(encode_passages(model, texts)))
    topics = dict(zip(TOPIC_TEXTS, vectors[len(items) :], strict=True))
    return Catalogue(
        items=[item.id for item in items],
        types=[item.type for item in items],
        vectors=vectors[: len(items)],
        prices=np.array([item.price_stars for item in items], dtype=float),
        topics=topics,
    )


def by_user(signals: Sequence[Signal], now: datetime) -> Pairs:
    found: Pairs = defaultdict(dict)
    for (user, item), value in CONFIDENCE.pairs(signals, now).items():
        found[user][item] = value
    return found


def wishes(behaviour: Behaviour, shop: Catalogue, until: datetime) -> dict[int, list[Wish]]:
    """The last 20 topics that each user asked about, newest first, and those that they chose."""
    found: dict[int, list[Wish]] = defaultdict(list)
    for signal in reversed(behaviour.signals):
        if signal.verb == "asked" and signal.occurred_at < until and len(found[signal.user]) < 20:
            found[signal.user].append(Wish("asked", "", shop.topics[signal.object]))
    for user in behaviour.users:
        found[user.id] += [Wish("topic", topic, shop.topics[topic]) for topic in user.topics]
    return found


def recalls(
    shop: Catalogue,
    train_on: Sequence[Signal],
    now: datetime,
    truth: Mapping[int, set[str]],
    known: Mapping[int, list[Wish]],
    quick: bool,
) -> dict[str, np.ndarray]:
    """recall@10 float [users of truth] by system."""
    grid = (ease.Settings(50.0),) if quick else GRID
    model = train(build(Log.of(train_on), shop.items, now), grid)
    full = Recommender(shop.items, shop.types, shop.vectors, model, shop.prices)
    bare = Recommender(shop.items, shop.types, shop.vectors)
    history = by_user(train_on, now)
    found: dict[str, list[float]] = {"hybrid": [], "popularity": [], "content": []}
    for user, wanted in truth.items():
        own = history.get(user, {})
        for name, system, told, asked in (
            ("hybrid", full, own, known[user]),
            ("popularity", full, {}, []),
            ("content", bare, {}, known[user]),
        ):
            ranked = system.recommend(told, asked, k=K, leave_out=own)
            hits = len(wanted & {one.item for one in ranked})
            found[name].append(hits / min(len(wanted), K))
    return {name: np.array(each) for name, each in found.items()}


def time_split(
    shop: Catalogue,
    behaviour: Behaviour,
    acts: Sequence[Signal],
    quick: bool,
    out: Collection[str] = (),
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Whether each user had touched nothing before, and their recall; items in `out` are new."""
    wanted_ones = CONFIDENCE.weights(Log.of(acts)) > 0
    times = [act.time for act, wanted in zip(acts, wanted_ones, strict=True) if wanted]
    cut = times[int((1 - LAST) * len(times))]
    earlier = [act for act in acts if act.time < cut and act.item not in out]
    met: dict[int, set[str]] = defaultdict(set)
    for act in earlier:
        met[act.user].add(act.item)
    after = by_user([act for act in acts if act.time >= cut], NOW)
    truth = {user: {i for i, v in own.items() if v > 0} - met[user] for user, own in after.items()}
    truth = {user: wanted for user, wanted in truth.items() if wanted}
    each = recalls(shop, earlier, cut, truth, wishes(behaviour, shop, cut), quick)
    return np.array([not met[user] for user in truth]), each


def drawn(shop: Catalogue, seed: int) -> set[str]:
    """A fifth of the items."""
    chance = np.random.default_rng(seed)
    return set(chance.choice(shop.items, len(shop.items) // 5, replace=False).tolist())


def held_out_items(
    shop: Catalogue, behaviour: Behaviour, acts: Sequence[Signal], out: Collection[str], quick: bool
) -> dict[str, np.ndarray]:
    kept = [act for act in acts if act.item not in out]
    taken = by_user([act for act in acts if act.item in out], NOW)
    truth = {user: {i for i, v in own.items() if v > 0} for user, own in taken.items()}
    truth = {user: wanted for user, wanted in truth.items() if wanted}
    return recalls(shop, kept, NOW, truth, wishes(behaviour, shop, NOW), quick)


def bench(quick: bool) -> dict[str, Any]:
    shop = catalogue()
    users, seeds = (300, SEEDS[:1]) if quick else (1000, SEEDS)
    parts: dict[str, list[dict[str, np.ndarray]]] = defaultdict(list)
    for seed in seeds:
        behaviour = generate(load_items(), users=users, seed=seed, now=NOW)
        acts = [
            Signal(s.user, s.object, s.verb, s.value, s.occurred_at)
            for s in behaviour.signals
            if s.object_type == "item"
        ]
        new, each = time_split(shop, behaviour, acts, quick)
        for name, some in (("known users", ~new), ("new users", new)):
            parts[f"time_split, {name}"].append({key: own[some] for key, own in each.items()})
        out = drawn(shop, seed)
        parts["held_out_items"].append(held_out_items(shop, behaviour, acts, out, quick))
        both = time_split(shop, behaviour, acts, quick, out)[1]
        parts["time_split, some items new"].append(both)
    return {
        "users": users,
        "seeds": list(seeds),
        "items": len(shop.items),
        "recall@10": {name: _row(each) for name, each in parts.items()},
    }


def _row(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, Any]:
    """Means over the users of all seeds, and 95 % intervals of what the hybrid gains."""
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    row: dict[str, Any] = {"n": len(whole["hybrid"])}
    row |= {name: round(float(values.mean()), 4) for name, values in whole.items()}
    for other in ("popularity", "content"):
        low, high = interval(whole["hybrid"] - whole[other])
        row[f"over_{other}"] = [round(low, 4), round(high, 4)]
    return row


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cold_start")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute: one seed, one model")
    args = parser.parse_args()
    print(json.dumps(bench(args.quick), ensure_ascii=False))


if __name__ == "__main__":
    main()
