"""Models tuned on held-out training data and measured once on the test items of a folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any

import numpy as np
from scipy import sparse

from recsys import metrics
from recsys.folders import Folder
from recsys.models import peers
from recsys.models.base import Model, Unfit
from recsys.models.blend import Blend, choose_weights, leaders, near, qualities, spreads
from recsys.models.blend import Settings as Weights
from recsys.models.registry import BLEND, NAMES, OURS, PEERS, Family
from recsys.splits import Validation, hold_out

K = 20  # what settings are chosen by: nDCG@20
# Scores that settings are chosen by, of users enough; more would slow the choice.
MOST_SCORES, ENOUGH_USERS = 2**23, 1500
# Up to so many pairs every setting is fitted to the end, and all is chosen on several random
# hold-outs: on a single one it would follow that one's luck.
SMALL, SEEDS = 100_000, (0, 1, 2)
BATCH = 2**22  # scores held at once: few enough that their memory is used again
# The luckiest of some twenty settings that are no better leads by sqrt(2 ln 20) standard errors.
LEAD = 2.5

Progress = Callable[[str, int, int], None]
"""Called with what is going on, steps done and steps in all."""


@dataclass(slots=True)
class Tuned:
    """A fitted model, how long that took, and its nDCG@20 by validated user of each hold-out, one
    after the other, if any."""

    model: Model
    fit_s: float
    quality: np.ndarray | None = None


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
        tuned[BLEND] = _blended(ours, folder.train, parts)
    best = choose({n: one.quality for n, one in tuned.items() if n in names})
    if refits:
        for name, one in tuned.items():
            report.next(f"Fitting {name}")
            one.fit_s = _fit(one.model, folder.train)
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


def tune(family: Family, train: sparse.csr_matrix, parts: Sequence[Validation]) -> Tuned:
    """The setting with the best nDCG@20; of many, only the promising are tried in full, by
    successive halving (Jamieson, Talwalkar 2016). Without validation, the grid's safest. The model
    is left fitted on what the last part knows.

    Raises Unfit.
    """
    grid = list(family.grid)
    if not parts:
        model = family.make(grid[0])
        return Tuned(model, _fit(model, train))

    def tried(settings: Any, parts: Sequence[Validation] = parts) -> Tuned:
        model = family.make(settings)
        quality = []
        for part in parts:
            seconds = _fit(model, part.known)
            users = _validated(part)
            lists = rank(model, part.known, users)
            quality.append(metrics.of_lists(lists, part.truth[users], K)[1])
        return Tuned(model, seconds, np.concatenate(quality))

    if len(grid) > 3 and train.nnz > SMALL and hasattr(grid[0], "epochs"):
        brief = [replace(settings, epochs=max(1, settings.epochs // 4)) for settings in grid]
        grid = _first(grid, [_mean(tried(one).quality) for one in brief], len(grid) // 4)
    elif len(grid) > 3 and len(parts) > 1:
        # Not by short fits: a small log takes little time, and they flatter high rates.
        once = [_mean(tried(one, parts[:1]).quality) for one in grid]
        grid = _first(grid, once, max(2, len(grid) // 4))
    found = tried(grid[0])
    for settings in grid[1:]:
        # One at a time, so that no more than two models are held.
        found = max(found, tried(settings), key=lambda one: _mean(one.quality))
    return found


def _first(grid: Sequence[Any], quality: Sequence[float], most: int) -> list[Any]:
    """The best `most` settings, best first."""
    order = sorted(range(len(grid)), key=lambda n: -quality[n])
    return [grid[n] for n in order[:most]]


def choose(qualities: Mapping[str, np.ndarray | None]) -> str:
    """The best single model by mean quality, but popularity, if it takes part, unless that is
    beaten by `LEAD` standard errors over the same users; and the blend only where it beats that
    choice by as much. On a log that says little, luck must not win, and a blend's weights were
    chosen on these very users.

    The bot can serve our own models only, so a peer is named only where none of ours takes part.
    """
    names = [name for name in qualities if name not in PEERS] or list(qualities)
    singles = [name for name in names if name != BLEND] or names
    best = max(singles, key=lambda name: _mean(qualities[name]))
    if "popularity" in names and not _leads(qualities[best], qualities["popularity"]):
        best = "popularity"
    return BLEND if BLEND in names and _leads(qualities[BLEND], qualities[best]) else best


def _leads(quality: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether by more than luck, of users of one order."""
    if quality is None or other is None:
        return False
    lead = quality - other
    return bool(lead.mean() > LEAD * lead.std() / len(lead) ** 0.5)


def rank(model: Model, seen: sparse.csr_matrix, users: np.ndarray, k: int = K) -> np.ndarray:
    """The first k unseen items of each user, best first, int [users, k]; in bounded memory."""
    if isinstance(model, peers.Implicit):
        own = [model.lists(some, k) for some in batches(users, seen.shape[1])]
    else:
        own = [
            metrics.best(model.scores(some), seen[some], k)
            for some in batches(users, seen.shape[1])
        ]
    return np.concatenate(own)


def batches(users: np.ndarray, items: int) -> list[np.ndarray]:
    step = max(1, BATCH // items)
    return [users[start : start + step] for start in range(0, len(users), step)]


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


def _validated(validation: Validation) -> np.ndarray:
    return validation.users(max(ENOUGH_USERS, MOST_SCORES // validation.truth.shape[1]))


def _blended(
    tuned: Mapping[str, Tuned], train: sparse.csr_matrix, parts: Sequence[Validation]
) -> Tuned:
    """Leaves models fitted on what the last part knows."""
    members = {
        name: tuned[name].model for name in near({n: _mean(t.quality) for n, t in tuned.items()})
    }
    if not parts:
        blend = Blend(members, Weights(dict.fromkeys(members, round(1 / len(members), 4))))
        return Tuned(blend, _fit(blend, train))
    leading, truth = [], []
    for part in parts:
        if len(parts) > 1:
            for member in members.values():
                member.fit(part.known)
        spread = spreads(members, part.known)
        for users in batches(_validated(part), train.shape[1]):
            leading.append(leaders(members, spread, users, part.known))
            truth.append(part.truth[users])
    blend = Blend(members, choose_weights(leading, truth, K))
    quality = qualities(leading, truth, blend.settings.weights, K)
    return Tuned(blend, _fit(blend, parts[-1].known), quality)


def _fit(model: Model, matrix: sparse.csr_matrix) -> float:
    started = perf_counter()
    model.fit(matrix)
    return perf_counter() - started


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
        {} if tuned.quality is None else {"validation_ndcg@20": round(_mean(tuned.quality), 5)}
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


def _mean(quality: np.ndarray | None) -> float:
    return -1.0 if quality is None else float(quality.mean())


class _Report:
    def __init__(self, progress: Progress, total: int) -> None:
        self.progress, self.total, self.done = progress, total, -1

    def next(self, what: str) -> None:
        self.done += 1
        self.progress(what, self.done, self.total)

    def finish(self) -> None:
        self.progress("Done", self.total, self.total)
