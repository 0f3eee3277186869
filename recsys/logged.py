"""What another policy would have earned, told from lists that were shown with known propensities.

Self-normalised inverse propensity scoring (Swaminathan, Joachims 2015, "The Self-Normalized
Estimator for Counterfactual Learning"), by shown item: a click is weighed by how much likelier the
other policy is to have the item in its list. It holds where a click depends on the item shown and
not on its place or neighbours (Li et al. 2018, "Offline Evaluation of Ranking Policies with Click
Models", the item-based model).
"""

from dataclasses import dataclass

import numpy as np

RESAMPLES, LEVEL = 2000, 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """Clicks per shown item: `logged`, as it was; `live`, as the other policy would have it, with
    its 95 % interval (bootstrap over users; None for fewer than two). `ess` is the effective number
    of shown items, (Σw)² / Σw²; `live` is None where the other policy shows none of them."""

    logged: float
    live: float | None
    interval: tuple[float, float] | None
    ess: float


def snips(weights: np.ndarray, rewards: np.ndarray, users: np.ndarray) -> Estimate:
    """`weights` float [n]: the other policy's chance of each shown item over the logged one's;
    `rewards` float [n]; `users` int [n]. Raises ValueError for n = 0."""
    if not len(weights):
        raise ValueError("nothing is logged")
    logged, total = float(rewards.mean()), float(weights.sum())
    if not total:
        return Estimate(round(logged, 5), None, None, 0.0)
    row = np.unique(users, return_inverse=True)[1]
    gains, sums = (np.bincount(row, part) for part in (weights * rewards, weights))
    return Estimate(
        logged=round(logged, 5),
        live=round(float(gains.sum() / total), 5),
        interval=_interval(gains, sums) if len(gains) > 1 else None,
        ess=round(total**2 / float((weights**2).sum()), 1),
    )


def _interval(gains: np.ndarray, sums: np.ndarray) -> tuple[float, float]:
    def ratio(gain: np.ndarray, weight: np.ndarray, axis: int = -1) -> np.ndarray:
        # A draw of users without any weight says nothing; it counts as no gain.
        return np.asarray(gain.sum(axis=axis) / np.maximum(weight.sum(axis=axis), 1e-12))

    from scipy import stats  # half a second, at each start of the bot

    bounds = stats.bootstrap(
        (gains, sums),
        ratio,
        paired=True,
        n_resamples=RESAMPLES,
        batch=100,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(7),
    ).confidence_interval
    return round(float(bounds.low), 5), round(float(bounds.high), 5)
