from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from recsys import metrics
from recsys.dataset import Interactions, build, split
from recsys.log import Log, Signal
from recsys.models import blend, ease
from recsys.models.embeddings import Settings
from recsys.progress import Cancelled
from recsys.recommender import Recommender
from recsys.training import Trained, train
from tests.recsys.conftest import GRID
from tests.recsys.data import NOW

QUICK = (Settings(epochs=3),)


def test_it_beats_popularity_on_items_held_out(
    interactions: Interactions, trained: Trained
) -> None:
    assert trained.metrics["ndcg@10"] > 1.3 * trained.metrics["popularity_ndcg@10"]
    assert trained.metrics["recall@10"] > 1.2 * trained.metrics["popularity_recall@10"]
    assert trained.metrics["pairs"] == interactions.matrix.nnz
    assert trained.settings["loss"] in ("bpr", "softmax")
    (part,) = trained.parts
    assert part.out.shape == (len(interactions.items), 16)
    assert part.out.dtype == np.float32


def test_fold_in_serves_what_training_learned(
    acts: list[Signal], interactions: Interactions
) -> None:
    """Users are folded in from what is left without their last item; no model saw that either."""
    items = interactions.items
    last = {
        (user, items[column])
        for user, column in zip(interactions.users, interactions.held_out, strict=True)
        if column >= 0
    }
    model = train(build(Log.of(a for a in acts if (a.user, a.item) not in last), items, NOW), GRID)
    vectors = np.zeros((len(items), 2), dtype=np.float32)
    recommender = Recommender(items, ["course"] * len(items), vectors, model)
    known = split(interactions)
    users = np.flatnonzero(interactions.held_out >= 0)
    target = interactions.held_out[users]
    seen = known[users].toarray() > 0
    folded = np.zeros(seen.shape)
    for row, user in enumerate(users):
        own = known[user]
        history = dict(zip(np.array(items)[own.indices], own.data, strict=True))
        unseen = [item for item in items if item not in history]
        for one in recommender.recommend(history, [], k=len(unseen), candidates=unseen):
            folded[row, items.index(one.item)] = one.score
    counts = np.tile(np.asarray(known.astype(bool).sum(axis=0)).ravel(), (len(users), 1))
    served = metrics.ndcg(metrics.ranks(folded, seen, target), 10)
    popular = metrics.ndcg(metrics.ranks(counts, seen, target), 10)
    assert served > 1.3 * popular


def test_the_same_seed_gives_the_same_model(interactions: Interactions) -> None:
    first, second = train(interactions, QUICK), train(interactions, QUICK)
    assert (first.parts[0].out == second.parts[0].out).all()
    assert first.metrics == second.metrics
    other = train(interactions, (replace(QUICK[0], seed=8),))
    assert (first.parts[0].out != other.parts[0].out).any()


def test_the_best_setting_is_kept(interactions: Interactions) -> None:
    # So strong a penalty that nothing is learned.
    crushed = replace(QUICK[0], penalty=100.0)
    assert train(interactions, (crushed, *QUICK)).settings["penalty"] == QUICK[0].penalty
    assert train(interactions, (*QUICK, crushed)).settings["penalty"] == QUICK[0].penalty


def test_progress_rises_to_its_total(interactions: Interactions) -> None:
    seen: list[tuple[int, int]] = []
    grid = (replace(QUICK[0], loss="bpr"), *QUICK, ease.Settings(50.0), blend.Settings())
    train(interactions, grid, progress=lambda done, total: seen.append((done, total)))
    done = [step for step, _ in seen]
    assert {total for _, total in seen} == {3 + 3 + 1 + (3 + 1)}
    assert done == sorted(done)
    assert (done[0], done[-1]) == (1, 11)


def test_it_stops_when_asked(interactions: Interactions) -> None:
    stop, seen = Event(), []

    def progress(done: int, total: int) -> None:
        seen.append(done)
        if done == 2:
            stop.set()

    with pytest.raises(Cancelled):
        train(interactions, QUICK, progress, stop)
    assert seen == [1, 2]


def test_an_empty_grid_is_refused(interactions: Interactions) -> None:
    with pytest.raises(ValueError, match="grid"):
        train(interactions, ())
