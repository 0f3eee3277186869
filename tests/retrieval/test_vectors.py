from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from torch import Tensor

from retrieval.batching import MOST_TEXTS as BATCH
from retrieval.batching import encode_passages
from retrieval.e5_model import E5Model
from retrieval.vectors import Cancelled, VectorStore


@pytest.fixture
def counted(encoder: E5Model) -> Iterator[list[int]]:
    """Texts of each pass through the model."""
    texts: list[int] = []

    def note(_model: object, inputs: tuple[Tensor, ...]) -> None:
        texts.append(len(inputs[0]))

    handle = encoder.register_forward_pre_hook(note)
    yield texts
    handle.remove()


@pytest.fixture
def store(tmp_path: Path, encoder: E5Model) -> VectorStore:
    return VectorStore(tmp_path / "kb" / "vectors.db", "bundled", encoder)


def test_only_what_is_missing_is_encoded(store: VectorStore, counted: list[int]) -> None:
    vectors, encoded = store.encode(["胎压", "brake", "胎压"])
    assert encoded == sum(counted) == 2
    assert (vectors[0] == vectors[2]).all()
    assert np.abs(vectors[:2] - encode_passages(store.model, ["胎压", "brake"])).max() < 1e-4
    counted.clear()
    again, encoded = store.encode(["brake", "range", "胎压"])
    assert encoded == sum(counted) == 1
    assert (again[0] == vectors[1]).all()
    assert (again[2] == vectors[0]).all()
    assert store.encode(["brake"], fresh=True)[1] == 1


def test_another_model_shares_nothing(store: VectorStore, tmp_path: Path, encoder: E5Model) -> None:
    store.encode(["brake"])
    other = VectorStore(tmp_path / "kb" / "vectors.db", "other", encoder)
    assert other.encode(["brake"])[1] == 1
    assert store.encode(["brake"])[1] == 0


@pytest.mark.parametrize("damage", ["other", "cut", "page"])
def test_a_damaged_file_is_begun_anew(
    store: VectorStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    texts = [f"text {number}" for number in range(40)]
    monkeypatch.setattr(store, "_encode", lambda _, some: np.ones((len(some), 384), np.float32))
    assert store.encode(texts)[1] == 40
    path = tmp_path / "kb" / "vectors.db"
    data = path.read_bytes()
    damaged = {
        "other": b"no database" * 500,
        "cut": data[: len(data) // 2],
        "page": data[:4096] + b"\xff" * (len(data) - 4096),
    }[damage]
    path.write_bytes(damaged)
    assert store.encode(texts)[1] == 40
    assert store.encode(texts)[1] == 0
    path.write_bytes(damaged)
    store.prune(texts)
    assert store.encode(texts)[1] == 40


def test_what_a_cancelled_build_has_done_is_kept(store: VectorStore) -> None:
    texts = [f"text {number}" for number in range(2 * BATCH + 10)]
    stop, seen = Event(), []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done:
            stop.set()

    with pytest.raises(Cancelled):
        store.encode(texts, progress=progress, stop=stop)
    # It was asked to stop at the start of the second batch, and ended with it.
    assert seen == [(0, len(texts)), (BATCH, len(texts))]
    _, encoded = store.encode(texts, progress=progress)
    assert encoded == 10
    assert seen[2:] == [(2 * BATCH, len(texts)), (len(texts), len(texts))]


def test_pruning_keeps_just_what_is_named(store: VectorStore) -> None:
    store.encode(["a", "b", "c"])
    store.prune(["b"])
    assert store.encode(["b"])[1] == 0
    assert store.encode(["a", "c"])[1] == 2


def test_pruning_by_what_is_gone_leaves_nothing_else_behind_either(store: VectorStore) -> None:
    store.encode(["a", "b", "c", "d"])
    store.prune(["b", "c"], gone=["a", "d"])
    assert store.encode(["b", "c"])[1] == 0
    assert store.encode(["a"])[1] == 1
    # "a" is of a build that was cancelled: nobody says that it is gone.
    store.prune(["c"], gone=["b"])
    assert store.encode(["c"])[1] == 0
    assert store.encode(["a", "b"])[1] == 2


def test_no_texts_are_no_vectors(store: VectorStore) -> None:
    vectors, encoded = store.encode([])
    assert (vectors.shape, encoded) == ((0, 384), 0)
