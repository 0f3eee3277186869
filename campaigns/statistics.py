"""Differences between groups drawn by chance, with intervals that hold however often one looks.

Reports are looked at while a campaign goes on, and a fixed-horizon interval that is looked at until
it leaves 0 does so by chance far more often than it says. So what is claimed rests on asymptotic
confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, arXiv 2103.06476, eq. 9):
with probability 1 - alpha, all intervals of the sequence hold the true difference at once. At time
t their half width is c(t) standard errors,

    c(t) = sqrt(2 (t r + 1) / (t r) * log(sqrt(t r + 1) / alpha)),      r = rho squared.

- t, time. The paper counts people who arrive one by one. Ours are all drawn at the launch, and what
  they do comes in day by day, so what grows is the number of those who did it, k of N. Under no
  difference, the gap between two groups' shares at k is a Brownian bridge, which over its standard
  error is a Brownian motion over the root of its time at t = N k / (N - k). For things that few do
  that is k; for sums of money, which have no upper end, it is taken for k, too.
- rho, where the sequence is tightest. The exact optimum for t = TUNED_FOR is
  r = (-W(-alpha^2 / e) - 1) / TUNED_FOR with Lambert's W on its lower branch. TUNED_FOR is a
  constant, since a rho that is chosen by the data would void the promise: at 10 and at 1,000 the
  interval is 26 % and 7 % wider than the best for that time.

Shares get their interval by Newcombe's method (statsmodels) with c(t) in place of 1.96, since the
plain one has no width where a small holdout has not done anything yet.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
from scipy import optimize, stats
from scipy.special import lambertw
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    power_proportions_2indep,
    test_proportions_2indep,
)

Verdict = Literal["more", "less", "inconclusive"]
Method = Literal["shares", "means", "cuped"]
Array = Any
"""A number, or an array of any shape; functions of these give the like."""

ALPHA, POWER = 0.05, 0.8
TUNED_FOR = 100
# What groups are held to their sizes with, as GrowthBook, Eppo and others do.
MISMATCH = 0.001
# From this share of the variance on, history is worth its place (CUPED).
EXPLAINS = 0.05
# Of fewer who did it in a group, its variance says too little of what they would do.
FEW_DID = 30
# In standard errors: nobody has such an interval, and a normal tail isn't 0 yet.
_WIDEST = 35.0


@dataclass(frozen=True, slots=True)
class Moments:
    """What is known of a group: `n` people, of whom `did` did it; the sums of what each did (`y`;
    0 or 1, or money), of what each did before (`x`), of their squares, and of their product."""

    n: int = 0
    did: int = 0
    y: float = 0.0
    yy: float = 0.0
    x: float = 0.0
    xx: float = 0.0
    xy: float = 0.0

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(*(getattr(self, f) + getattr(other, f) for f in self.__slots__))

    @property
    def mean(self) -> float:
        return self.y / self.n if self.n else 0.0

    @property
    def before(self) -> float:
        return self.x / self.n if self.n else 0.0

    def variance(self, theta: float = 0.0) -> float:
        """Of y - theta x, among people."""
        if self.n < 2:
            return 0.0
        of_y = self.yy - self.y * self.y / self.n
        of_x = self.xx - self.x * self.x / self.n
        return max(of_y - 2 * theta * self._product() + theta * theta * of_x, 0.0) / (self.n - 1)

    def slope(self) -> float:
        """What one more before goes with after; 0 where all did the same before."""
        of_x = self.xx - self.x * self.x / self.n if self.n else 0.0
        return self._product() / of_x if of_x > 1e-12 * max(self.xx, 1.0) else 0.0

    def explained(self) -> float:
        """The share of the variance that goes with what was before."""
        of_y = self.variance()
        return 1 - self.variance(self.slope()) / of_y if of_y else 0.0

    def _product(self) -> float:
        return self.xy - self.x * self.y / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more the first of two groups did, a person.

    `low` and `high` are true with probability 1 - ALPHA for who looks once, at a time that was set
    before; `always_low` and `always_high` hold all the time with 1 - `alpha`, which is less where
    several things are told at once. `needed`: so many people more would show a difference of this
    size with probability POWER; None where it is shown, or is none.
    """

    value: float
    low: float
    high: float
    always_low: float
    always_high: float
    p_value: float
    alpha: float
    method: Method
    needed: int | None

    @property
    def verdict(self) -> Verdict:
        return "more" if self.always_low > 0 else "less" if self.always_high < 0 else "inconclusive"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Whether groups have the sizes that chance gives them; `found` at p < MISMATCH."""

    p_value: float
    observed: Mapping[str, int]
    expected: Mapping[str, float]

    @property
    def found(self) -> bool:
        return self.p_value < MISMATCH


def factor(did: Array, people: Array, alpha: float = ALPHA) -> Array:
    """c(t) of the sequence once `did` of `people` did it."""
    optimum = -float(lambertw(-alpha * alpha / math.e, -1).real) - 1
    time = np.asarray(did) * people / np.maximum(np.asarray(people) - did, 1)
    scaled = np.maximum(time * optimum / TUNED_FOR, 1e-9)
    found = np.sqrt(2 * (scaled + 1) / scaled * np.log(np.sqrt(scaled + 1) / alpha))
    return np.minimum(found, _WIDEST)


def always(k1: Array, n1: Array, k0: Array, n0: Array, alpha: float = ALPHA) -> tuple[Array, Array]:
    """The sequence's interval of k1 / n1 - k0 / n0 at this time."""
    wide = 2 * stats.norm.sf(factor(np.add(k1, k0), np.add(n1, n0), alpha))
    low, high = confint_proportions_2indep(k1, n1, k0, n0, method="newcomb", alpha=wide)
    return low, high


def difference(
    first: Moments, second: Moments, *, money: bool = False, alpha: float = ALPHA
) -> Difference | None:
    """The first group's share, or mean of `money`, less the second's. None where a group is too
    small, or of money where all paid alike: nothing shows then how much chance does.

    Where what people did before explains EXPLAINS of the variance over both groups (which says
    nothing of how they differ), it is taken out (CUPED; Deng, Xu, Kohavi and Walker 2013, with one
    slope for both).

    Example:
        >>> invited, held_out = Moments(n=2000, did=240, y=240, yy=240), Moments(1000, 60, 60, 60)
        >>> found = difference(invited, held_out)
        >>> round(found.value, 3), found.verdict
        (0.06, 'more')
    """
    if min(first.n, second.n) < 2:
        return None
    both = first + second
    if min(first.did, second.did) >= FEW_DID and both.explained() >= EXPLAINS:
        return _of_means(first, second, both.slope(), "cuped", alpha)
    if money:
        return _of_means(first, second, 0.0, "means", alpha)
    return _of_shares(first, second, alpha)


def _of_shares(first: Moments, second: Moments, alpha: float) -> Difference:
    counts = first.did, first.n, second.did, second.n
    low, high = confint_proportions_2indep(*counts, method="newcomb", alpha=ALPHA)
    always_low, always_high = always(*counts, alpha)
    did, people = first.did + second.did, first.n + second.n
    p_value = 1.0
    if 0 < did < people:
        with np.errstate(divide="ignore"):  # it also works out the ratio of the shares
            p_value = test_proportions_2indep(*counts, method="score", correction=False).pvalue
    value = first.mean - second.mean
    needed = _needed(value, (always_low, always_high), did, people, alpha)
    once, ever = (float(low), float(high)), (float(always_low), float(always_high))
    return Difference(value, *once, *ever, float(p_value), alpha, "shares", needed)


def _of_means(
    first: Moments, second: Moments, theta: float, method: Method, alpha: float
) -> Difference | None:
    """By Welch's t; the sequence with the groups' common variance where that is larger, since few
    who paid tell little of what they might have paid."""
    value = first.mean - second.mean - theta * (first.before - second.before)
    one, two = (group.variance(theta) / group.n for group in (first, second))
    error = math.sqrt(one + two)
    did, people = first.did + second.did, first.n + second.n
    if not error:
        return None
    freedom = (one + two) ** 2 / (one**2 / (first.n - 1) + two**2 / (second.n - 1))
    half = float(stats.t.ppf(1 - ALPHA / 2, freedom)) * error
    p_value = 2 * float(stats.t.sf(abs(value) / error, freedom))
    common = (first + second).variance(theta) * (1 / first.n + 1 / second.n)
    wide = float(factor(did, people, alpha)) * max(error, math.sqrt(common))
    interval = value - wide, value + wide
    needed = _needed(value, interval, did, people, alpha)
    return Difference(value, value - half, value + half, *interval, p_value, alpha, method, needed)


def _needed(
    value: float, interval: tuple[float, float], did: int, people: int, alpha: float
) -> int | None:
    low, high = interval
    if not low <= 0 <= high or not value or not did:
        return None
    wide = float(factor(did, people, alpha))
    error = (high - low) / 2 / wide
    times = ((wide + float(stats.norm.ppf(POWER))) * error / abs(value)) ** 2
    return max(math.ceil(people * (times - 1)), 1)


def pairwise(
    groups: Mapping[str, Moments], *, money: bool = False, alpha: float = ALPHA
) -> Mapping[tuple[str, str], Difference]:
    """Each two of several groups, all of whose intervals hold at once (Bonferroni: each sequence
    has its part of alpha, whatever depends on what and whenever one looks)."""
    pairs = list(combinations(sorted(groups), 2))
    found = {
        (one, two): difference(
            groups[one], groups[two], money=money, alpha=shared(alpha, len(pairs))
        )
        for one, two in pairs
    }
    return {pair: one for pair, one in found.items() if one is not None}


def shared(alpha: float, among: int) -> float:
    """Each one's part of alpha where `among` things are told at once (Bonferroni)."""
    return alpha / max(among, 1)


def holm(p_values: Sequence[float]) -> Sequence[float]:
    """Fixed-horizon p-values corrected for their number by Holm's method: as Bonferroni it bounds
    the chance of any false claim, and claims no less. Benjamini and Hochberg's would bound the
    share of false ones among many claims, which are few here, and each is acted on by itself.

    By hand: statsmodels' collects garbage each time, half a second in a process of this size.
    """
    order = np.argsort(p_values)
    steps = np.asarray(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return [float(p) for p in corrected]


def mismatch(observed: Mapping[str, int], shares: Mapping[str, float]) -> Mismatch:
    """Holds groups' sizes against the shares that were drawn, by a chi-square test.

    Raises ValueError where the names differ.
    """
    if set(observed) != set(shares):
        raise ValueError(f"Groups {sorted(observed)} have shares {sorted(shares)}: name the same.")
    names = [name for name in shares if shares[name] > 0]
    total, whole = sum(observed.values()), sum(shares.values())
    expected = {name: total * shares[name] / whole for name in shares}
    if any(observed[name] for name in shares if name not in names):
        return Mismatch(0.0, dict(observed), expected)
    if not total or len(names) < 2:
        return Mismatch(1.0, dict(observed), expected)
    test = stats.chisquare([observed[n] for n in names], [expected[n] for n in names])
    return Mismatch(float(test.pvalue), dict(observed), expected)


def detectable_effect(
    treated: int,
    held: int,
    base_rate: float,
    power: float = POWER,
    alpha: float = ALPHA,
    *,
    peeking: bool = False,
) -> float:
    """The smallest rise of a share over `base_rate` that groups of these sizes show with
    probability `power`; inf where none does.

    For who looks once at the end, or with `peeking` for the sequence's interval at its end, which
    is what a report's claims rest on.
    """
    if min(treated, held) < 2 or not 0 < base_rate < 1:
        return math.inf
    if peeking:
        people = treated + held
        alpha = 2 * float(stats.norm.sf(factor(base_rate * people, people, alpha)))

    def lacking(rise: float) -> float:
        found = power_proportions_2indep(rise, base_rate, treated, held / treated, alpha=alpha)
        return float(power - found.power)

    most = (1 - base_rate) * (1 - 1e-9)
    if lacking(most) > 0:
        return math.inf
    return float(optimize.brentq(lacking, 1e-9, most))
