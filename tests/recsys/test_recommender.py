from dataclasses import replace

import numpy as np
import pytest

from recsys import nearness
from recsys import recommender as recommending
from recsys.dataset import Interactions
from recsys.models import ease
from recsys.models.parts import Part
from recsys.nearness import LITTLE, MOST_TOTALS, Wish
from recsys.recommender import Recommended, Recommender
from recsys.training import Trained, train
from tests.recsys.data import unit

VECTORS = np.stack([unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1), unit(0, 1, 1)])
WINTER = Wish("topic", "winter", unit(0, 1, 0.2))


@pytest.fixture
def recommender(small: Trained) -> Recommender:
    """The items of the model, and `d`, which it has not met."""
    return Recommender(["a", "b", "c", "d"], ["course", "book", "live", "live"], VECTORS, small)


def order(ranked: list[Recommended]) -> list[str]:
    return [one.item for one in ranked]


def scores(ranked: list[Recommended]) -> dict[str, float]:
    return {one.item: one.score for one in ranked}


def test_a_new_user_gets_what_is_popular(recommender: Recommender) -> None:
    ranked = recommender.recommend({}, [], k=3, candidates="abc")
    assert order(ranked) == ["c", "b", "a"]
    assert [reason.kind for reason in ranked[0].reasons] == ["popular"]


def test_a_topic_brings_content_to_a_new_user(recommender: Recommender) -> None:
    ranked = recommender.recommend({}, [WINTER], k=4, candidates="abcd")
    assert order(ranked)[0] == "b"
    assert [(r.kind, r.object) for r in ranked[0].reasons] == [("topic", "winter")]


def test_without_a_model_content_decides() -> None:
    bare = Recommender(["a", "b", "c", "d"], ["course"] * 4, VECTORS)
    assert order(bare.recommend({"a": 4.0}, [WINTER], k=2, candidates="abcd")) == ["b", "d"]
    assert len(bare.recommend({}, [], k=2, candidates="abcd")) == 2


def test_one_act_moves_the_very_next_list(recommender: Recommender) -> None:
    before = recommender.recommend({}, [], k=3, candidates="bcd")
    after = recommender.recommend({"a": 4.0}, [], k=3, candidates="bcd")
    assert order(before)[0] == "c"
    assert order(after)[0] == "b"
    assert scores(after)["b"] > scores(before)["b"]
    assert [(r.kind, r.object) for r in after[0].reasons] == [("item", "a")]
    unwanted = recommender.recommend({"a": -3.0}, [], k=3, candidates="bcd")
    assert scores(unwanted)["b"] < scores(before)["b"]


def test_an_item_that_the_model_has_not_met_is_scored_by_content(recommender: Recommender) -> None:
    wish = Wish("asked", "", unit(0, 1, 1))
    with_wish = recommender.recommend({"a": 400.0}, [wish], k=4, candidates="bcd")
    without = recommender.recommend({"a": 400.0}, [], k=4, candidates="bcd")
    assert scores(with_wish)["d"] > scores(without)["d"]
    found = next(one for one in with_wish if one.item == "d")
    assert [reason.kind for reason in found.reasons] == ["asked"]
    # From three items nothing is generalised: it is an average item, no worse.
    assert scores(without)["b"] > scores(without)["d"] > scores(without)["c"]
    assert [r.kind for one in without if one.item == "d" for r in one.reasons] == ["new"]


def test_a_catalogue_that_is_all_new_is_scored(small: Trained) -> None:
    fresh = Recommender(["x", "y"], ["course"] * 2, VECTORS[:2], small)
    ranked = fresh.recommend({"a": 4.0}, [WINTER], k=2, candidates="xy")
    assert order(ranked) == ["y", "x"]
    assert np.isfinite([one.score for one in ranked]).all()


def test_lists_mix_types() -> None:
    # Each a little less near than the one before, the book last.
    vectors = np.stack([unit(1, away) for away in (0.1, 0.11, 0.12, 0.121)])
    mixed = Recommender(["a", "b", "c", "d"], ["live", "live", "live", "book"], vectors)
    ranked = mixed.recommend({}, [Wish("asked", "", unit(1, 0))], k=4, candidates="abcd")
    alone = mixed.recommend({}, [Wish("asked", "", unit(1, 0))], k=4, candidates="abc")
    assert order(alone) == ["a", "b", "c"]
    assert order(ranked) == ["a", "b", "d", "c"]
    assert scores(ranked)["c"] > scores(ranked)["d"]
    standings = [one.standing for one in ranked]
    assert standings == sorted(standings, reverse=True)


def test_lists_mix_free_and_dear() -> None:
    vectors = np.stack([unit(1, away) for away in (0.1, 0.11, 0.12, 0.121)])
    prices = np.array([200.0, 200.0, 200.0, 0.0])
    asked = [Wish("asked", "", unit(1, 0))]
    priced = Recommender(list("abcd"), ["course"] * 4, vectors, prices=prices)
    assert order(priced.recommend({}, asked, k=4, candidates="abcd")) == ["a", "b", "d", "c"]
    level = Recommender(list("abcd"), ["course"] * 4, vectors, prices=np.full(4, 200.0))
    assert order(level.recommend({}, asked, k=4, candidates="abcd")) == ["a", "b", "c", "d"]


def test_only_candidates_are_listed_and_never_more_than_there_are(recommender: Recommender) -> None:
    assert sorted(order(recommender.recommend({}, [], k=99, candidates="ad"))) == ["a", "d"]
    assert recommender.recommend({"a": 1.0}, [WINTER], k=5, candidates=[]) == []
    assert recommender.recommend({}, [], k=5, candidates=["gone"]) == []
    assert recommender.recommend({}, [], k=0, candidates="abc") == []
    one = recommender.recommend({"gone": 2.0, "b": 1.0}, [WINTER], k=5, candidates="a")
    assert order(one) == ["a"]
    assert np.isfinite(one[0].score)


def test_reasons_are_what_the_score_is_made_of(small: Trained) -> None:
    alike = replace(small, popularity=np.ones(3, dtype=np.float32))
    recommender = Recommender(["a", "b", "c"], ["live"] * 3, VECTORS[:3], alike)
    best = recommender.recommend({"a": 4.0}, [WINTER], k=3, candidates="bc")[0]
    assert best.item == "b"
    assert {(r.kind, r.object) for r in best.reasons} == {("item", "a"), ("topic", "winter")}
    assert sum(r.weight for r in best.reasons) == pytest.approx(best.score)
    assert best.reasons[0].weight >= best.reasons[1].weight


def test_without_the_signal_that_is_named_the_item_scores_lower(
    interactions: Interactions, trained: Trained
) -> None:
    items = list(interactions.items)
    chance = np.random.default_rng(5)
    vectors = chance.normal(size=(len(items), 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    recommender = Recommender(items, ["course"] * len(items), vectors, trained)
    wishes = [Wish("asked", str(n), v) for n, v in enumerate(vectors[:3])]
    named = lower = 0
    for user in range(0, 300, 5):
        acts = interactions.matrix[user]
        history = {
            items[column]: float(value)
            for column, value in zip(acts.indices, acts.data, strict=True)
        }
        unseen = [item for item in items if item not in history]
        ranked = recommender.recommend(history, wishes, k=len(unseen), candidates=unseen)
        for one in ranked[:3]:
            reason = one.reasons[0]
            if reason.kind == "popular":
                continue
            less = {item: value for item, value in history.items() if item != reason.object}
            left = [wish for wish in wishes if wish.object != reason.object]
            rest = recommender.recommend(less, left, k=len(unseen), candidates=unseen)
            named += 1
            lower += scores(rest)[one.item] < one.score
    assert named > 100
    # Scores are compared after standardising anew, which now and then outweighs a small signal.
    assert lower >= 0.99 * named


def test_an_item_item_model_is_served_exactly(interactions: Interactions) -> None:
    """Scores are the history's rows of EASE's weights, and each reason is one of these rows."""
    items = list(interactions.items)
    trained = train(interactions, (ease.Settings(50.0),))
    assert trained.settings == {"model": "ease", "ridge": 50.0, "dropout": 0.0}
    fitted = ease.EASE(ease.Settings(50.0))
    fitted.fit(interactions.matrix)
    weights = fitted.weights
    vectors = np.ones((len(items), 2), dtype=np.float32)
    even = replace(trained, popularity=np.ones(len(items), dtype=np.float32))
    recommender = Recommender([*items, "new"], ["x"] * (len(items) + 1), vectors[[0] * 49], even)
    rows = [3, 10, 20]
    history = dict(zip((items[row] for row in rows), (4.0, 1.5, -3.0), strict=True))
    history["gone"] = 2.0
    ranked = recommender.recommend(history, [], k=99, leave_out=list(history))
    parts = np.array([np.log1p(4.0), np.log1p(1.5), -np.log1p(3.0)])[:, None] * weights[rows]
    parts -= np.delete(parts, rows, axis=1).mean(axis=1, keepdims=True)
    truth = dict(zip(items, parts.sum(axis=0), strict=True)) | {"new": 0.0}
    left = [item for item in truth if item not in history]
    assert order(ranked) == sorted(left, key=lambda item: -truth[item])
    scale = ranked[0].score / truth[ranked[0].item]
    assert scores(ranked) == pytest.approx({i: scale * truth[i] for i in left}, abs=1e-4)
    for one in ranked:
        for reason in one.reasons:
            if reason.kind == "item":
                part = parts[list(history).index(reason.object), items.index(one.item)]
                assert reason.weight == pytest.approx(scale * part, abs=1e-4)


def test_sums_kept_of_other_lists_change_none() -> None:
    chance = np.random.default_rng(7)
    count = 3 * MOST_TOTALS * LITTLE
    vectors = chance.normal(size=(count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = [f"item-{n}" for n in range(count)]
    model = Trained(
        items=tuple(names),
        parts=(Part.folded(chance.normal(size=(count, 4)).astype(np.float32)),),
        popularity=np.ones(count, dtype=np.float32),
        settings={},
    )
    history, wish = {names[3]: 2.0, names[9]: -1.0}, Wish("asked", "", vectors[5])

    def made() -> Recommender:
        return Recommender(names, ["course", "book"] * (count // 2), vectors, model)

    kept = made()
    choices = [chance.random(count) < 0.7 for _ in range(MOST_TOTALS + 2)]
    for near in (0, 1, 5, LITTLE):
        for choice in choices:
            allowed = choice.copy()
            allowed[chance.integers(0, count, near)] ^= True
            found = kept.recommend(history, [wish], k=5, candidates=allowed)
            anew = made().recommend(history, [wish], k=5, candidates=allowed)
            assert order(found) == order(anew)
            assert scores(found) == pytest.approx(scores(anew), abs=1e-4)
            assert [one.reasons[0].object for one in found] == [
                one.reasons[0].object for one in anew
            ]
    for sums in (kept._content._sums, kept._learned._parts[0]._sums):
        assert len(sums._kept) == MOST_TOTALS


def like_an_encoder(chance: np.random.Generator, count: int, d: int = 384) -> np.ndarray:
    """Vectors in many directions, with a large common part along which they hardly differ."""
    common = unit(*chance.normal(size=d))
    vectors = chance.normal(size=(count, d)) / np.arange(1, d + 1) ** 0.5
    vectors *= 0.5 / np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors += np.outer(0.9 + 0.08 * chance.normal(size=count) - vectors @ common, common)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, dtype=np.float32)


def test_a_large_catalogue_is_ranked_as_if_all_were_scored_exactly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = np.random.default_rng(7)
    count, people = 12_000, 40
    every = like_an_encoder(chance, count + people)
    vectors, asked = every[:count], every[count:]
    names = [f"item-{n}" for n in range(count)]
    types = [("course", "book", "live")[n % 3] for n in range(count)]
    prices = chance.integers(-200, 300, count).clip(0).astype(float)
    allowed = chance.random(count) < 0.7

    def lists() -> list[tuple[list[str], list[int]]]:
        made = Recommender(names, types, vectors, prices=prices)
        return [
            (
                order(made.recommend({}, [Wish("asked", "", one)], k=4, candidates=allowed)),
                made.nearest(one, allowed, 4),
            )
            for one in asked
        ]

    quick = lists()
    monkeypatch.setattr(nearness, "EXACT_ITEMS", count)
    monkeypatch.setattr(recommending, "MARGIN", count)
    exact = lists()
    for place in (0, 1):
        same = sum(one[place] == truth[place] for one, truth in zip(quick, exact, strict=True))
        assert same >= 0.95 * people
