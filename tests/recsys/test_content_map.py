"""Items that a model has not met, scored through their content."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from recsys.content_map import ContentMap
from recsys.models import ease
from recsys.models.parts import Part
from recsys.recommender import Recommended, Recommender
from recsys.training import Trained

MET, NEW, TASTES = 60, 20, 4
EVERY = [str(n) for n in range(MET + NEW)]


def tasted(taste: int) -> list[str]:
    """The new items of a taste: item n is about taste n % 4."""
    return [item for item in EVERY[MET:] if int(item) % TASTES == taste]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """float32 [80, 24], by taste, with a large common part and some chance."""
    chance = np.random.default_rng(3)
    tastes = chance.normal(size=(TASTES, 24))
    rows = 3 + tastes[np.arange(MET + NEW) % TASTES] + 0.3 * chance.normal(size=(MET + NEW, 24))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


@pytest.fixture(scope="module", params=["factors", "item-item"])
def model(request: pytest.FixtureRequest) -> Trained:
    """Of the first 60 items, by users of one taste each, and of two more that nobody took up."""
    chance = np.random.default_rng(4)
    fits = chance.integers(0, TASTES, 400)[:, None] == np.arange(MET) % TASTES
    taken = chance.random(fits.shape) < np.where(fits, 0.4, 0.05)
    matrix = sparse.csr_matrix(np.hstack([taken, np.zeros((400, 2))]), dtype=np.float32)
    if request.param == "item-item":
        of_ease = ease.EASE(ease.Settings(20.0))
        of_ease.fit(matrix)
        parts = of_ease.parts()
    else:
        _, sizes, axes = np.linalg.svd(matrix.toarray(), full_matrices=False)
        parts = [Part.folded(axes[:8].T * np.sqrt(sizes[:8]))]
    return Trained(
        items=tuple(EVERY[: MET + 2]),
        parts=tuple(parts),
        popularity=np.asarray(matrix.getnnz(axis=0), dtype=np.float32),
        settings={},
    )


def made(model: Trained, vectors: np.ndarray) -> Recommender:
    return Recommender(EVERY, ["x"] * len(EVERY), vectors, model)


def scores(ranked: list[Recommended]) -> dict[str, float]:
    return {one.item: one.score for one in ranked}


def test_a_new_item_like_the_liked_ones_ranks_above_other_new_ones(
    model: Trained, vectors: np.ndarray
) -> None:
    recommender = made(model, vectors)
    for taste in range(TASTES):
        history = {str(taste): 4.0, str(taste + TASTES): 4.0}
        ranked = recommender.recommend(history, [], k=99, leave_out=history)
        found = [one for one in ranked if one.item in EVERY[MET:]]
        assert {one.item for one in found[:5]} == set(tasted(taste))
        for one in found[:5]:
            assert {(r.kind, r.object) for r in one.reasons} == {("item", i) for i in history}
        # They hold their own beside known items of other tastes.
        others = [one.score for one in ranked if int(one.item) % TASTES != taste]
        assert min(one.score for one in found[:5]) > np.mean(others) + np.std(others)
        unwanted = recommender.recommend(dict.fromkeys(history, -4.0), [], k=99, leave_out=history)
        last = [one.item for one in unwanted if one.item in EVERY[MET:]][-5:]
        assert set(last) == set(tasted(taste))


def test_reasons_of_a_new_item_are_what_its_score_is_made_of(
    model: Trained, vectors: np.ndarray
) -> None:
    even = replace(model, popularity=np.sign(model.popularity))
    recommender = made(even, vectors)
    history = {"1": 4.0, "5": 1.5}
    ranked = recommender.recommend(history, [], k=99, leave_out=history)
    found = [one for one in ranked if one.item in tasted(1)]
    for one in found:
        assert sum(reason.weight for reason in one.reasons) == pytest.approx(one.score, abs=1e-4)
        strongest = one.reasons[0]
        less = {item: value for item, value in history.items() if item != strongest.object}
        rest = recommender.recommend(less, [], k=99, leave_out=history)
        for item, score in scores(rest).items():
            if item == one.item:
                assert score < one.score


def test_where_content_says_nothing_a_new_item_is_an_average_one(model: Trained) -> None:
    chance = np.random.default_rng(11)
    noise = chance.normal(size=(len(EVERY), 24)).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    history = {"0": 4.0, "4": 4.0}
    ranked = made(model, noise).recommend(history, [], k=99, leave_out=history)
    new = [one for one in ranked if one.item in EVERY[MET:]]
    assert len({one.score for one in new}) == 1
    old = [one.score for one in ranked if one.item in EVERY[:MET]]
    assert min(old) < new[0].score < max(old)
    assert abs(new[0].score - np.mean(old)) < 0.5 * np.std(old)
    assert {reason.kind for one in new for reason in one.reasons} == {"new"}


def test_of_few_items_nothing_is_generalised(model: Trained, vectors: np.ndarray) -> None:
    known = np.arange(len(vectors)) < 6
    types = np.zeros(len(vectors), dtype=int)
    content = ContentMap(vectors, types, None, known)
    assert content.predicted(model.parts[0].out[:6]) is None
    known = np.arange(len(vectors)) < MET
    assert ContentMap(vectors, types, None, known).predicted(model.parts[0].out[:MET]) is not None


def test_types_and_numbers_tell_what_vectors_do_not() -> None:
    chance = np.random.default_rng(2)
    count = 200
    vectors = chance.normal(size=(count, 8)).astype(np.float32)
    types, numbers = chance.integers(0, 2, count), 50 * chance.random((count, 1))
    known = np.arange(count) < 150
    for own in (1.0 * types, numbers[:, 0]):
        targets = (own + 0.1 * own.std() * chance.normal(size=count)).astype(np.float32)[:, None]
        found = ContentMap(vectors, types, numbers, known).predicted(targets[known])
        assert found is not None
        assert np.corrcoef(found.targets[:, 0], own[~known])[0, 1] > 0.9


def test_a_new_user_gets_new_items_of_the_kind_that_is_popular(
    model: Trained, vectors: np.ndarray
) -> None:
    popularity = np.where(np.arange(MET + 2) % TASTES == 2, 200.0, 20.0).astype(np.float32)
    popularity[MET:] = 0
    recommender = made(replace(model, popularity=popularity), vectors)
    new = recommender.recommend({}, [], k=99, candidates=EVERY[MET:])
    assert {one.item for one in new[:5]} == set(tasted(2))
    # It is not said to be popular yet.
    assert [(r.kind, r.object) for r in new[0].reasons] == [("new", new[0].item)]


def test_a_like_for_a_new_item_raises_those_like_it(model: Trained, vectors: np.ndarray) -> None:
    recommender = made(model, vectors)
    liked = tasted(3)[0]
    ranked = recommender.recommend({liked: 4.0}, [], k=99, leave_out=[liked])
    first = [one.item for one in ranked[:10]]
    assert sum(int(item) % TASTES == 3 for item in first) >= 8
