"""Signals and vectors to test with."""

from datetime import UTC, datetime, timedelta

import numpy as np

from recsys.dataset import Interactions, build
from recsys.log import Log, Signal

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def signal(
    user: int, item: str, verb: str = "purchased", days_ago: float = 0, value: float | None = None
) -> Signal:
    return Signal(user, item, verb, value, NOW - timedelta(days=days_ago))


def unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


def random_interactions(users: int = 60, items: int = 40) -> Interactions:
    chance = np.random.default_rng(4)
    names = [f"i{number}" for number in range(items)]
    acts = [
        signal(user, names[item])
        for user in range(users)
        for item in chance.choice(items, 8, replace=False)
    ]
    return build(Log.of(acts), names, NOW)
