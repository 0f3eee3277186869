"""Training: models and settings chosen on each user's last item, then a fit on everything.

What is chosen by is what is served: everybody by their history alone (`recsys/models/parts.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Any

import numpy as np
import torch
from scipy import sparse

from recsys import checkpoint, metrics
from recsys.dataset import Interactions, split
from recsys.models import blend, ials
from recsys.models.base import Family, Model, Unfit, epochs
from recsys.models.blend import of_parts
from recsys.models.parts import Part
from recsys.models.popularity import Popularity
from recsys.models.registry import BLEND, ITEM_ITEM, OURS, described, made, suit
from recsys.models.served import AsServed
from recsys.progress import Progress, Report
from recsys.splits import Validation
from recsys.tuning import Tuned, blended, mean, rank, tune, validated
from recsys.tuning import choose as best_of

K = 10
Grid = Sequence[Any]
"""Settings of any of our models, in any order; `blend.Settings()` among them asks for a blend."""
# A second or two on a log of a million pairs; what is left out takes minutes and gains a percent.
QUICK = ("ease", "graph_filter", BLEND)
BEST = (*(name for name in OURS if name != "popularity"), BLEND)


def grid_of(names: Sequence[str] = QUICK, *, quick: bool = True) -> tuple[Any, ...]:
    """What is tried of these models, at most a few settings each if it is to be quick."""
    found: list[Any] = []
    for name in names:
        if name == BLEND:
            found.append(blend.Settings())
        else:
            found += (quick and OURS[name].quick) or OURS[name].grid
    return tuple(found)


GRID = grid_of()


@dataclass(frozen=True, slots=True)
class Trained:
    """What was learned of each item, how many took it up (float32 [items]), and how it went."""

    items: tuple[str, ...]
    parts: tuple[Part, ...]
    popularity: np.ndarray
    settings: dict[str, Any]
    metrics: dict[str, float] = field(default_factory=dict)


def train(
    data: Interactions,
    grid: Grid = GRID,
    progress: Progress | None = None,
    stop: Event | None = None,
    root: Path | None = None,
) -> Trained:
    """Validates each setting, then fits the best model on all data.

    The same data and grid give the same model. Its curves, and what is needed to go on after a
    crash, are kept under `root` (see `Report`). Raises Cancelled.
    """
    grid = fitting(grid, len(data.items))
    total = steps(grid) + most_steps(grid)
    with Report(progress, stop, total, root, checkpoint.key(data, grid)) as report:
        settings, found = choose(data, grid, report)
        return fit(data, settings, found, report)


def fitting(grid: Grid, items: int) -> tuple[Any, ...]:
    """What of a grid suits a catalogue of this many items: of many, item-item models give way to
    factors. Raises ValueError for an empty one."""
    names = set(suit(OURS, items))
    left = [settings for settings in grid if _name(settings) in {*names, BLEND}]
    if any(_name(settings) in ITEM_ITEM for settings in grid) and not families(left):
        left += ials.QUICK
    if not families(left):
        raise ValueError("the grid of settings is empty")
    return tuple(left)


def families(grid: Grid) -> dict[str, Family]:
    """By name, each with its settings in the grid."""
    by_name: dict[str, list[Any]] = {}
    for settings in grid:
        if (name := _name(settings)) != BLEND:
            by_name.setdefault(name, []).append(settings)
    return {name: replace(OURS[name], grid=own) for name, own in by_name.items()}


def steps(grid: Grid) -> int:
    """The most steps that trials of all of them report."""
    return sum(max(epochs(settings), 1) for settings in grid if _name(settings) != BLEND)


def most_steps(grid: Grid) -> int:
    """The most that a fit of what may be chosen of them reports."""
    longest = [max(max(epochs(s), 1) for s in one.grid) for one in families(grid).values()]
    return sum(longest) if any(_name(s) == BLEND for s in grid) else max(longest)


def steps_of(settings: Mapping[str, Any]) -> int:
    """Of a trained model's settings."""
    members = settings.get("members", {}).values() if settings.get("model") == BLEND else [settings]
    return sum(max(epochs(made(one).settings), 1) for one in members)


def choose(
    data: Interactions, grid: Grid, report: Report
) -> tuple[dict[str, Any], dict[str, float]]:
    """The best settings on each user's last item, and their metrics there."""
    part = _last_items(data)
    tuned: dict[str, Tuned] = {}
    for name, family in families(grid).items():
        try:
            tuned[name] = tune(_as_served(family), part.known, [part], K, report)
        except Unfit:
            report.step(steps(family.grid))
    if not tuned:
        raise ValueError("no model of the grid suits this log")
    if len(tuned) > 1 and any(_name(settings) == BLEND for settings in grid):
        tuned[BLEND] = blended(tuned, part.known, [part], K, report)
    best = tuned[best_of({name: one.quality for name, one in tuned.items()})]
    users = validated(part)
    popular = Popularity()
    popular.fit(part.known)
    lists = rank(popular, part.known, users, K)
    recall, ndcg = metrics.of_lists(lists, part.truth[users], K)
    return described(best.model), {
        "ndcg@10": round(mean(best.quality), 4),
        "recall@10": round(mean(best.recall), 4),
        "popularity_ndcg@10": round(float(ndcg.mean()), 4),
        "popularity_recall@10": round(float(recall.mean()), 4),
    }


def fit(
    data: Interactions,
    settings: Mapping[str, Any],
    found: Mapping[str, float],
    report: Report,
    curve: str = "fit",
) -> Trained:
    """A model of these settings on all data; `found` are the metrics that they were chosen by."""
    if settings.get("model") == BLEND:
        members = {
            name: _learned(made(one), data.matrix, report, f"{curve}-{name}")
            for name, one in settings["members"].items()
        }
        parts = of_parts(members, settings["weights"], data.matrix)
    else:
        parts = _learned(made(settings), data.matrix, report, curve)
    sizes = {"users": len(data.users), "pairs": int(data.matrix.nnz), "signals": data.signals}
    return Trained(
        items=data.items,
        parts=tuple(parts),
        popularity=np.asarray(data.matrix.getnnz(axis=0), dtype=np.float32),
        settings=dict(settings),
        metrics={**found, **sizes},
    )


def _learned(model: Model, matrix: sparse.csr_matrix, report: Report, curve: str) -> list[Part]:
    """Fitted, unless it was before a restart."""

    def parts() -> list[Part]:
        model.fit(matrix, report.watch(curve))
        return model.parts()

    if not epochs(model.settings):
        started = perf_counter()
        found = parts()
        report.write(curve, 1, seconds=perf_counter() - started)
        # Only its step is kept for a restart: the weights may be large, and are quick to make.
        report.once(curve, report.step)
        return found
    kept = report.once(curve, lambda: [_tensors(part) for part in parts()])
    return [
        Part(one["out"].numpy(), _array(one.get("into")), _array(one.get("prior"))) for one in kept
    ]


def _as_served(family: Family) -> Family:
    return replace(family, make=lambda settings: AsServed(family.make(settings)))


def _tensors(part: Part) -> dict[str, torch.Tensor]:
    arrays = {"out": part.out, "into": part.into, "prior": part.prior}
    return {name: torch.from_numpy(one) for name, one in arrays.items() if one is not None}


def _array(tensor: torch.Tensor | None) -> np.ndarray | None:
    return None if tensor is None else np.asarray(tensor.numpy())


def _last_items(data: Interactions) -> Validation:
    rows = np.flatnonzero(data.held_out >= 0)
    found = (np.ones(len(rows), dtype=np.float32), (rows, data.held_out[rows]))
    truth = sparse.csr_matrix(found, shape=data.matrix.shape)
    return Validation(split(data), truth, "each user's last item")


def _name(settings: Any) -> str:
    if isinstance(settings, blend.Settings):
        return BLEND
    return next(name for name, family in OURS.items() if isinstance(settings, family.settings))
