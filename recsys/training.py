"""Training: settings chosen on each user's last item, then a fit on everything."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from threading import Event
from typing import Any

import numpy as np
import torch

from recsys import metrics
from recsys.dataset import Interactions, split
from recsys.models.embeddings import Learner, Loss, Settings

Progress = Callable[[int, int], None]
"""Called with epochs done and epochs in all."""


class Cancelled(Exception):
    """Training was asked to stop; the live model stays."""


LOSSES: tuple[Loss, ...] = ("softmax", "bpr")
# What is tried; the best nDCG@10 on the validation items wins.
GRID = tuple(
    Settings(loss=loss, penalty=penalty) for loss in LOSSES for penalty in (0.003, 0.01, 0.03)
)


@dataclass(frozen=True, slots=True)
class Trained:
    """Item embeddings float32 [items, f], bias [items], popularity [items], and how it went."""

    items: tuple[str, ...]
    embeddings: np.ndarray
    bias: np.ndarray
    popularity: np.ndarray
    settings: dict[str, Any]
    metrics: dict[str, float] = field(default_factory=dict)


def train(
    data: Interactions,
    grid: tuple[Settings, ...] = GRID,
    progress: Progress | None = None,
    stop: Event | None = None,
) -> Trained:
    """Validates each setting with early stopping, then fits the best on all data.

    The same data and grid give the same model. Raises Cancelled.
    """
    if not grid:
        raise ValueError("the grid of settings is empty")
    total = sum(settings.epochs for settings in grid) + max(s.epochs for s in grid)
    report = _Report(progress, stop, total)
    known = split(data)
    users = np.flatnonzero(data.held_out >= 0)
    target = data.held_out[users]
    seen = known[users].toarray() > 0
    tried = [
        (*_early_stopped(Learner(known, settings), users, seen, target, report), settings)
        for settings in grid
    ]
    ndcg, recall, epochs, settings = max(tried, key=lambda outcome: outcome[0])
    final = Learner(data.matrix, settings)
    for _ in range(epochs):
        final.epoch()
        report.step()
    report.finish()
    popularity = np.asarray(data.matrix.astype(bool).sum(axis=0), dtype=np.float32).ravel()
    counts = np.asarray(known.astype(bool).sum(axis=0), dtype=np.float32).ravel()
    by_count = metrics.ranks(np.tile(counts, (len(users), 1)), seen, target)
    return Trained(
        items=data.items,
        embeddings=final.model.item.detach().numpy(),
        bias=final.model.bias.detach().numpy(),
        popularity=popularity,
        settings=asdict(settings) | {"epochs": epochs},
        metrics={
            "ndcg@10": round(ndcg, 4),
            "recall@10": round(recall, 4),
            "popularity_ndcg@10": round(metrics.ndcg(by_count, 10), 4),
            "popularity_recall@10": round(metrics.recall(by_count, 10), 4),
            "users": len(data.users),
            "pairs": int(data.matrix.nnz),
        },
    )


class _Report:
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


def _early_stopped(
    fit: Learner, users: np.ndarray, seen: np.ndarray, target: np.ndarray, report: _Report
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
