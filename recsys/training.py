"""Training: settings chosen on each user's last item, then a fit on everything."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from threading import Event
from typing import Any

import numpy as np
import torch
from scipy import sparse

from recsys import metrics
from recsys.dataset import Interactions, split
from recsys.models import ease, graph_filter
from recsys.models.ease import EASE
from recsys.models.embeddings import Learner, Loss, Settings
from recsys.models.graph_filter import GraphFilter

Progress = Callable[[int, int], None]
"""Called with epochs done and epochs in all."""


class Cancelled(Exception):
    """Training was asked to stop; the live model stays."""


Recipe = Settings | ease.Settings | graph_filter.Settings
RECIPES: Mapping[str, type[Any]] = {
    "embeddings": Settings,
    "ease": ease.Settings,
    "graph_filter": graph_filter.Settings,
}
LOSSES: tuple[Loss, ...] = ("softmax", "bpr")
# What is tried; the best nDCG@10 on the validation items wins.
GRID: tuple[Recipe, ...] = (
    *(Settings(loss=loss, penalty=penalty) for loss in LOSSES for penalty in (0.003, 0.01, 0.03)),
    *(ease.Settings(ridge) for ridge in (20.0, 100.0, 500.0)),
    *(graph_filter.Settings(factors) for factors in (8, 32, 128)),
)
# An item-item model of this many items takes 100 MB, and is held whole by every process.
MOST_ITEM_ITEM = 5000


@dataclass(frozen=True, slots=True)
class Trained:
    """Item embeddings float32 [items, f], bias [items], popularity [items], and how it went.

    Of an item-item model (`ease`, `graph_filter`) `embeddings` is [items, items]: row i is what
    each item of a history adds to item i.
    """

    items: tuple[str, ...]
    embeddings: np.ndarray
    bias: np.ndarray
    popularity: np.ndarray
    settings: dict[str, Any]
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def item_item(self) -> bool:
        return str(self.settings.get("model", "embeddings")) != "embeddings"


def train(
    data: Interactions,
    grid: Sequence[Recipe] = GRID,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Trained:
    """Validates each setting, with early stopping where there are epochs, then fits the best on
    all data.

    The same data and grid give the same model. Raises Cancelled.
    """
    grid = fitting(grid, len(data.items))
    report = Report(progress, stop, steps(*grid) + max(map(steps, grid)))
    settings, found = choose(data, grid, report)
    trained = fit(data, settings, found, report)
    report.finish()
    return trained


def fitting(grid: Sequence[Recipe], items: int) -> tuple[Recipe, ...]:
    """The recipes that suit a catalogue of this many items. Raises ValueError for none."""
    left = tuple(one for one in grid if isinstance(one, Settings) or items <= MOST_ITEM_ITEM)
    if not left:
        raise ValueError("the grid of settings is empty")
    return left


def recipe(settings: Mapping[str, Any]) -> Recipe:
    """The recipe of a trained model's settings."""
    given = dict(settings)
    made: Recipe = RECIPES[given.pop("model", "embeddings")](**given)
    return made


def steps(*recipes: Recipe) -> int:
    """How many steps their fits report."""
    return sum(one.epochs if isinstance(one, Settings) else 1 for one in recipes)


def choose(
    data: Interactions, grid: Sequence[Recipe], report: "Report"
) -> tuple[dict[str, Any], dict[str, float]]:
    """The best settings on each user's last item, and their metrics there."""
    known = split(data)
    users = np.flatnonzero(data.held_out >= 0)
    target = data.held_out[users]
    seen = known[users].toarray() > 0
    tried = [(*_validated(known, one, users, seen, target, report), one) for one in grid]
    ndcg, recall, epochs, best = max(tried, key=lambda outcome: outcome[0])
    name = next(name for name, kind in RECIPES.items() if isinstance(best, kind))
    settings = {"model": name} | asdict(best) | ({"epochs": epochs} if epochs else {})
    counts = np.asarray(known.astype(bool).sum(axis=0), dtype=np.float32).ravel()
    by_count = metrics.ranks(np.tile(counts, (len(users), 1)), seen, target)
    return settings, {
        "ndcg@10": round(ndcg, 4),
        "recall@10": round(recall, 4),
        "popularity_ndcg@10": round(metrics.ndcg(by_count, 10), 4),
        "popularity_recall@10": round(metrics.recall(by_count, 10), 4),
    }


def fit(
    data: Interactions,
    settings: Mapping[str, Any],
    found: Mapping[str, float],
    report: "Report",
) -> Trained:
    """A model of these settings on all data; `found` are the metrics that they were chosen by."""
    made = recipe(settings)
    popularity = np.asarray(data.matrix.astype(bool).sum(axis=0), dtype=np.float32).ravel()
    if isinstance(made, Settings):
        learner = Learner(data.matrix, made)
        for _ in range(made.epochs):
            learner.epoch()
            report.step()
        embeddings = learner.model.item.detach().numpy()
        bias = learner.model.bias.detach().numpy()
    else:
        embeddings = item_weights(data.matrix, made).T
        bias = np.zeros(len(data.items), dtype=np.float32)
        report.step()
    sizes = {
        "users": len(data.users),
        "pairs": int(data.matrix.nnz),
        "signals": data.signals,
    }
    return Trained(
        items=data.items,
        embeddings=embeddings,
        bias=bias,
        popularity=popularity,
        settings=dict(settings),
        metrics={**found, **sizes},
    )


def item_weights(
    matrix: sparse.csr_matrix, made: ease.Settings | graph_filter.Settings
) -> np.ndarray:
    """float32 [items, items]: a history's row times this are its scores."""
    if isinstance(made, ease.Settings):
        shallow = EASE(made)
        shallow.fit(matrix)
        return shallow.weights
    graph = GraphFilter(made)
    graph.fit(matrix)
    return np.asarray(graph.linear, dtype=np.float32)


class Report:
    def __init__(self, progress: Progress | None, stop: Event | None, total: int) -> None:
        self.progress, self.stop, self.total, self.done = progress, stop, total, 0

    def step(self, epochs: int = 1) -> None:
        if self.stop is not None and self.stop.is_set():
            raise Cancelled
        self.done = min(self.done + epochs, self.total)
        if self.progress is not None:
            self.progress(self.done, self.total)

    def finish(self) -> None:
        self.step(self.total - self.done)


def _validated(
    known: sparse.csr_matrix,
    made: Recipe,
    users: np.ndarray,
    seen: np.ndarray,
    target: np.ndarray,
    report: Report,
) -> tuple[float, float, int]:
    """(nDCG@10, recall@10, epochs) on each user's last item; 0 epochs where there are none."""
    if isinstance(made, Settings):
        return _early_stopped(Learner(known, made), users, seen, target, report)
    rows = known[users].log1p()  # as the recommender weighs a history
    rank = metrics.ranks(rows @ item_weights(known, made), seen, target)
    report.step()
    return metrics.ndcg(rank, 10), metrics.recall(rank, 10), 0


def _early_stopped(
    fit: Learner, users: np.ndarray, seen: np.ndarray, target: np.ndarray, report: Report
) -> tuple[float, float, int]:
    """(nDCG@10, recall@10, epochs) of the best epoch."""
    best = (-1.0, 0.0, 0)
    for epoch in range(1, fit.settings.epochs + 1):
        fit.epoch()
        report.step()
        with torch.no_grad():
            scores = fit.model(torch.from_numpy(users)).numpy()
        rank = metrics.ranks(scores, seen, target)
        ndcg = metrics.ndcg(rank, 10)
        if ndcg > best[0]:
            best = (ndcg, metrics.recall(rank, 10), epoch)
        elif epoch - best[2] >= fit.settings.patience:
            report.step(fit.settings.epochs - epoch)
            break
    return best
