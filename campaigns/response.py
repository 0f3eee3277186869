"""How likely a person is to respond to an invite: a logistic regression, calibrated, and judged on
invites that came after those it learned from.

Of past invites, the first 60 % by time teach, the next 20 % calibrate (isotonic regression, or
Platt 1999 where there are few responses), the last 20 % judge: Brier's score against that of always
telling the rate of those last ones themselves, which is stricter than any rate known before. A
model that isn't better gives way to the base rate, and says so; one that is, is fitted again on the
first 80 % and calibrated on the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

Basis = Literal["model", "base", "prior"]
# With fewer invites, or responses among them, nothing is learned.
LEAST, LEAST_RESPONSES = 500, 30
# With more responses than this, isotonic regression has enough.
ENOUGH_FOR_ISOTONIC = 200
# The rate of responses before any invite was sent, as if it had been seen in so many.
PRIOR_RATE, PRIOR_INVITES = 0.05, 20.0
BINS = 10
LOW, HIGH = 1e-4, 1 - 1e-4


@dataclass(frozen=True, slots=True)
class Bin:
    """Invites of alike predictions: how many, the mean prediction, the share that responded, and
    Wilson's 95 % interval of that."""

    count: int
    predicted: float
    observed: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Report:
    """How the model did on the last invites. `skill` is Brier's: 1 - brier / base_brier.

    `basis`: "model"; "base" where it was no better than the base rate, which is used then; "prior"
    where there is too little to learn from, and then all but `invites` and `base_rate` is nothing.
    """

    basis: Basis
    invites: int
    base_rate: float
    judged: int = 0
    brier: float = 0.0
    base_brier: float = 0.0
    log_loss: float = 0.0
    base_log_loss: float = 0.0
    bins: tuple[Bin, ...] = ()

    @property
    def skill(self) -> float:
        return 1 - self.brier / self.base_brier if self.base_brier else 0.0


@dataclass(frozen=True, slots=True)
class Weights:
    """A calibrated logistic regression over standardised features [f]."""

    mean: np.ndarray
    spread: np.ndarray
    coefficients: np.ndarray
    intercept: float
    knots: tuple[np.ndarray, np.ndarray] | None = None
    slope: float = 1.0
    shift: float = 0.0

    @classmethod
    def fitted(cls, rows: np.ndarray, yes: np.ndarray) -> Self:
        from sklearn.linear_model import LogisticRegression  # a second, at each start of the bot

        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        spread = np.where(spread > 1e-6, spread, np.inf)  # what is the same for all tells nothing
        model = LogisticRegression(C=1.0, max_iter=500).fit((rows - mean) / spread, yes)
        return cls(mean, spread, model.coef_[0], float(model.intercept_[0]))

    def calibrated(self, rows: np.ndarray, yes: np.ndarray) -> "Weights":
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression

        score = self.scores(rows)
        parts = (self.mean, self.spread, self.coefficients, self.intercept)
        if yes.sum() >= ENOUGH_FOR_ISOTONIC:
            fitted = IsotonicRegression(out_of_bounds="clip").fit(score, yes)
            return Weights(*parts, (fitted.X_thresholds_, fitted.y_thresholds_))
        platt = LogisticRegression(C=1e6).fit(score[:, None], yes)
        return Weights(*parts, None, float(platt.coef_[0, 0]), float(platt.intercept_[0]))

    def scores(self, rows: np.ndarray) -> np.ndarray:
        """Log-odds before calibration, float64 [n]."""
        weights = self.coefficients / self.spread
        return np.asarray(rows @ weights + (self.intercept - self.mean @ weights))

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """float64 [n]."""
        score = self.scores(rows)
        if self.knots is not None:
            # What one step of an isotonic line makes equal keeps a trace of its order.
            own = np.interp(score, *self.knots) + 1e-9 * score
        else:
            own = 1 / (1 + np.exp(-(self.slope * score + self.shift)))
        return np.asarray(np.clip(own, LOW, HIGH))

    def moved(self, rows: np.ndarray) -> np.ndarray:
        """What each feature adds to the log-odds, beside the average invite, float64 [n, f]."""
        return np.asarray((rows - self.mean) / self.spread * self.coefficients)


@dataclass(frozen=True, slots=True)
class ResponseModel:
    """`weights` is None where only the base rate is told."""

    names: tuple[str, ...]
    weights: Weights | None
    report: Report

    def probabilities(self, rows: np.ndarray) -> np.ndarray:
        """float64 [n], of features float32 [n, f]."""
        if self.weights is None:
            return np.full(len(rows), self.report.base_rate)
        return self.weights.probabilities(rows)

    def reasons(self, rows: np.ndarray, most: int = 3) -> Sequence[Sequence[tuple[str, float]]]:
        """By person what speaks for a response most: codes of features with their log-odds."""
        if self.weights is None:
            return [[] for _ in rows]
        moved = self.weights.moved(rows)
        order = np.argsort(-moved, axis=1)[:, :most]
        return [
            [(self.names[n], float(moved[row, n])) for n in own.tolist() if moved[row, n] > 0]
            for row, own in enumerate(order)
        ]


def fit(names: Sequence[str], rows: np.ndarray, yes: np.ndarray, at: np.ndarray) -> ResponseModel:
    """A model of past invites: features float32 [n, f], responses bool [n], times datetime64 [n].

    Invites of one time stay on one side of each split, as what follows one campaign must not tell
    of another that went out with it.
    """
    count = len(yes)
    base = (float(yes.sum()) + PRIOR_RATE * PRIOR_INVITES) / (count + PRIOR_INVITES)
    first, second = _split(at, 0.6), _split(at, 0.8)
    parts = [at < first, (at >= first) & (at < second), at >= second]
    if count < LEAST or any(not _can_teach(yes[part]) for part in parts):
        return ResponseModel(tuple(names), None, Report("prior", count, base))
    teach, calibrate, judge = parts
    tried = Weights.fitted(rows[teach], yes[teach]).calibrated(rows[calibrate], yes[calibrate])
    report = _judged(tried.probabilities(rows[judge]), yes[judge], count, base)
    if report.basis == "base":
        return ResponseModel(tuple(names), None, report)
    kept = Weights.fitted(rows[at < second], yes[at < second]).calibrated(rows[judge], yes[judge])
    return ResponseModel(tuple(names), kept, report)


def _can_teach(yes: np.ndarray) -> bool:
    least = LEAST_RESPONSES // 3
    return bool(yes.sum() >= least and (~yes).sum() >= least)


def _split(at: np.ndarray, share: float) -> np.datetime64:
    """The first time of those after a share of the invites."""
    times = np.sort(at)
    if not len(times):
        return np.datetime64(0, "us")
    found: np.datetime64 = times[min(int(share * len(times)), len(times) - 1)]
    return found


def _judged(predicted: np.ndarray, yes: np.ndarray, invites: int, base: float) -> Report:
    rate = float(yes.mean())
    brier, base_brier = float(np.mean((predicted - yes) ** 2)), rate * (1 - rate)
    log_loss = float(-np.mean(np.where(yes, np.log(predicted), np.log1p(-predicted))))
    base_log_loss = float(-(rate * np.log(rate) + (1 - rate) * np.log1p(-rate)))
    basis: Basis = "model" if brier < base_brier else "base"
    return Report(
        basis,
        invites,
        base,
        len(yes),
        brier,
        base_brier,
        log_loss,
        base_log_loss,
        reliability(predicted, yes),
    )


def reliability(predicted: np.ndarray, yes: np.ndarray) -> tuple[Bin, ...]:
    """Invites in `BINS` parts of about the same size, by their predictions."""
    from statsmodels.stats.proportion import proportion_confint  # another second

    found = []
    for part in np.array_split(np.argsort(predicted, kind="stable"), BINS):
        if len(part):
            low, high = proportion_confint(int(yes[part].sum()), len(part), method="wilson")
            mean, share = float(predicted[part].mean()), float(yes[part].mean())
            found.append(Bin(len(part), mean, share, float(low), float(high)))
    return tuple(found)
