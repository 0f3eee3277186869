"""A new model against the live one, on the signals that came last.

Both are fitted without the last part of the positive signals (`parted`): the challenger with
settings chosen on what came before, the champion with its own. (The live model itself has seen the
last signals, so measuring it on them would flatter it.) Each ranks, as the bot would serve it, what
users had not touched until then; what they took up afterwards is to be found. The difference in
nDCG@10 is taken per user, and its 95 % interval is a paired bootstrap over users (Efron, Tibshirani
1993).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from scipy import sparse

from recsys import checkpoint, metrics
from recsys.confidence import Confidence
from recsys.dataset import Interactions, TooLittleData, build, parted
from recsys.log import Log
from recsys.progress import Progress, Report
from recsys.recommender import Recommender
from recsys.training import (
    GRID,
    Grid,
    Trained,
    choose,
    fit,
    fitting,
    most_steps,
    steps,
    steps_of,
    train,
)

K = 10
MOST_USERS = 2000
RESAMPLES, LEVEL = 2000, 0.95


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both models on what `users` took up from `since` on; `difference` is the challenger's nDCG@10
    less the champion's, `interval` its 95 % bounds."""

    since: str
    users: int
    challenger: dict[str, float]
    champion: dict[str, float]
    difference: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a new model goes live, and why; `comparison` is None where none could be made."""

    promoted: bool
    why: str
    margin: float
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Champion:
    """What the live model was made with."""

    settings: Mapping[str, Any]
    items: Sequence[str]
    signals: float | None


def challenge(
    log: Log,
    items: Sequence[str],
    now: datetime,
    champion: Champion | None,
    *,
    margin: float = 0.0,
    force: bool = False,
    confidence: Confidence | None = None,
    grid: Grid = GRID,
    progress: Progress | None = None,
    stop: Event | None = None,
    root: Path | None = None,
) -> tuple[Trained, Outcome]:
    """A model fitted on all signals, and whether it may take the champion's place.

    Under `root` are kept its curves, and what is needed to go on after a crash (see `Report`).
    Raises TooLittleData, Cancelled.
    """
    data = build(log, items, now, confidence)
    if champion is None:
        first = Outcome(True, "it is the first model", margin)
        return train(data, grid, progress, stop, root), first
    try:
        before, truth, since = parted(log, items, confidence)
    except TooLittleData as error:
        trained = train(data, grid, progress, stop, root)
        why = f"too little came before or after the last signals to compare on ({error})"
        return trained, _judged(None, why, trained, champion, margin, force)
    grid = fitting(grid, len(items))
    total = steps(grid) + 2 * most_steps(grid) + steps_of(champion.settings)
    key = checkpoint.key(data, before, truth, since, grid, champion.settings)
    with Report(progress, stop, total, root, key) as report:
        settings, found = choose(before, grid, report)

        def compared() -> dict[str, Any]:
            challenger = fit(before, settings, {}, report, "challenger")
            other = fit(before, champion.settings, {}, report, "champion")
            return asdict(compare(challenger, other, before, truth, since))

        comparison = Comparison(**report.once("comparison", compared))
        trained = fit(data, settings, found, report)
    return trained, _judged(comparison, "", trained, champion, margin, force)


def compare(
    challenger: Trained,
    champion: Trained,
    before: Interactions,
    truth: sparse.csr_matrix,
    since: str,
) -> Comparison:
    """`truth`, CSR bool [users, items], is what the users of `before` took up since."""
    users = np.flatnonzero(truth.getnnz(axis=1))
    if len(users) > MOST_USERS:
        users = np.sort(np.random.default_rng(7).choice(users, MOST_USERS, replace=False))
    found = [
        metrics.of_lists(served(model, before, users), truth[users], K)
        for model in (challenger, champion)
    ]
    ndcg, other = (n for _, n in found)
    low, high = interval(ndcg - other)
    figures = [
        {"ndcg@10": round(float(n.mean()), 4), "recall@10": round(float(r.mean()), 4)}
        for r, n in found
    ]
    return Comparison(
        since=since,
        users=len(users),
        challenger=figures[0],
        champion=figures[1],
        difference=round(float((ndcg - other).mean()), 4),
        interval=(round(low, 4), round(high, 4)),
    )


def served(model: Trained, before: Interactions, users: np.ndarray) -> np.ndarray:
    """Indices int [users, K] of the items that the recommender lists for these rows, best first;
    -1 where there are no more."""
    items = before.items
    # Without content and types: the same for both models.
    recommender = Recommender(
        items, [""] * len(items), np.zeros((len(items), 1), np.float32), model
    )
    column = {item: number for number, item in enumerate(items)}
    lists = np.full((len(users), K), -1)
    for row, user in enumerate(users):
        own = before.matrix[user]
        history = {items[c]: float(v) for c, v in zip(own.indices, own.data, strict=True)}
        ranked = recommender.recommend(history, [], k=K, leave_out=history)
        lists[row, : len(ranked)] = [column[one.item] for one in ranked]
    return lists


def interval(differences: np.ndarray) -> tuple[float, float]:
    """Bounds of the mean of float [n], by bootstrap; the same each time."""
    from scipy import stats  # half a second, and only trainings need it

    bounds = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=100,
        confidence_level=LEVEL,
        method="percentile",
        rng=np.random.default_rng(7),
    ).confidence_interval
    return float(bounds.low), float(bounds.high)


def _judged(
    comparison: Comparison | None,
    reason: str,
    trained: Trained,
    champion: Champion,
    margin: float,
    force: bool,
) -> Outcome:
    """Beaten by more than chance, or the champion's own settings on other signals: then there is
    nothing to lose. Else the live model stays."""
    newer = (trained.metrics["signals"], trained.items) != (champion.signals, tuple(champion.items))
    if comparison is not None and comparison.interval[0] > -margin:
        verdict = (True, f"the interval lies above {-margin or 0.0:g}")
    elif newer and _essence(trained.settings) == _essence(champion.settings):
        verdict = (True, "it is the live model's settings, fitted on other signals or items")
    elif force:
        verdict = (True, "it was forced")
    else:
        verdict = (False, reason or f"the interval does not lie above {-margin or 0.0:g}")
    return Outcome(*verdict, margin, comparison)


def _essence(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings but for the epochs, which early stopping finds anew each time."""
    return {"model": "embeddings"} | {k: v for k, v in settings.items() if k != "epochs"}
