import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner, Result

from bot.cli import app
from recsys import metrics, tuning
from recsys.evaluation import evaluate
from recsys.folders import Folder, read
from recsys.models import ease, graph_filter, ials, item_knn, peers, popularity
from recsys.models.base import Family, Model, binary
from recsys.models.blend import Blend, Leaders, choose_weights, leaders, near, spreads
from recsys.models.blend import Settings as Weights
from recsys.models.embeddings import FAMILY, EmbeddingModel, Settings
from recsys.models.registry import OURS
from recsys.splits import Validation, hold_out
from recsys.tuning import choose, rank, tune

QUICK = ("popularity", "item_knn", "ease", "blend")


def planted(folder: Path, users: int = 300, items: int = 40) -> Path:
    """Four taste groups, each with ten items of its own; a user takes six of their group's."""
    chance = np.random.default_rng(3)
    train, test = [], []
    for user in range(users):
        own = 4 * chance.choice(items // 4, 8, replace=False) + user % 4
        train.append(f"{user} {' '.join(map(str, own[:6]))}")
        test.append(f"{user} {' '.join(map(str, own[6:]))}")
    (folder / "train.txt").write_text("\n".join(train), "utf-8")
    (folder / "test.txt").write_text("\n".join([*test, "999 1 2"]), "utf-8")
    return folder


def sparse_log(seed: int, several: float, users: int = 3000, items: int = 60) -> Folder:
    """Paid courses: most take one, by popularity alone; `several` is the share who take more."""
    chance = np.random.default_rng(seed)
    weight = 1 / np.arange(1, items + 1) ** 1.1
    weight /= weight.sum()
    pairs: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for user in range(users):
        count = 1 + (chance.random() < several) * (1 + chance.poisson(0.4))
        own = chance.choice(items, count + 1, replace=False, p=weight)
        pairs[True] += [(user, item) for item in own[:-1]]
        pairs[False] += [(user, own[-1])]

    def matrix(found: list[tuple[int, int]]) -> sparse.csr_matrix:
        rows, columns = np.array(found).T
        ones = np.ones(len(found), dtype=np.float32)
        return sparse.csr_matrix((ones, (rows, columns)), shape=(users, items))

    return Folder(matrix(pairs[True]), None, matrix(pairs[False]), None, 0, 0)


@pytest.mark.parametrize(("seed", "several"), [(1, 0.3), (2, 0.1), (3, 0.005)])
def test_on_a_sparse_log_the_best_never_loses_to_popularity(
    seed: int, several: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OURS, "ials", Family(ials.IALS, ials.GRID[::4]))  # they take most of it
    result = evaluate(sparse_log(seed, several), (*QUICK, "ials"))
    rows = result["models"]
    for metric in ("recall@10", "ndcg@10", "ndcg@20"):
        assert rows[result["best"]][metric] >= rows["popularity"][metric]
    if several == 0.005:
        assert result["validation"] == "too few users to validate on"
        assert result["best"] == "popularity"


def test_luck_is_no_lead() -> None:
    chance = np.random.default_rng(0)
    floor = chance.random(400)
    noise = chance.normal(0, 0.3, 400)
    lucky = floor + noise - noise.mean() + 0.03
    assert choose({"popularity": floor, "ease": lucky}) == "popularity"
    assert choose({"popularity": floor, "ease": lucky + 0.1}) == "ease"
    assert choose({"popularity": None, "ease": None}) == "popularity"
    assert choose({"ease": floor, "implicit_als": floor + 1}) == "ease"
    assert choose({"implicit_bpr": floor, "implicit_als": floor + 1}) == "implicit_als"
    # A blend is as clear as a model only where its weights can't be luck.
    assert choose({"item_knn": floor - 1, "ease": floor, "blend": lucky}) == "ease"
    assert choose({"item_knn": floor - 1, "ease": floor, "blend": lucky + 0.1}) == "blend"
    assert choose({"ease": None, "blend": None}) == "ease"
    assert choose({"blend": floor, "implicit_als": floor + 1}) == "blend"


def test_only_models_near_the_best_are_blended(tmp_path: Path) -> None:
    models = evaluate(read(planted(tmp_path), "lightgcn"), QUICK)["models"]
    best = max(row["validation_ndcg@20"] for row in models.values())
    assert models["popularity"]["validation_ndcg@20"] < 0.5 * best
    assert "popularity" not in models["blend"]["settings"]["weights"]
    assert near({"ease": 0.4, "ials": 0.385, "item_knn": 0.37}) == ["ease", "ials"]
    assert near({"ease": -1.0, "ials": -1.0}) == ["ease", "ials"]


def test_a_small_log_is_held_out_three_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path)
    asked: list[int] = []

    def watched(batches: list[Leaders], truth: list[sparse.csr_matrix], k: int) -> dict[str, float]:
        asked.append(sum(part.nnz for part in truth))
        return choose_weights(batches, truth, k)

    def led(
        members: dict[str, ease.EASE],
        spread: dict[str, float],
        users: np.ndarray,
        seen: sparse.csr_matrix,
    ) -> Leaders:
        # A model that was fitted on what it must find would be weighed by what it remembers.
        assert members
        for member in members.values():
            assert (member.matrix != binary(seen)).nnz == 0
        return leaders(members, spread, users, seen)

    monkeypatch.setattr(tuning, "choose_weights", watched)
    monkeypatch.setattr(tuning, "leaders", led)
    folder = read(tmp_path, "lightgcn")
    assert str(evaluate(folder, QUICK)["validation"]).endswith(", 3 times")
    dated = replace(folder, times=folder.train)  # the latest are held out, and these are the same
    evaluate(dated, QUICK)
    (tmp_path / "valid.txt").write_bytes((tmp_path / "test.txt").read_bytes())
    own = read(tmp_path, "lightgcn")
    evaluate(own, QUICK)
    assert own.valid is not None
    assert asked == [3 * 300, 300, own.valid.nnz]


def test_settings_are_judged_by_all_hold_outs_together(tmp_path: Path) -> None:
    train = read(planted(tmp_path), "lightgcn").train
    parts = [part for seed in (0, 1, 2) if (part := hold_out(train, seed=seed))]
    family = replace(ease.FAMILY, grid=[ease.Settings(50.0)])
    alone = [tune(family, train, [part]).quality for part in parts]
    together = tune(family, train, parts)
    assert together.quality is not None
    assert together.quality.tolist() == [one for part in alone if part is not None for one in part]
    assert (together.model.matrix != binary(parts[-1].known)).nnz == 0


def test_settings_are_chosen_on_validation_and_the_test_file_is_not_looked_at(
    tmp_path: Path,
) -> None:
    folder = read(planted(tmp_path), "lightgcn")
    other = Folder(folder.train, None, folder.train[::-1].tocsr(), None, 0, 0)
    first, second = evaluate(folder, QUICK), evaluate(other, QUICK)
    for name in QUICK:
        assert first["models"][name]["settings"] == second["models"][name]["settings"]
        of = "validation_ndcg@20"
        assert first["models"][name][of] == second["models"][name][of]
    assert first["best"] == second["best"] != "popularity"
    parts = [part for part in [hold_out(folder.train)] if part]
    either = Family("either", object, lambda kind: kind(), [popularity.Popularity, ease.EASE])
    assert isinstance(tune(either, folder.train, parts).model, ease.EASE)


def test_only_on_a_large_log_short_fits_choose_what_is_fitted_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = read(planted(tmp_path), "lightgcn").train
    slow = Settings("sampled_softmax", 8, 0.0, 0.03, epochs=16, batch=64, negatives=40)
    grid = [replace(slow, rate=rate) for rate in (0.003, 0.3, 0.1, 0.03)]

    def rate() -> float:
        parts = [part for part in [hold_out(train)] if part]
        return float(tune(replace(FAMILY, grid=grid), train, parts).model.settings.rate)

    assert rate() == 0.03
    monkeypatch.setattr(tuning, "SMALL", train.nnz - 1)
    assert rate() == 0.1


def test_with_a_file_of_its_own_validation_data_is_not_fitted(tmp_path: Path) -> None:
    planted(tmp_path)
    (tmp_path / "valid.txt").write_bytes((tmp_path / "test.txt").read_bytes())
    result = evaluate(read(tmp_path, "lightgcn"), ("popularity", "ease"))
    row = result["models"]["ease"]
    # Had the items of valid been fitted or left out of rankings, none would be found.
    assert row["ndcg@20"] == row["validation_ndcg@20"] > 0.5
    assert result["validation"] == "the folder's own"


def test_a_blend_is_no_worse_than_its_best_member(tmp_path: Path) -> None:
    train = read(planted(tmp_path), "lightgcn").train
    validation = hold_out(train)
    assert isinstance(validation, Validation)
    members = {"ease": ease.EASE(), "popularity": popularity.Popularity()}
    for member in members.values():
        member.fit(validation.known)
    users = validation.users(200)
    leading = leaders(members, spreads(members, validation.known), users, validation.known)
    weights = choose_weights([leading], [validation.truth[users]], 20)
    assert sum(weights.values()) == pytest.approx(1)

    def quality(model: Blend | ease.EASE) -> float:
        lists = rank(model, validation.known, users)
        return float(metrics.of_lists(lists, validation.truth[users], 20)[1].mean())

    blend = Blend(members, Weights(weights))
    blend.fit(validation.known)
    assert quality(blend) >= quality(members["ease"]) - 1e-9


@pytest.mark.parametrize("dense_items", [6000, 10])
def test_a_blend_adds_up_each_model_by_its_spread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dense_items: int
) -> None:
    monkeypatch.setattr(item_knn, "DENSE_ITEMS", dense_items)
    monkeypatch.setattr(graph_filter, "DENSE_ITEMS", dense_items)
    train = read(planted(tmp_path), "lightgcn").train
    members: dict[str, Model] = {
        "popularity": popularity.Popularity(),
        "item_knn": item_knn.ItemKNN(),
        "ease": ease.EASE(),
        "graph_filter": graph_filter.GraphFilter(graph_filter.Settings(8)),
        "ials": ials.IALS(),
        "embeddings": EmbeddingModel(Settings("sampled_softmax", 8, epochs=2)),
    }
    for member in members.values():
        member.fit(train)
    some = list(members)
    for names in (some, some[:3], some[4:], ["popularity", "ials"]):
        weights = {name: 1.0 + n for n, name in enumerate(names)}
        blend = Blend(members, Weights(weights))
        blend.fit(train)
        users = np.arange(5)
        unseen = train[users].toarray() == 0
        expected = np.zeros(unseen.shape)
        for name in names:
            scores = members[name].scores(np.arange(train.shape[0]))
            left = train.toarray() == 0
            by_user = [
                own[free].std() for own, free in zip(scores, left, strict=True) if ~free.all()
            ]
            expected += weights[name] * scores[users] / np.exp(np.log(by_user).mean())
        assert blend.scores(users)[unseen] == pytest.approx(expected[unseen], rel=1e-3)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["recsys", "evaluate", *arguments])


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    planted(tmp_path)
    wanted = "popularity,graph_filter,blend,implicit_als"
    done = command(str(tmp_path), "--protocol", "lightgcn", "--models", wanted, "--json")
    assert done.exit_code == 0
    result = json.loads(done.stdout)
    counts = {key: result[key] for key in ("users", "items", "train", "test", "new_test_users")}
    assert counts == {"users": 301, "items": 40, "train": 1800, "test": 600, "new_test_users": 1}
    assert sorted(result["models"]) == sorted(wanted.split(","))
    for row in result["models"].values():
        assert set(row) >= {"recall@10", "ndcg@10", "recall@20", "ndcg@20"}
        assert set(row) >= {"fit_s", "users_per_s", "settings"}
    assert result["best"] in ("graph_filter", "blend")
    best = result["models"][result["best"]]
    assert best["recall@10"] > 0.95 > 0.6 > result["models"]["popularity"]["recall@10"]


def test_the_command_tells_what_is_wrong(tmp_path: Path) -> None:
    none = command(str(tmp_path), "--protocol", "lightgcn")
    assert (none.exit_code, none.stdout) == (1, "")
    assert "has no train.txt" in none.stderr
    unknown = command(str(tmp_path), "--protocol", "lightgcn", "--models", "ease,magic")
    assert unknown.exit_code == 2
    assert "There is no model magic" in unknown.stderr
    assert command(str(tmp_path), "--protocol", "excel").exit_code == 2


def test_a_model_that_does_not_fit_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(
        "user,item\n" + "\n".join(f"{n % 900},{n}" for n in range(13_000)), "utf-8"
    )
    (tmp_path / "test.csv").write_text("user,item\n0,5\n", "utf-8")
    done = command(str(tmp_path), "--protocol", "csv", "--models", "ease,popularity")
    assert done.exit_code == 0
    assert "ease: left out, it inverts a dense matrix" in done.stdout
    assert "Best on validation: popularity" in done.stdout


def test_without_the_package_implicit_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _: None)
    result = evaluate(read(planted(tmp_path), "lightgcn"), ("popularity", "implicit_als"))
    assert list(result["models"]) == ["popularity"]
    assert "pip install 'chezhi[peers]'" in result["skipped"]["implicit_als"]
