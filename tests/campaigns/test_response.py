"""The model of responses: calibrated where there is something to learn, humble where not."""

import numpy as np
import pytest

from campaigns.response import Weights, fit, reliability


def invites(seed: int, count: int, strength: float) -> tuple[np.ndarray, ...]:
    """Features, the true probabilities, responses and times of made-up invites in 30 campaigns."""
    chance = np.random.default_rng(seed)
    rows = chance.normal(size=(count, 4)).astype(np.float32)
    # The third feature says nothing, the fourth is the same for all.
    rows[:, 3] = 2.0
    true = 1 / (1 + np.exp(-(strength * (rows[:, 0] - 0.5 * rows[:, 1] ** 2) - 2.2)))
    day = np.sort(chance.integers(0, 30, count)).astype("m8[D]")
    return rows, true, chance.random(count) < true, np.datetime64("2026-10-01", "us") + day


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("count", [4_000, 60_000])
def test_probabilities_are_what_is_seen(seed: int, count: int) -> None:
    rows, _, yes, at = invites(seed, count, 1.0)
    model = fit(("a", "b", "noise", "same"), rows, yes, at)
    assert model.report.basis == "model"
    assert model.report.skill > 0.03
    assert model.report.log_loss < model.report.base_log_loss
    later = invites(seed + 100, 40_000, 1.0)
    found = model.probabilities(later[0])
    # Calibrated: among invites of alike predictions, so many respond.
    for one in reliability(found, later[2]):
        assert abs(one.predicted - one.observed) < 0.035 + (one.high - one.low)
    assert abs(found.mean() - later[1].mean()) < 0.03
    # It tells the likely from the unlikely.
    assert np.corrcoef(found, later[1])[0, 1] > 0.7


def test_who_says_nothing_is_told_by_the_base_rate() -> None:
    rows, _, yes, at = invites(1, 3_000, 0.0)
    model = fit(("a", "b", "noise", "same"), rows, yes, at)
    if model.report.basis == "model":  # by chance a hair better: then it says nearly the same
        assert model.report.skill < 0.01
    found = model.probabilities(rows)
    assert np.ptp(found) < 0.1
    # Responses that turn round over time: what was learned is worse than nothing.
    rows, _, _, at = invites(2, 6_000, 1.0)
    later = at >= np.sort(at)[int(0.8 * len(at))]
    sign = np.where(later, -1, 1) * rows[:, 0]
    yes = np.random.default_rng(3).random(len(at)) < 1 / (1 + np.exp(-2 * sign))
    model = fit(("a", "b", "noise", "same"), rows, yes, at)
    assert model.report.basis == "base"
    assert model.report.skill < 0
    assert set(model.probabilities(rows)) == {model.report.base_rate}
    assert model.reasons(rows[:2]) == [[], []]


@pytest.mark.parametrize("count", [0, 40, 499])
def test_with_little_past_it_is_a_prior(count: int) -> None:
    rows, _, yes, at = invites(1, count, 1.0)
    model = fit(("a", "b", "noise", "same"), rows, yes, at)
    assert model.report.basis == "prior"
    assert 0.0 < model.report.base_rate < 0.3
    if not count:
        assert model.report.base_rate == 0.05


def test_reasons_name_what_speaks_for_a_person() -> None:
    rows, _, yes, at = invites(5, 20_000, 1.5)
    model = fit(("a", "b", "noise", "same"), rows, yes, at)
    someone = np.array([[2.5, 0.0, 0.0, 2.0]], np.float32)
    (own,) = model.reasons(someone)
    assert own[0][0] == "a"
    assert own[0][1] > 0
    assert "same" not in dict(own)


def test_scores_are_the_regression_s_own() -> None:
    rows, _, yes, _ = invites(5, 2_000, 1.0)
    weights = Weights.fitted(rows[:, :3], yes)
    moved = weights.moved(rows[:, :3]).sum(axis=1) + weights.intercept
    assert np.allclose(weights.scores(rows[:, :3]), moved, atol=1e-4)
