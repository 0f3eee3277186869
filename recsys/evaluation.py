"""Models tuned on held-out training data and measured once on the test items of a folder."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from time import perf_counter
from typing import Any

import numpy as np

from recsys import metrics
from recsys.folders import Folder
from recsys.models.base import Unfit
from recsys.models.registry import BLEND, NAMES, OURS, PEERS
from recsys.splits import Validation, hold_out
from recsys.tuning import SMALL, Tuned, blended, choose, mean, rank, timed_fit, tune

# All is chosen on several random hold-outs of a small log: on a single one it would follow that
# one's luck.
SEEDS = (0, 1, 2)

Progress = Callable[[str, int, int], None]
"""Called with what is going on, steps done and steps in all."""


def evaluate(
    folder: Folder, names: Sequence[str] = NAMES, progress: Progress = lambda *_: None
) -> dict[str, Any]:
    """The result of `chezhi recsys evaluate`; `names` are of `NAMES`.

    Where valid is a file of its own, models stay fitted on train alone, as in the published
    figures; where it was split from train, the chosen ones are fitted anew on the whole of train.
    Train items, and only these, are left out of rankings.
    """
    families = {name: family for name, family in (OURS | PEERS).items() if name in names}
    if BLEND in names and not set(names) & set(OURS):
        families |= OURS
    parts = _validations(folder)
    refits = any(part.known is not folder.train for part in parts)
    report = _Report(progress, (2 + refits) * (len(families) + 1))
    tuned: dict[str, Tuned] = {}
    skipped: dict[str, str] = {}
    for name, family in families.items():
        report.next(f"Choosing {name}")
        try:
            tuned[name] = tune(family, folder.train, parts)
        except Unfit as error:
            skipped[name] = str(error)
    if BLEND in names:
        report.next(f"Choosing {BLEND}")
        ours = {name: one for name, one in tuned.items() if name in OURS}
        tuned[BLEND] = blended(ours, folder.train, parts)
    best = choose({n: one.quality for n, one in tuned.items() if n in names})
    if refits:
        for name, one in tuned.items():
            report.next(f"Fitting {name}")
            one.fit_s = timed_fit(one.model, folder.train)
    if BLEND in tuned:
        members = tuned[BLEND].model.settings.weights
        tuned[BLEND].fit_s += sum(tuned[name].fit_s for name in members)
    rows = {}
    for name in NAMES:
        if name in names and name in tuned:
            report.next(f"Measuring {name}")
            rows[name] = _row(tuned[name], folder)
    report.finish()
    users = np.flatnonzero(np.diff(folder.truth.indptr))
    return {
        "users": folder.train.shape[0],
        "items": folder.train.shape[1],
        "train": int(folder.train.nnz),
        "test": int(folder.truth.nnz),
        "test_users": len(users),
        "new_test_users": folder.new_users,
        "repeated_test_pairs": folder.repeated,
        "validation": _told(parts),
        "models": rows,
        "skipped": skipped,
        "best": best,
    }


def _validations(folder: Folder) -> list[Validation]:
    """None where there are too few users; several of a small log, unless the latest are held out,
    which are always the same."""
    if folder.valid is not None and folder.valid.nnz:
        return [Validation(folder.train, folder.valid, "the folder's own")]
    several = folder.train.nnz <= SMALL and folder.times is None
    found = [
        hold_out(folder.train, folder.times, seed) for seed in (SEEDS if several else SEEDS[:1])
    ]
    return [one for one in found if one is not None]


def _told(parts: Sequence[Validation]) -> str:
    if not parts:
        return "too few users to validate on"
    return parts[0].how + (f", {len(parts)} times" if len(parts) > 1 else "")


def _row(tuned: Tuned, folder: Folder) -> dict[str, Any]:
    users = np.flatnonzero(np.diff(folder.truth.indptr))
    started = perf_counter()
    lists = rank(tuned.model, folder.train, users)
    seconds = perf_counter() - started
    found: dict[str, Any] = {}
    for k in (10, 20):
        recall, ndcg = metrics.of_lists(lists, folder.truth[users], k)
        found |= {f"recall@{k}": round(float(recall.mean()), 5)}
        found |= {f"ndcg@{k}": round(float(ndcg.mean()), 5)}
    validated = (
        {} if tuned.quality is None else {"validation_ndcg@20": round(mean(tuned.quality), 5)}
    )
    return (
        found
        | validated
        | {
            "fit_s": round(tuned.fit_s, 3),
            "users_per_s": round(len(users) / seconds),
            "settings": asdict(tuned.model.settings),
        }
    )


class _Report:
    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, -1

    def next(self, what: str) -> None:
        self.done += 1
        self.progress(what, self.done, self.total)

    def finish(self) -> None:
        self.progress("Done", self.total, self.total)
