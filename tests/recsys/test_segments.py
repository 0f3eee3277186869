"""Features and segments, on behaviour whose archetypes are known because they were planted."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from recsys import segment_files
from recsys.dataset import TooLittleData
from recsys.features import Attributes, Features, correct, features, settled
from recsys.log import Log, Signal
from recsys.segments import ENOUGH, Segments, fit
from sample.behaviour import WINDOW, generate
from sample.catalogue import Catalogue
from sample.people import TOPICS, draw_people
from tests.recsys.conftest import ITEMS
from tests.recsys.data import NOW, signal

USERS, SEED = 900, 7


def attributes() -> Attributes:
    """Items of the sample and its topics, by topic and type."""
    types = sorted({item["type"] for item in ITEMS})
    names = [f"topic.{topic}" for topic in TOPICS] + [f"type.{kind}" for kind in types]
    things = [item["id"] for item in ITEMS] + [f"topic.{topic}" for topic in TOPICS]
    matrix = np.zeros((len(things), len(names)), dtype=np.float32)
    for row, item in enumerate(ITEMS):
        for topic in item["topics"]:
            matrix[row, names.index(f"topic.{topic}")] = 1 / len(item["topics"])
        matrix[row, names.index(f"type.{item['type']}")] = 1
    for row, topic in enumerate(TOPICS, start=len(ITEMS)):
        matrix[row, names.index(f"topic.{topic}")] = 1
    return Attributes(tuple(things), tuple(names), matrix)


@pytest.fixture(scope="module")
def people() -> Features:
    signals = [
        Signal(
            act.user,
            act.object if act.object_type == "item" else f"topic.{act.object}",
            act.verb,
            act.value,
            act.occurred_at,
        )
        for act in generate(ITEMS, users=USERS, seed=SEED, now=NOW).signals
    ]
    return features(Log.of(signals), attributes(), NOW)


@pytest.fixture(scope="module")
def segments(people: Features) -> Segments:
    return fit(people)


def planted() -> dict[int, int]:
    """The archetype that each user was drawn from."""
    chance = np.random.default_rng(SEED)
    drawn = draw_people(chance, USERS, Catalogue.of(ITEMS, NOW - WINDOW, NOW, chance).brands)
    return {user.id: int(kind) for user, kind in zip(drawn.users, drawn.archetype, strict=True)}


def test_segments_recover_what_was_planted(people: Features, segments: Segments) -> None:
    kinds = planted()
    known = people.matrix[:, : len(TOPICS)].sum(axis=1) >= ENOUGH
    assert known.mean() > 0.7
    truth = np.array([kinds[user] for user in people.users])
    placed = segments.place(people.matrix)
    assert adjusted_rand_score(truth[known], placed[known]) > 0.5
    assert sum(segments.sizes) == len(people.users)
    assert segments.silhouette > 0.2
    assert segments.stability > 0.6
    assert all(segments.top(n)[0].startswith("topic.") for n in range(len(segments.ids)))


def test_ids_stay_when_other_users_are_there(people: Features, segments: Segments) -> None:
    rows = np.random.default_rng(1).choice(len(people.users), len(people.users) * 4 // 5, False)
    rows.sort()
    others = Features(tuple(people.users[n] for n in rows), people.names, people.matrix[rows])
    again = fit(others, last=segments)
    before = np.array(segments.ids)[segments.place(others.matrix)]
    after = np.array(again.ids)[again.place(others.matrix)]
    assert (before == after).mean() > 0.75
    # The order of the last ones says nothing: an id follows its centroid.
    turned = replace(segments, ids=segments.ids[::-1], centroids=segments.centroids[::-1])
    assert fit(people, last=turned).ids == segments.ids


def test_a_segment_that_was_not_there_gets_a_new_id(people: Features, segments: Segments) -> None:
    elsewhere = replace(segments, centroids=segments.centroids + 10)
    ids = fit(people, last=elsewhere).ids
    assert min(ids) >= segments.next_id
    assert not set(ids) & set(segments.ids)


def test_the_same_users_give_the_same_segments(people: Features, segments: Segments) -> None:
    assert (fit(people).centroids == segments.centroids).all()


def test_too_few_users_make_no_segments(people: Features) -> None:
    few = Features(people.users[:40], people.names, people.matrix[:40])
    with pytest.raises(TooLittleData, match="segments need at least 60"):
        fit(few)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kinds", [1, 2, 3])
def test_people_who_are_alike_make_as_many_segments_as_there_are_kinds(kinds: int) -> None:
    topics = ("course-ev", "course-winter", "course-insurance")[:kinds]
    acts = [
        Signal(user, item, verb, None, NOW)
        for user in range(120)
        for item in [topics[0 if user > 10 else user % kinds]]
        for verb in ("purchased", "liked", "completed", "shared", "attended")
    ]
    acts = [one for act in acts for one in (act, act._replace(item=f"topic.{TOPICS[0]}"))]
    found = features(Log.of(acts), attributes(), NOW)
    rich = replace(found, matrix=found.matrix * 9)
    segments = fit(rich)
    assert len(segments.ids) == kinds
    assert sum(segments.sizes) == 120
    assert min(segments.sizes) > 0
    assert fit(rich, last=segments).ids == segments.ids
    # Whoever chose another leaves no empty one behind.
    small = segments.sizes.index(min(segments.sizes))
    if kinds > 1:
        there = {
            user: segments.ids[small - 1]
            for user, place in zip(rich.users, segments.place(rich.matrix), strict=True)
            if place == small
        }
        left = fit(rich, last=segments, chosen=there)
        assert segments.ids[small] not in left.ids
        assert sum(left.sizes) == 120


def test_features_tell_topics_types_depth_and_recency() -> None:
    things = attributes()
    acts = [
        signal(1, "topic.ev", "asked", days_ago=30),
        signal(1, "course-ev", "completed", days_ago=60),
        signal(2, "course-ev", "dismissed"),
    ]
    found = features(Log.of(acts), things, NOW)
    assert found.users == (1,)  # who only turned down has no interest to show
    row = dict(zip(found.names, found.matrix[0], strict=True))
    assert row["topic.ev"] > row["topic.battery"] > 0 == row["topic.winter"]
    assert row["type.course"] > 0
    assert (row["funnel.asked"], row["funnel.finished"], row["funnel.looked"]) == (1, 1, 0)
    assert row["recency.lately"] == pytest.approx(0.5)


def test_corrections_move_or_take_away() -> None:
    names = ("topic.ev", "topic.hybrid", "topic.winter")
    row = np.array([3.0, 1.0, 2.0], dtype=np.float32)
    correct(row, names, {"topic.ev": "topic.hybrid", "topic.winter": None, "topic.gone": None})
    assert row.tolist() == [0, 4, 0]
    # What was put in its place is rejected later on.
    chain = np.array([3.0, 1.0, 2.0], dtype=np.float32)
    correct(chain, names, {"topic.ev": "topic.hybrid", "topic.hybrid": "topic.winter"})
    assert chain.tolist() == [0, 0, 6]
    gone = np.array([3.0, 1.0, 2.0], dtype=np.float32)
    correct(gone, names, {"topic.ev": "topic.hybrid", "topic.hybrid": None})
    assert gone.tolist() == [0, 0, 2]
    assert settled("topic.a", {"topic.a": "topic.b", "topic.b": "topic.a"}) is None


def test_versions_come_back_and_damage_falls_back(segments: Segments, tmp_path: Path) -> None:
    assert segment_files.load(tmp_path) is None
    first = segment_files.save(tmp_path, segments)
    second = segment_files.save(tmp_path, replace(segments, next_id=99))
    version, found = segment_files.load(tmp_path) or ("", segments)
    assert (version, found.next_id, found.ids) == (second, 99, segments.ids)
    assert (found.centroids == segments.centroids).all()
    (tmp_path / "versions" / second / segment_files.ARRAYS).write_bytes(b"x")
    version, found = segment_files.load(tmp_path) or ("", segments)
    assert (version, found.next_id) == (first, segments.next_id)
