"""Differences against tea-tasting's, and how often nothing is taken for something."""

import math

import numpy as np
import pandas as pd
import pytest
import tea_tasting as tt
from numpy.typing import NDArray
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from campaigns import statistics
from campaigns.statistics import Moments, always, detectable_effect, difference, factor, mismatch

RUNS, LOOKS = 1000, 14
# What is done of all that will be, day by day: most soon after the invite.
DAYS = 0.7 ** np.arange(LOOKS) / sum(0.7 ** np.arange(LOOKS))


def moments(y: NDArray[np.float64], x: NDArray[np.float64] | None = None) -> Moments:
    x = np.zeros_like(y) if x is None else x
    sums = (float((a * b).sum()) for a, b in ((y, 1), (y, y), (x, 1), (x, x), (x, y)))
    return Moments(len(y), int(np.count_nonzero(y)), *sums)


def of_counts(
    treated: list[tuple[int, float, float]], held: list[tuple[int, float, float]]
) -> statistics.Difference:
    """tea-tasting's way with history, of so many people each: (people, before, after)."""
    rows = [
        {"variant": arm, "x": x, "y": y}
        for arm, group in ((1, treated), (0, held))
        for people, x, y in group
        for _ in range(people)
    ]
    found = tt.Experiment(y=tt.Mean("y", "x")).analyze(pd.DataFrame(rows))["y"]
    ends = found.effect_size_ci_lower, found.effect_size_ci_upper
    nothing = (0.0, 0.0, 0.0, 0.0)
    return statistics.Difference(found.effect_size, *ends, *nothing, "cuped", None)


def groups(
    rng: np.random.Generator, effect: float, n: tuple[int, int] = (4000, 900)
) -> pd.DataFrame:
    """People with what they did before, which goes with what they pay."""
    # tea-tasting's control is the group with the lower name; ours is the second one.
    treated = np.r_[np.ones(n[0]), np.zeros(n[1])]
    before = rng.poisson(2.0, sum(n)).astype(float)
    did = rng.random(sum(n)) < np.clip(0.1 * before + effect * treated, 0, 1)
    paid = np.where(did, rng.lognormal(3, 0.5, sum(n)) + 5 * before, 0.0)
    return pd.DataFrame({"variant": treated, "did": did * 1.0, "paid": paid, "before": before})


def test_means_with_and_without_history_are_tea_tastings() -> None:
    data = groups(np.random.default_rng(1), 0.02)
    experiment = tt.Experiment(plain=tt.Mean("paid"), history=tt.Mean("paid", "before"))
    expected = experiment.analyze(data)
    arms = [data[data["variant"] == n] for n in (1, 0)]
    plain = [moments(arm["paid"].to_numpy()) for arm in arms]
    history = [moments(arm["paid"].to_numpy(), arm["before"].to_numpy()) for arm in arms]
    widths = {}
    for name, of, method in (("plain", plain, "means"), ("history", history, "cuped")):
        found, wanted = difference(of[0], of[1], money=True), expected[name]
        assert found is not None
        assert found.method == method
        assert (found.value, found.low, found.high, found.p_value) == pytest.approx(
            (
                wanted.effect_size,
                wanted.effect_size_ci_lower,
                wanted.effect_size_ci_upper,
                wanted.pvalue,
            ),
            rel=1e-9,
        )
        assert found.always_low < found.low < found.high < found.always_high
        widths[name] = found.high - found.low
    assert widths["history"] < 0.95 * widths["plain"]


def test_shares_are_tea_tastings_within_what_newcombes_interval_differs() -> None:
    data = groups(np.random.default_rng(2), 0.03, (40_000, 20_000))
    wanted = tt.Experiment(did=tt.Mean("did", use_t=False)).analyze(data)["did"]
    arms = [moments(data.loc[data["variant"] == n, "did"].to_numpy()) for n in (1, 0)]
    found = difference(arms[0], arms[1])
    assert found is not None
    assert found.method == "shares"
    assert found.value == pytest.approx(wanted.effect_size)
    ends = wanted.effect_size_ci_lower, wanted.effect_size_ci_upper
    assert (found.low, found.high) == pytest.approx(ends, rel=0.02)


def test_sums_of_groups_are_those_of_their_people_together() -> None:
    rng = np.random.default_rng(3)
    y, x = rng.random(100), rng.random(100)
    parts = [moments(y[some], x[some]) for some in (slice(0, 30), slice(30, 100))]
    whole, sums = moments(y, x), parts[0] + parts[1]
    assert (sums.n, sums.did) == (whole.n, whole.did)
    assert sums.variance(0.3) == pytest.approx(float(np.var(y - 0.3 * x, ddof=1)))
    assert sums.slope() == pytest.approx(float(np.polyfit(x, y, 1)[0]))
    assert sums.explained() == pytest.approx(float(np.corrcoef(x, y)[0, 1] ** 2))


def test_sizes_are_held_to_their_shares_as_tea_tasting_does() -> None:
    for counts, off in (((9000, 1000), False), ((8700, 1300), True)):
        data = pd.DataFrame({"variant": np.repeat([1, 0], counts)})
        wanted = tt.Experiment(
            sizes=tt.SampleRatio({0: 1, 1: 9}, method="norm", correction=False)
        ).analyze(data)["sizes"]
        found = mismatch({"treated": counts[0], "held": counts[1]}, {"treated": 0.9, "held": 0.1})
        assert found.p_value == pytest.approx(wanted.pvalue, rel=1e-6)
        assert found.found is off
    assert mismatch({"a": 0, "b": 0}, {"a": 1, "b": 1}).p_value == 1
    assert mismatch({"a": 9, "b": 1}, {"a": 1, "b": 0}).found, "nobody was drawn for it"
    with pytest.raises(ValueError, match="name the same"):
        mismatch({"a": 1}, {"b": 1})


def looked_at(
    rng: np.random.Generator, n: tuple[int, int], rates: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Who did it so far, of both groups: (runs, looks)."""
    return tuple(  # type: ignore[return-value]
        rng.multinomial(size, np.append(DAYS * rate, 1 - rate), RUNS)[:, :LOOKS].cumsum(axis=1)
        for size, rate in zip(n, rates, strict=True)
    )


@pytest.mark.parametrize(
    ("n", "rate"),
    [((1800, 200), 0.05), ((1800, 200), 0.01), ((90_000, 10_000), 0.005), ((2000, 2000), 0.5)],
)
def test_a_thousand_campaigns_that_change_nothing_looked_at_each_day(
    n: tuple[int, int], rate: float
) -> None:
    first, second = looked_at(np.random.default_rng(4), n, (rate, rate))
    low, high = always(first, n[0], second, n[1])
    assert float(((low > 0) | (high < 0)).any(axis=1).mean()) <= statistics.ALPHA
    low, high = confint_proportions_2indep(first, n[0], second, n[1], method="newcomb")
    assert float(((low > 0) | (high < 0)).any(axis=1).mean()) > 1.5 * statistics.ALPHA


def test_a_thousand_campaigns_that_bring_no_money() -> None:
    rng = np.random.default_rng(5)
    n, false, naive = (1800, 200), 0, 0
    for _ in range(RUNS):
        days = [rng.choice(LOOKS + 1, size, p=np.append(DAYS * 0.08, 0.92)) for size in n]
        paid = [rng.lognormal(3, 1, size) for size in n]
        looks = []
        for day in range(0, LOOKS, 2):
            until = [moments(np.where(d <= day, p, 0.0)) for d, p in zip(days, paid, strict=True)]
            looks.append(difference(until[0], until[1], money=True))
        false += any(one is not None and one.verdict != "inconclusive" for one in looks)
        naive += any(one is not None and not one.low <= 0 <= one.high for one in looks)
    assert false / RUNS <= statistics.ALPHA
    assert naive / RUNS > 1.5 * statistics.ALPHA


def test_a_true_effect_is_found_and_its_interval_holds_it_at_every_look() -> None:
    n, rates = (18_000, 2000), (0.09, 0.05)
    first, second = looked_at(np.random.default_rng(6), n, rates)
    low, high = always(first, n[0], second, n[1])
    assert float((low[:, -1] > 0).mean()) > 0.9
    true = DAYS.cumsum() * (rates[0] - rates[1])
    assert float(((low > true) | (high < true)).any(axis=1).mean()) <= statistics.ALPHA


@pytest.mark.parametrize("peeking", [False, True])
def test_the_smallest_effect_is_found_as_often_as_told(peeking: bool) -> None:
    n, base = (1800, 400), 0.05
    rise = detectable_effect(*n, base, peeking=peeking)
    rng = np.random.default_rng(7)
    first, second = rng.binomial(n[0], base + rise, 20_000), rng.binomial(n[1], base, 20_000)
    if peeking:
        low, _ = always(first, n[0], second, n[1])
    else:
        low, _ = confint_proportions_2indep(first, n[0], second, n[1], method="newcomb")
    assert float((low > 0).mean()) == pytest.approx(0.8, abs=0.03)


def test_what_no_effect_could_show_is_told() -> None:
    assert detectable_effect(1800, 0, 0.05) == math.inf
    assert detectable_effect(2, 2, 0.5) == math.inf
    assert detectable_effect(1800, 400, 0.05) < detectable_effect(1800, 200, 0.05)


def test_rho_is_the_best_for_the_time_that_it_is_tuned_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    width = []
    for tuned in (50, 95, 100, 105, 200):
        monkeypatch.setattr(statistics, "TUNED_FOR", tuned)
        width.append(float(factor(100, 10**9)))
    assert min(width) == width[2]
    # At the best rho t r = log((t r + 1) / alpha^2), so that c^2 = t r + 1.
    assert width[2] ** 2 == pytest.approx(1 + 2 * math.log(width[2] / 0.05))


def test_an_inconclusive_difference_tells_how_many_more_people_it_takes() -> None:
    few = difference(Moments(900, 54, 54, 54), Moments(100, 3, 3, 3))
    assert few is not None
    assert few.verdict == "inconclusive"
    assert few.needed is not None
    times = (1000 + few.needed) / 1000
    grown = [round(count * times) for count in (54, 900, 3, 100)]
    many = difference(*(Moments(n, k, k, k) for k, n in (grown[:2], grown[2:])))
    assert many is not None
    assert many.verdict == "more"
    assert many.needed is None


def test_variants_are_compared_by_two_and_share_the_error() -> None:
    rng = np.random.default_rng(8)
    wrong = {1: 0, 3: 0}
    for _ in range(300):
        arms = {name: int(rng.binomial(3000, 0.06)) for name in "ABC"}
        found = statistics.pairwise({name: Moments(3000, k, k, k) for name, k in arms.items()})
        assert list(found) == [("A", "B"), ("A", "C"), ("B", "C")]
        assert all(one.alpha == pytest.approx(0.05 / 3) for one in found.values())
        wrong[3] += any(one.verdict != "inconclusive" for one in found.values())
        # The higher rate taken for the winner is wrong each time.
        wrong[1] += max(arms.values()) > min(arms.values())
    assert wrong[3] / 300 <= 0.05
    assert wrong[1] / 300 > 0.9


def test_holms_correction_is_the_textbooks() -> None:
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    some = np.random.default_rng(9).random(20).tolist()
    assert statistics.holm(some) == pytest.approx(multipletests(some, method="holm")[1])
    assert statistics.holm([]) == []


def test_groups_without_anything_to_compare() -> None:
    nobody, few = Moments(), Moments(50, 0)
    assert difference(nobody, few) is None
    assert difference(few, few, money=True) is None
    none_did = difference(few, few)
    assert none_did is not None
    assert none_did.verdict == "inconclusive"
    assert none_did.needed is None
    assert none_did.p_value == 1
