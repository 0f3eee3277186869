"""Training: settings chosen on each user's last item, then a fit on everything."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np
import torch
from scipy import sparse

from recsys import checkpoint, metrics
from recsys.dataset import Interactions, split
from recsys.models import ease, graph_filter
from recsys.models.ease import EASE
from recsys.models.embeddings import Learner, Loss, Settings
from recsys.models.graph_filter import GraphFilter
from recsys.progress import Progress, Report

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
    root: Path | None = None,
) -> Trained:
    """Validates each setting, with early stopping where there are epochs, then fits the best on
    all data.

    The same data and grid give the same model. Its curves, and what is needed to go on after a
    crash, are kept under `root` (see `Report`). Raises Cancelled.
    """
    grid = fitting(grid, len(data.items))
    total = steps(*grid) + max(map(steps, grid))
    with Report(progress, stop, total, root, checkpoint.key(data, grid)) as report:
        settings, found = choose(data, grid, report)
        return fit(data, settings, found, report)


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


def label(made: Recipe) -> str:
    """A recipe in short, for its curves."""
    if isinstance(made, Settings):
        return f"{made.loss}-{made.penalty:g}"
    if isinstance(made, ease.Settings):
        return f"ease-{made.ridge:g}"
    return f"graph_filter-{made.factors}"


def steps(*recipes: Recipe) -> int:
    """How many steps their fits report."""
    return sum(one.epochs if isinstance(one, Settings) else 1 for one in recipes)


def choose(
    data: Interactions, grid: Sequence[Recipe], report: Report
) -> tuple[dict[str, Any], dict[str, float]]:
    """The best settings on each user's last item, and their metrics there."""
    known = split(data)
    users = np.flatnonzero(data.held_out >= 0)
    target = data.held_out[users]
    seen = known[users].toarray() > 0

    def tried(number: int, made: Recipe) -> tuple[float, float, int]:
        curve = f"{number}-{label(made)}"
        return report.once(
            curve, lambda: _validated(known, made, users, seen, target, report, curve)
        )

    outcomes = [(*tried(number, made), made) for number, made in enumerate(grid, 1)]
    ndcg, recall, epochs, best = max(outcomes, key=lambda outcome: outcome[0])
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
    report: Report,
    curve: str = "fit",
) -> Trained:
    """A model of these settings on all data; `found` are the metrics that they were chosen by."""
    made = recipe(settings)
    popularity = np.asarray(data.matrix.astype(bool).sum(axis=0), dtype=np.float32).ravel()
    if isinstance(made, Settings):
        learned = report.once(curve, lambda: _learned(Learner(data.matrix, made), report, curve))
        embeddings, bias = (one.numpy() for one in learned)
    else:
        started = perf_counter()
        embeddings = item_weights(data.matrix, made).T
        bias = np.zeros(len(data.items), dtype=np.float32)
        report.write(curve, 1, seconds=perf_counter() - started)
        # Only its step is kept for a restart: the weights may be large, and are quick to make.
        report.once(curve, report.step)
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


def _validated(
    known: sparse.csr_matrix,
    made: Recipe,
    users: np.ndarray,
    seen: np.ndarray,
    target: np.ndarray,
    report: Report,
    curve: str,
) -> tuple[float, float, int]:
    """(nDCG@10, recall@10, epochs) on each user's last item; 0 epochs where there are none."""
    if isinstance(made, Settings):
        return _early_stopped(Learner(known, made), users, seen, target, report, curve)
    started = perf_counter()
    rows = known[users].log1p()  # as the recommender weighs a history
    rank = metrics.ranks(rows @ item_weights(known, made), seen, target)
    ndcg, recall = metrics.ndcg(rank, 10), metrics.recall(rank, 10)
    figures = {"ndcg@10": ndcg, "recall@10": recall, "seconds": perf_counter() - started}
    report.write(curve, 1, **figures)
    report.step()
    return ndcg, recall, 0


def _early_stopped(
    learner: Learner,
    users: np.ndarray,
    seen: np.ndarray,
    target: np.ndarray,
    report: Report,
    curve: str,
) -> tuple[float, float, int]:
    """(nDCG@10, recall@10, epochs) of the best epoch."""
    epochs, patience = learner.settings.epochs, learner.settings.patience
    best, epoch = (-1.0, 0.0, 0), 0
    if state := report.resumed(curve):
        learner.restore(state["learner"])
        best, epoch = state["best"], state["epoch"]
    while epoch < epochs and epoch - best[2] < patience:
        epoch += 1
        started = perf_counter()
        loss = learner.epoch()
        seconds = perf_counter() - started
        with torch.no_grad():
            scores = learner.model(torch.from_numpy(users)).numpy()
        rank = metrics.ranks(scores, seen, target)
        ndcg, recall = metrics.ndcg(rank, 10), metrics.recall(rank, 10)
        if ndcg > best[0]:
            best = (ndcg, recall, epoch)
        figures = {"loss": loss, "ndcg@10": ndcg, "recall@10": recall, "seconds": seconds}
        report.write(curve, epoch, **figures)
        report.step(fit=partial(_state, curve, learner, epoch, best))
    if epoch < epochs:
        report.step(epochs - epoch)
    return best


def _learned(learner: Learner, report: Report, curve: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Item embeddings and biases after all epochs."""
    state = report.resumed(curve)
    if state:
        learner.restore(state["learner"])
    for epoch in range(state["epoch"] + 1 if state else 1, learner.settings.epochs + 1):
        started = perf_counter()
        loss = learner.epoch()
        report.write(curve, epoch, loss=loss, seconds=perf_counter() - started)
        report.step(fit=partial(_state, curve, learner, epoch))
    return learner.model.item.detach(), learner.model.bias.detach()


def _state(
    curve: str, learner: Learner, epoch: int, best: tuple[float, float, int] | None = None
) -> dict[str, Any]:
    return {"name": curve, "learner": learner.state(), "epoch": epoch, "best": best}
