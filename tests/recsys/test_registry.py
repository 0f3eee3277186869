"""What is promised of every model, whichever file it is in."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import sparse

from recsys import artefacts
from recsys.models import blend, ease, graph_filter, history, ials
from recsys.models.base import Model, NotFitted, Unfit
from recsys.models.registry import BLEND, NAMES, OURS, PEERS, described, made
from recsys.models.served import Served
from recsys.recommender import Recommender
from recsys.training import Trained
from tests.recsys.test_models import SETTINGS, checkerboard

SMALL: dict[str, Any] = SETTINGS | {
    "embeddings": OURS["embeddings"].settings("softmax", factors=8, rate=0.05, epochs=20, batch=64)
}
SERVED = (*OURS, BLEND)


def model_of(name: str) -> Model:
    """Small enough to be quick."""
    if name != BLEND:
        family = (OURS | PEERS)[name]
        return family.make(SMALL.get(name, family.grid[0]))
    members = {one: described(model_of(one)) for one in ("ease", "graph_filter", "ials", "history")}
    return made({"model": BLEND, "weights": dict.fromkeys(members, 0.25), "members": members})


def test_names_are_unique_and_every_file_of_a_model_is_listed() -> None:
    assert len(set(NAMES)) == len(NAMES) == len(OURS) + 1 + len(PEERS)
    folder = Path(ease.__file__).parent
    files = {file.stem for file in folder.glob("*.py") if "Family(" in file.read_text("utf-8")}
    assert files == set(OURS) | {"peers"}


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_written_down_and_read_again(name: str) -> None:
    told = described(model_of(name))
    assert told["model"] == name
    assert described(made(json.loads(json.dumps(told)))) == told
    with pytest.raises(ValidationError, match="unheard_of"):
        made(told | {"unheard_of": 1})
    for family in (OURS | PEERS).values():
        for settings in (*family.grid, *family.quick):
            assert described(family.make(settings))["model"] == family.name


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "ease", "ridge": 0},
        {"model": "ease", "dropout": 1},
        {"model": "ials", "factors": -1},
        {"model": "history", "share": 1.5},
        {"model": "embeddings", "loss": "hinge"},
        {"model": "blend", "weights": {"ease": -1}, "members": {"ease": {"model": "ease"}}},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(wrong)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_told_before_anything_was_learned(name: str) -> None:
    model = model_of(name)
    for asked in (lambda: model.scores(np.arange(2)), model.parts):
        with pytest.raises(NotFitted, match="call fit first"):
            asked()


@pytest.mark.parametrize("name", SERVED)
def test_a_second_fit_gives_the_same(name: str) -> None:
    matrix, _ = checkerboard()
    model, again = model_of(name), model_of(name)
    for one in (model, again, again):
        one.fit(matrix)
    users = np.arange(matrix.shape[0])
    assert np.allclose(model.scores(users), again.scores(users), atol=1e-5)
    for part, other in zip(model.parts(), again.parts(), strict=True):
        assert np.allclose(part.out, other.out, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in SERVED if name != "popularity"])
def test_who_comes_later_is_served_by_their_history(name: str) -> None:
    matrix, missing = checkerboard()
    model = model_of(name)
    model.fit(matrix)
    scores = Served(model.parts(), matrix).scores(np.arange(len(missing)))
    scores[matrix.toarray() > 0] = -np.inf
    assert (scores.argmax(axis=1) == missing).all()
    nobody = sparse.csr_matrix((1, matrix.shape[1]), dtype=np.float32)
    assert (Served(model.parts(), nobody).scores(np.arange(1)) == 0).all()


@pytest.mark.parametrize("name", SERVED)
def test_what_is_saved_is_served_the_same(name: str, tmp_path: Path) -> None:
    matrix, missing = checkerboard()
    model = model_of(name)
    model.fit(matrix)
    items = tuple(f"item-{n}" for n in range(matrix.shape[1]))
    popular = np.asarray(matrix.getnnz(axis=0), dtype=np.float32)
    trained = Trained(items, tuple(model.parts()), popular, described(model))
    artefacts.save(tmp_path, trained)
    loaded = artefacts.load(tmp_path)
    assert loaded is not None
    assert loaded[1].settings == described(model)
    vectors = np.zeros((len(items), 2), dtype=np.float32)
    for user in range(4):
        taken = dict.fromkeys((items[n] for n in matrix[user].indices), 4.0)
        lists = [
            Recommender(items, ["course"] * len(items), vectors, one).recommend(
                taken, [], k=3, leave_out=taken
            )
            for one in (trained, loaded[1])
        ]
        assert lists[0] == lists[1]
        if name != "popularity":
            assert lists[0][0].item == items[missing[user]]
            assert lists[0][0].reasons[0].kind == "item"


def test_peers_are_only_measured() -> None:
    matrix, _ = checkerboard()
    for name in PEERS:
        model = model_of(name)
        model.fit(matrix)
        with pytest.raises(Unfit, match="not to be served"):
            model.parts()


def test_a_blend_of_item_item_models_is_served_as_one() -> None:
    matrix, _ = checkerboard()
    members: dict[str, Model] = {
        "ease": ease.EASE(),
        "graph_filter": graph_filter.GraphFilter(graph_filter.Settings(4)),
        "ials": ials.IALS(ials.Settings(4)),
        "history": history.HistoryModel(history.Settings(4, epochs=2)),
    }
    mixed = blend.Blend(members, blend.Settings(dict.fromkeys(members, 0.25)))
    mixed.fit(matrix)
    assert [part.is_item_item for part in mixed.parts()] == [True, False, False]
    total = np.zeros(matrix.shape)
    for member in members.values():
        scores = Served(member.parts(), matrix).scores(np.arange(matrix.shape[0]))
        left = matrix.toarray() == 0
        spread = np.exp(np.mean([np.log(s[m].std()) for s, m in zip(scores, left, strict=True)]))
        total += 0.25 * scores / spread
    assert Served(mixed.parts(), matrix).scores(np.arange(48)) == pytest.approx(total, rel=1e-3)
