from datetime import timedelta

import numpy as np
import pytest

from recsys.health import examine, gini
from recsys.log import Log, Signal
from tests.recsys.data import NOW, signal


def test_gini_of_known_cases() -> None:
    assert gini(np.array([5, 5, 5, 5])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 12])) == pytest.approx(0.75), "(n - 1) / n is the most"
    counts = np.random.default_rng(3).integers(0, 50, 40)
    apart = np.abs(counts[:, None] - counts[None, :]).mean()
    assert gini(counts) == pytest.approx(apart / (2 * counts.mean()))
    assert gini(np.zeros(3)) == 0


def test_lists_are_counted_over_the_whole_catalogue() -> None:
    acts = [signal(1, "a", days_ago=90), signal(1, "b", days_ago=90), signal(1, "c", days_ago=2)]
    found = examine([["a", "c"], ["a", "d"]], Log.of(acts), "abcd", NOW)
    assert (found.users, found.items, found.coverage) == (2, 4, 0.75)
    assert found.new_items == 0.5, "c is new, and d was never touched"
    assert examine([], Log.of([]), "ab", NOW).coverage == 0


def test_drift_is_none_for_the_same_taste_and_one_bit_for_another() -> None:
    def drift(*acts: Signal) -> float | None:
        return examine([["a"]], Log.of(acts), "abc", NOW).popularity_drift

    before = [signal(n, item, days_ago=60) for n, item in enumerate("aab")]
    assert drift(*before, *(signal(n, item) for n, item in enumerate("aab"))) == 0
    assert drift(*before, signal(1, "c")) == 1
    mixed = drift(*before, signal(1, "b"))
    assert mixed is not None
    assert 0 < mixed < 1
    assert drift(*before) is None
    assert drift(*before, signal(1, "c", "dismissed")) is None, "what nobody wanted is no taste"


def test_signals_are_counted_by_day() -> None:
    acts = [signal(1, "a"), signal(2, "a", "dismissed"), signal(1, "b", days_ago=1.2)]
    log = Log.of([*acts, signal(3, "a", days_ago=45)])
    days = examine([], log, "ab", NOW).signals_per_day
    assert len(days) == 30
    assert list(days)[-1] == NOW.date().isoformat()
    assert days[NOW.date().isoformat()] == 2
    assert days[(NOW - timedelta(days=1)).date().isoformat()] == 1
    assert sum(days.values()) == 3
