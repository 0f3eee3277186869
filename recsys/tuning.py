"""Which model, and of what settings: chosen on what is held out, the same way for all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from scipy import sparse

from recsys import metrics
from recsys.models import peers
from recsys.models.base import Family, Model, Nobody, Watch, epochs
from recsys.models.blend import Blend, choose_weights, leaders, near, qualities, spreads
from recsys.models.blend import Settings as Weights
from recsys.models.registry import BLEND, PEERS, described
from recsys.splits import Validation

K = 20  # what settings are chosen by: nDCG@20
# Scores that settings are chosen by, of users enough; more would slow the choice.
MOST_SCORES, ENOUGH_USERS = 2**23, 1500
# Up to so many pairs every setting is fitted to the end.
SMALL = 100_000
BATCH = 2**22  # scores held at once: few enough that their memory is used again
# The luckiest of some twenty settings that are no better leads by sqrt(2 ln 20) standard errors.
LEAD = 2.5

T = TypeVar("T")


class Trials(Protocol):
    """Who keeps what trials gave, for a restart, and is told how they went."""

    def once(self, name: str, make: Callable[[], T]) -> T: ...
    def watch(self, curve: str) -> Watch: ...
    def tried(self, curve: str, settings: Any, **figures: float) -> None: ...


class Untold:
    """Keeps nothing."""

    def once(self, name: str, make: Callable[[], T]) -> T:
        return make()

    def watch(self, curve: str) -> Watch:
        return Nobody()

    def tried(self, curve: str, settings: Any, **figures: float) -> None:
        pass


@dataclass(slots=True)
class Tuned:
    """A model, how long its fit took, and its recall@k and nDCG@k float64 by validated user of each
    hold-out, one after the other, if any. It is fitted, unless its trial was before a restart."""

    model: Model
    fit_s: float
    quality: np.ndarray | None = None
    recall: np.ndarray | None = None


def tune(
    family: Family,
    train: sparse.csr_matrix,
    parts: Sequence[Validation],
    k: int = K,
    trials: Trials = Untold(),  # noqa: B008
) -> Tuned:
    """The setting with the best nDCG@k; of many, only the promising are tried in full, by
    successive halving (Jamieson, Talwalkar 2016). Without validation, the grid's safest. The model
    is left fitted on what the last part knows.

    Raises Unfit.
    """
    grid = dict(enumerate(family.grid, 1))
    if not parts:
        model = family.make(grid[1])
        return Tuned(model, timed_fit(model, train))

    def tried(
        curve: str, settings: Any, parts: Sequence[Validation] = parts, told: bool = True
    ) -> Tuned:
        model = family.make(settings)

        def measured() -> dict[str, Any]:
            found = []
            for part in parts:
                seconds = timed_fit(model, part.known, trials.watch(curve))
                users = validated(part)
                lists = rank(model, part.known, users, k)
                found.append(metrics.of_lists(lists, part.truth[users], k))
            recall, ndcg = (np.concatenate(one) for one in zip(*found, strict=True))
            figures = {f"recall@{k}": float(recall.mean()), f"ndcg@{k}": float(ndcg.mean())}
            if told:
                trials.tried(curve, settings, **figures, seconds=seconds)
            return {
                "s": seconds,
                "recall": torch.from_numpy(recall),
                "ndcg": torch.from_numpy(ndcg),
            }

        found = trials.once(curve, measured)
        return Tuned(model, found["s"], found["ndcg"].numpy(), found["recall"].numpy())

    def curve(number: int, part: str = "") -> str:
        return f"{family.name}-{number}{part}"

    if len(grid) > 3 and train.nnz > SMALL and epochs(grid[1]):
        brief = {n: replace(s, epochs=max(1, s.epochs // 4)) for n, s in grid.items()}
        short = {
            n: mean(tried(curve(n, "-brief"), s, told=False).quality) for n, s in brief.items()
        }
        grid = _first(grid, short, len(grid) // 4)
    elif len(grid) > 3 and len(parts) > 1:
        # Not by short fits: a small log takes little time, and they flatter high rates.
        once = {
            n: mean(tried(curve(n, "-once"), s, parts[:1], told=False).quality)
            for n, s in grid.items()
        }
        grid = _first(grid, once, max(2, len(grid) // 4))
    found: Tuned | None = None
    for number, settings in grid.items():
        # One at a time, so that no more than two models are held.
        one = tried(curve(number), settings)
        if found is None or mean(one.quality) > mean(found.quality):
            found = one
    assert found is not None  # noqa: S101
    return found


def _first(grid: Mapping[int, Any], quality: Mapping[int, float], most: int) -> dict[int, Any]:
    """The best `most` settings, best first."""
    return {n: grid[n] for n in sorted(grid, key=lambda n: -quality[n])[:most]}


def choose(qualities: Mapping[str, np.ndarray | None]) -> str:
    """The best single model by mean quality, but popularity, if it takes part, unless that is
    beaten by `LEAD` standard errors over the same users; and the blend only where it beats that
    choice by as much. On a log that says little, luck must not win, and a blend's weights were
    chosen on these very users.

    The bot can serve our own models only, so a peer is named only where none of ours takes part.
    """
    names = [name for name in qualities if name not in PEERS] or list(qualities)
    singles = [name for name in names if name != BLEND] or names
    best = max(singles, key=lambda name: mean(qualities[name]))
    if "popularity" in names and not _leads(qualities[best], qualities["popularity"]):
        best = "popularity"
    return BLEND if BLEND in names and _leads(qualities[BLEND], qualities[best]) else best


def _leads(quality: np.ndarray | None, other: np.ndarray | None) -> bool:
    """Whether by more than luck, of users of one order."""
    if quality is None or other is None:
        return False
    lead = quality - other
    return bool(lead.mean() > LEAD * lead.std() / len(lead) ** 0.5)


def blended(
    tuned: Mapping[str, Tuned],
    train: sparse.csr_matrix,
    parts: Sequence[Validation],
    k: int = K,
    trials: Trials = Untold(),  # noqa: B008
) -> Tuned:
    """Of models near the best. Leaves them fitted on what the last part knows."""
    members = {
        name: tuned[name].model for name in near({n: mean(t.quality) for n, t in tuned.items()})
    }
    told = {name: described(member) for name, member in members.items()}
    if not parts:
        blend = Blend(members, Weights(dict.fromkeys(members, round(1 / len(members), 4)), told))
        return Tuned(blend, timed_fit(blend, train))

    def weighed() -> dict[str, Any]:
        leading, truth = [], []
        for part in parts:
            for member in members.values():
                if len(parts) > 1 or not member.is_fitted:
                    member.fit(part.known)
            spread = spreads(members, part.known)
            for users in batches(validated(part), train.shape[1]):
                leading.append(leaders(members, spread, users, part.known))
                truth.append(part.truth[users])
        weights = choose_weights(leading, truth, k)
        recall, ndcg = map(torch.from_numpy, qualities(leading, truth, weights, k))
        return {"weights": weights, "recall": recall, "ndcg": ndcg}

    found = trials.once(BLEND, weighed)
    of = {name: told[name] for name in found["weights"]}
    blend = Blend(members, Weights(found["weights"], of))
    seconds = timed_fit(blend, parts[-1].known)
    return Tuned(blend, seconds, found["ndcg"].numpy(), found["recall"].numpy())


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


def validated(validation: Validation) -> np.ndarray:
    """Rows of the users that settings are chosen on."""
    return validation.users(max(ENOUGH_USERS, MOST_SCORES // validation.truth.shape[1]))


def timed_fit(model: Model, matrix: sparse.csr_matrix, watch: Watch = Nobody()) -> float:  # noqa: B008
    """Seconds. Raises Unfit."""
    started = perf_counter()
    model.fit(matrix, watch)
    return perf_counter() - started


def mean(quality: np.ndarray | None) -> float:
    return -1.0 if quality is None else float(quality.mean())
