"""A challenger goes live only when it beats the champion on what came last."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from recsys.contest import Champion, challenge, interval
from recsys.dataset import TooLittleData
from recsys.log import Log, Signal
from recsys.models import ease
from recsys.models.embeddings import Settings
from sample.people import FIRST_USER_ID
from tests.recsys.conftest import ITEMS
from tests.recsys.data import NOW, signal

NAMES = [item["id"] for item in ITEMS]
GOOD, PLAIN = ease.Settings(50.0), ease.Settings(1e9)


@pytest.fixture
def acts(acts: list[Signal]) -> list[Signal]:
    """What the first 250 users did: a contest is quick on them."""
    return [act for act in acts if act.user < FIRST_USER_ID + 250]


def champion(made: ease.Settings | Settings, signals: int = 0) -> Champion:
    name = "ease" if isinstance(made, ease.Settings) else "embeddings"
    return Champion({"model": name} | asdict(made), NAMES, signals)


def test_the_first_is_promoted(acts: list[Signal]) -> None:
    trained, outcome = challenge(Log.of(acts), NAMES, NOW, None, grid=(GOOD,))
    assert (outcome.promoted, outcome.comparison) == (True, None)
    assert trained.metrics["signals"] == len(acts)


def test_a_better_one_is_promoted_and_a_worse_one_is_not(acts: list[Signal]) -> None:
    # Untrained embeddings rank by chance.
    poor = Settings(epochs=1, rate=1e-9)
    trained, better = challenge(Log.of(acts), NAMES, NOW, champion(poor), grid=(GOOD,))
    assert better.promoted
    found = better.comparison
    assert found is not None
    assert 0 < found.interval[0] < found.difference < found.interval[1]
    gap = found.challenger["ndcg@10"] - found.champion["ndcg@10"]
    assert found.difference == pytest.approx(gap, abs=2e-4)
    assert trained.metrics["signals"] == len(acts), "what goes live has seen all signals"
    _, worse = challenge(Log.of(acts), NAMES, NOW, champion(GOOD), grid=(poor,))
    assert not worse.promoted
    assert worse.comparison is not None
    assert worse.comparison.interval[1] < 0
    assert worse.comparison.users == found.users > 50
    _, forced = challenge(Log.of(acts), NAMES, NOW, champion(GOOD), grid=(poor,), force=True)
    assert forced.promoted
    assert forced.comparison == worse.comparison, "the same signals give the same figures"
    _, lenient = challenge(Log.of(acts), NAMES, NOW, champion(GOOD), grid=(poor,), margin=0.9)
    assert lenient.promoted


def test_neither_model_sees_what_they_are_measured_on(acts: list[Signal]) -> None:
    _, first = challenge(Log.of(acts), NAMES, NOW, champion(PLAIN), grid=(GOOD,))
    assert first.comparison is not None
    since = first.comparison.since
    # Other items are taken up at the end: a model that had seen that would find them as well.
    shuffled = np.random.default_rng(3).permutation(len(NAMES))
    moved = [
        act._replace(item=NAMES[shuffled[NAMES.index(act.item)]])
        if act.time.isoformat() >= since
        else act
        for act in acts
    ]
    _, second = challenge(Log.of(moved), NAMES, NOW, champion(PLAIN), grid=(GOOD,))
    assert second.comparison is not None
    assert second.comparison.since == since
    assert second.comparison.challenger["ndcg@10"] < 0.7 * first.comparison.challenger["ndcg@10"]


def test_the_same_settings_are_only_worth_a_model_on_other_signals(acts: list[Signal]) -> None:
    _, same = challenge(Log.of(acts), NAMES, NOW, champion(GOOD, len(acts)), grid=(GOOD,))
    assert not same.promoted
    assert same.comparison is not None
    assert same.comparison.interval == (0, 0)
    _, newer = challenge(Log.of(acts), NAMES, NOW, champion(GOOD, len(acts) - 5), grid=(GOOD,))
    assert newer.promoted
    assert "other signals" in newer.why
    less = replace(champion(GOOD, len(acts)), items=NAMES[1:])
    assert challenge(Log.of(acts), NAMES, NOW, less, grid=(GOOD,))[1].promoted


def test_too_little_to_compare_leaves_the_champion() -> None:
    few = [signal(u, f"i{(u * 7 + n) % 30}", days_ago=n) for u in range(25) for n in range(9)]
    items = [f"i{n}" for n in range(30)]
    _, outcome = challenge(Log.of(few), items, NOW, champion(GOOD), grid=(ease.Settings(10.0),))
    assert (outcome.promoted, outcome.comparison) == (False, None)
    assert "positive pairs" in outcome.why
    with pytest.raises(TooLittleData):
        challenge(Log.of(few[:50]), items, NOW, None)


def test_the_interval_covers_as_often_as_it_says() -> None:
    chance = np.random.default_rng(11)
    draws = [interval(chance.normal(0.1, 0.5, 60)) for _ in range(100)]
    assert 88 <= sum(low < 0.1 < high for low, high in draws) <= 100
    assert interval(np.zeros(30)) == (0, 0)


def test_a_log_of_one_time_is_divided_by_chance_and_compared(acts: list[Signal]) -> None:
    # As an export of what people own has it, user by user.
    undated = sorted((act._replace(time=NOW) for act in acts), key=lambda act: act[:2])
    _, outcome = challenge(Log.of(undated), NAMES, NOW, champion(PLAIN), grid=(GOOD,))
    assert outcome.comparison is not None
    assert outcome.comparison.users > 50
