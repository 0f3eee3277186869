from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.metrics.pairwise import cosine_similarity

from recsys.evaluation import rank
from recsys.models import ease, embeddings, graph_filter, history, ials, item_knn, peers
from recsys.models.base import Model, Unfit, binary, in_columns, sums
from recsys.models.registry import OURS, PEERS

FAMILIES = {name: family for name, family in (OURS | PEERS).items() if name != "popularity"}
# Enough to learn eight items by heart, quickly; what isn't named has the grid's first settings.
SETTINGS: dict[str, Any] = {
    "item_knn": item_knn.Settings(shrink=0),
    "ease": ease.Settings(ridge=1),
    "graph_filter": graph_filter.Settings(factors=2),
    "ials": ials.Settings(factors=4, ridge=0.001),
    "history": history.Settings(factors=8, rate=0.05, epochs=40, batch=16),
    "implicit_als": peers.ALSSettings(factors=3, regularization=0.0, alpha=5.0),
    "implicit_bpr": peers.BPRSettings(factors=8, regularization=0.001, epochs=100),
}
LOSSES = {
    loss: embeddings.Settings(loss, factors=8, rate=0.05, epochs=20, batch=64, negatives=8)
    for loss in ("softmax", "bpr", "mse", "sampled_softmax", "cosine_contrastive")
}
LOSSES["mse"] = replace(LOSSES["mse"], negative_weight=1.0)
LOSSES["cosine_contrastive"] = replace(LOSSES["cosine_contrastive"], negative_weight=2.0)
CASES = {
    **{n: (f, SETTINGS.get(n, f.grid[0])) for n, f in FAMILIES.items() if n != "embeddings"},
    **{f"embeddings-{n}": (OURS["embeddings"], s) for n, s in LOSSES.items()},
}


def checkerboard(users: int = 48, items: int = 12) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Even users take even items, odd users odd ones, and each lacks one of theirs: what it lacks
    is the one right answer."""
    board = (np.arange(users)[:, None] + np.arange(items)) % 2 == 0
    missing = (2 * (np.arange(users) // 2) + np.arange(users) % 2) % items
    board[np.arange(users), missing] = False
    return sparse.csr_matrix(board.astype(np.float32)), missing


def some_matrix(users: int = 40, items: int = 15, seed: int = 2) -> sparse.csr_matrix:
    chance = np.random.default_rng(seed)
    taken = chance.random((users, items)) < 0.3
    taken[np.arange(users), np.arange(users) % items] = True
    weights = np.where(taken, chance.random((users, items)) + 0.5, 0)
    return sparse.csr_matrix(weights.astype(np.float32))


def fitted(model: Model, matrix: sparse.csr_matrix) -> np.ndarray:
    model.fit(matrix)
    return model.scores(np.arange(matrix.shape[0]))


@pytest.mark.parametrize("name", CASES)
def test_the_one_right_answer_of_a_checkerboard_is_found(name: str) -> None:
    family, settings = CASES[name]
    matrix, missing = checkerboard()
    model = family.make(settings)
    model.fit(matrix)
    first = rank(model, matrix, np.arange(len(missing)), 1)[:, 0]
    assert (first == missing).mean() >= (0.9 if name in PEERS else 1)


@pytest.mark.parametrize("name", [name for name in CASES if name not in PEERS])
def test_the_same_seed_gives_the_same_scores(name: str) -> None:
    family, settings = CASES[name]
    if hasattr(settings, "epochs"):
        settings = replace(settings, epochs=3)
    matrix = some_matrix()
    first, second = (fitted(family.make(settings), matrix) for _ in range(2))
    assert first.shape == matrix.shape
    assert first.dtype == np.float32
    assert np.allclose(first, second, atol=1e-5)
    if hasattr(settings, "epochs"):
        other = fitted(family.make(replace(settings, seed=8)), matrix)
        assert not np.allclose(first, other, atol=1e-3)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_ease_is_one_ridge_regression_an_item_on_all_others(dropout: float) -> None:
    matrix = some_matrix()
    model = ease.EASE(ease.Settings(ridge=3.0, dropout=dropout))
    model.fit(matrix)
    x = (matrix.toarray() > 0).astype(float)
    ridge = 3.0 + dropout / (1 - dropout) * x.sum(axis=0)
    for item in range(x.shape[1]):
        rest = np.delete(np.arange(x.shape[1]), item)
        gram = x[:, rest].T @ x[:, rest] + np.diag(ridge[rest])
        expected = np.linalg.solve(gram, x[:, rest].T @ x[:, item])
        assert model.weights[rest, item] == pytest.approx(expected, abs=1e-5)
        assert model.weights[item, item] == 0


def test_ease_refuses_a_catalogue_that_is_too_large() -> None:
    wide = sparse.csr_matrix((2, ease.MOST_ITEMS + 1), dtype=np.float32)
    with pytest.raises(Unfit, match="12001 items"):
        ease.EASE().fit(wide)


@pytest.mark.parametrize("items", [1, 127, 128, 300])
def test_sums_by_blocks_of_columns_are_the_product(items: int) -> None:
    rows = binary(some_matrix())
    rows[3] = 0
    rows.eliminate_zeros()
    weights = np.random.default_rng(1).normal(size=(rows.shape[1], items)).astype(np.float32)
    for order in ("C", "F"):
        found = sums(rows, in_columns(np.asarray(weights, order=order)))
        assert found == pytest.approx(rows.toarray() @ weights, abs=1e-5)
        assert not found[3].any()


@pytest.mark.parametrize("dense_items", [0, 6000])
def test_item_knn_sums_shrunken_cosines_of_the_nearest(monkeypatch: Any, dense_items: int) -> None:
    monkeypatch.setattr(item_knn, "DENSE_ITEMS", dense_items)
    matrix = some_matrix()
    x = (matrix.toarray() > 0).astype(float)
    length = np.sqrt(np.outer(x.sum(0), x.sum(0)))
    alike = cosine_similarity(x.T) * length / (length + 2.0)
    np.fill_diagonal(alike, 0)
    every = item_knn.ItemKNN(item_knn.Settings(neighbours=15, shrink=2.0))
    assert fitted(every, matrix) == pytest.approx(x @ alike, abs=1e-5)
    few = item_knn.ItemKNN(item_knn.Settings(neighbours=4, shrink=2.0))
    few.fit(matrix)
    nearest = np.sort(few.similar.T.toarray(), axis=1)[:, ::-1]
    assert nearest[:, :4] == pytest.approx(np.sort(alike, axis=1)[:, :-5:-1], abs=1e-5)
    assert not nearest[:, 4:].any()


@pytest.mark.parametrize("dense_items", [0, 6000])
def test_the_graph_filter_is_its_formula(monkeypatch: Any, dense_items: int) -> None:
    monkeypatch.setattr(graph_filter, "DENSE_ITEMS", dense_items)
    matrix = some_matrix()
    scores = fitted(graph_filter.GraphFilter(graph_filter.Settings(5, 0.4)), matrix)
    x = (matrix.toarray() > 0).astype(float)
    item = x.sum(axis=0) ** -0.5
    graph = x * (x.sum(axis=1) ** -0.5)[:, None] * item
    right = np.linalg.svd(graph)[2][:5]
    low_pass = item[:, None] * (right.T @ right) / item
    assert scores == pytest.approx(x @ (graph.T @ graph + 0.4 * low_pass), abs=2e-3)


@pytest.mark.parametrize("factors", [3, 30])
def test_ials_solves_each_row_exactly(factors: int) -> None:
    """Whether a row has more pairs than factors or fewer, its gradient vanishes."""
    own = ials.Settings(factors=factors, unknown=0.2, ridge=0.02, scaling=0.7, epochs=3)
    matrix = some_matrix()
    model = ials.IALS(own)
    model.fit(matrix)
    user, item = model.user.numpy().astype(float), model.item.numpy().astype(float)
    confidence = matrix.toarray()
    for column in range(matrix.shape[1]):
        weight = confidence[:, column]
        ridge = own.ridge * ((weight > 0).sum() + own.unknown * len(user)) ** own.scaling
        system = (user.T * (weight + own.unknown)) @ user + ridge * np.eye(factors)
        expected = np.linalg.solve(system, user.T @ weight)
        assert item[column] == pytest.approx(expected, abs=2e-4)


def test_sampled_softmax_sets_each_positive_against_what_the_user_lacks() -> None:
    """With every item drawn, its loss is known; someone who has all items does no harm."""
    matrix = some_matrix()
    matrix[3] = np.ones(matrix.shape[1], dtype=np.float32)
    own = embeddings.Settings("sampled_softmax", 4, 0.0, batch=100, negatives=100, temperature=0.5)
    learner = embeddings.Learner(matrix, own)
    learner.model.bias.data.uniform_(-1, 1, generator=learner.generator)
    user, item, bias = (one.detach().numpy().copy() for one in learner.model.parameters())
    scores = 2 * cosine_similarity(user, item) + bias
    rest = np.exp(np.where(matrix.toarray() > 0, -np.inf, scores)).sum(axis=1, keepdims=True)
    each = np.log(np.exp(scores) + rest) - scores
    weights = np.log1p(matrix.toarray())
    assert learner.epoch() == pytest.approx((each * weights).sum() / weights.sum(), rel=1e-4)
    assert all(one.isfinite().all() for one in learner.model.parameters())


def test_who_took_nothing_is_told_the_items_by_their_bias() -> None:
    taken = some_matrix().toarray()
    taken[3] = 0
    model = history.HistoryModel(history.Settings(factors=4, epochs=3, temperature=0.5))
    scores = fitted(model, sparse.csr_matrix(taken))
    assert scores[3] == pytest.approx(model.bias.numpy(), abs=1e-6)
    lengths = model.user.norm(dim=1).numpy()
    assert lengths == pytest.approx(np.where(taken.any(axis=1), 1 / 0.5, 0), abs=1e-5)


def test_what_is_left_out_of_a_history_is_set_against_what_the_user_lacks() -> None:
    """With every item drawn, the loss of a batch is known, and knows nothing of its answers."""
    matrix = some_matrix()
    own = history.Settings(factors=4, temperature=0.5)
    generator = torch.Generator().manual_seed(1)
    network = history.History(matrix.shape[1], own, generator)
    network.bias.data.uniform_(-1, 1, generator=generator)
    network.turn.data += torch.randn(4, 4, generator=generator)
    item, turn, bias = (one.detach().numpy().copy() for one in network.parameters())
    state = generator.get_state()
    loss = history.HistoryModel(own)._loss(network, matrix, generator)
    drawn = torch.rand(matrix.nnz, generator=generator.set_state(state)).numpy()
    wanted, kept = matrix.copy(), matrix.copy()
    wanted.data, kept.data = np.log1p(matrix.data) * (drawn > 0.8), (drawn <= 0.8).astype(float)
    assert loss is not None
    user = kept.toarray() @ item @ turn
    scores = 2 * cosine_similarity(user, item) + bias
    rest = np.exp(np.where(matrix.toarray() > 0, -np.inf, scores)).sum(axis=1, keepdims=True)
    each = (np.log(np.exp(scores) + rest) - scores) * wanted.toarray()
    assert float(loss.detach()) == pytest.approx(each.sum() / wanted.sum(), rel=1e-4)
