"""Lists with a known share of chance, and what they tell of another policy."""

from collections import Counter

import numpy as np
import pytest

from recsys.exploration import POOL, chances, draw, inclusion
from recsys.logged import snips

ITEMS = [f"i{n}" for n in range(30)]
K, SHARE = 4, 0.3


def test_chances_are_those_of_the_lists_drawn() -> None:
    places = chances(ITEMS, K, SHARE)
    assert [sum(place.values()) for place in places] == pytest.approx([1] * K)
    stated = inclusion(places)
    assert sorted(stated) == sorted(ITEMS[: K * (1 + POOL)])
    lists = [draw(places, f"{user}:2026-11-24") for user in range(4000)]
    assert all(len(one) == K for one in lists)
    assert all(chance == stated[item] for one in lists for item, chance in one.items())
    seen = Counter(item for one in lists for item in one)
    for item, chance in stated.items():
        error = (chance * (1 - chance) / len(lists)) ** 0.5
        assert seen[item] / len(lists) == pytest.approx(chance, abs=4 * error)
    assert draw(places, "7:2026-11-24") == draw(places, "7:2026-11-24")
    assert len({tuple(draw(places, f"7:{day}")) for day in range(60)}) > 5


def test_short_rankings_and_no_share_leave_nothing_to_chance() -> None:
    assert chances([], K, SHARE) == []
    assert draw(chances(ITEMS[:3], K, SHARE), "x") == dict.fromkeys(ITEMS[:3], 1.0)
    assert draw(chances(ITEMS, K, 0.0), "x") == dict.fromkeys(ITEMS[:K], 1.0)
    # Only the first two places have anything to be drawn instead.
    some = chances(ITEMS[:6], K, SHARE)
    assert [len(place) for place in some] == [2, 2, 1, 1]


def test_the_value_of_another_policy_is_found_from_clicks_on_logged_lists() -> None:
    """The other policy turns the considered items around, so clicks as logged mislead."""
    chance = np.random.default_rng(5)
    considered = ITEMS[: K * (1 + POOL)]
    liking = dict(zip(considered, np.linspace(0.05, 0.6, len(considered)), strict=True))
    logging = chances(considered, K, 0.3)
    other = inclusion(chances(considered[::-1], K, 0.3))
    true = sum(p * liking[item] for item, p in other.items()) / K
    weights, rewards, users = [], [], []
    for user in range(3000):
        for item, propensity in draw(logging, str(user)).items():
            weights.append(other[item] / propensity)
            rewards.append(float(chance.random() < liking[item]))
            users.append(user)
    found = snips(np.array(weights), np.array(rewards), np.array(users))
    assert found.live is not None
    assert found.interval is not None
    assert found.logged < 0.5 * true
    assert found.live == pytest.approx(true, abs=0.06)
    assert found.interval[0] < true < found.interval[1]
    assert 50 < found.ess < 0.3 * len(weights)


def test_the_logging_policy_earns_what_was_logged() -> None:
    rewards = np.array([1.0, 0, 0, 1, 0])
    found = snips(np.ones(5), rewards, np.array([1, 1, 2, 2, 3]))
    assert (found.logged, found.live, found.ess) == (0.4, 0.4, 5)
    nothing = snips(np.zeros(5), rewards, np.arange(5))
    assert (nothing.live, nothing.interval, nothing.ess) == (None, None, 0)
    assert snips(np.ones(2), rewards[:2], np.array([1, 1])).interval is None
    with pytest.raises(ValueError, match="nothing"):
        snips(np.ones(0), np.ones(0), np.ones(0))
