"""What trainings leave for TensorBoard, read from the event files themselves."""

import logging
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tensorboardX.proto import event_pb2

from recsys import checkpoint, scalars
from recsys.models import ease
from recsys.models.embeddings import Settings
from recsys.progress import RUNS, forget
from recsys.training import train
from tests.recsys.data import random_interactions

DATA = random_interactions()
GRID = (ease.Settings(1e9), Settings(epochs=4, rate=0.1, penalty=0.03))
CHOOSING, FIT = "embeddings-1", "fit"


def events(file: Path) -> Iterator[event_pb2.Event]:
    """The records of a TFRecord file: length, its checksum, data, the data's checksum."""
    raw = file.read_bytes()
    at = 0
    while at < len(raw):
        (length,) = struct.unpack_from("<Q", raw, at)
        event = event_pb2.Event()
        event.ParseFromString(raw[at + 12 : at + 12 + length])
        yield event
        at += length + 16


def curves(folder: Path) -> dict[str, dict[int, float]]:
    """Figure to step to value, the files in the order that TensorBoard reads them."""
    found: dict[str, dict[int, float]] = {}
    for file in sorted(folder.iterdir()):
        for event in events(file):
            for value in event.summary.value:
                found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found


def only_run(root: Path) -> Path:
    (run,) = (root / RUNS).iterdir()
    return run


def test_each_setting_and_the_fit_have_curves(tmp_path: Path) -> None:
    trained = train(DATA, GRID, root=tmp_path)
    run = only_run(tmp_path)
    assert {one.name for one in run.iterdir()} == {"ease-1", CHOOSING, FIT}
    closed, chosen = curves(run / "ease-1"), curves(run / CHOOSING)
    assert {tag: list(steps) for tag, steps in chosen.items()} == {
        **{tag: [1, 2, 3, 4] for tag in ("loss", "seconds")},
        **{tag: [4] for tag in ("ndcg_10", "recall_10")},
    }
    assert chosen["loss"][4] < chosen["loss"][1]
    assert min(chosen["seconds"].values()) > 0
    best = max(closed["ndcg_10"][1], *chosen["ndcg_10"].values())
    assert trained.metrics["ndcg@10"] == pytest.approx(best, abs=1e-4)
    assert set(closed) == {"ndcg_10", "recall_10", "seconds"}
    assert len(curves(run / FIT)["seconds"]) == trained.settings.get("epochs", 1)


def test_a_resumed_training_goes_on_with_its_curves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "EVERY_S", 0)

    def progress(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(DATA, GRID, progress, root=tmp_path)
    assert list(curves(only_run(tmp_path) / CHOOSING)["loss"]) == [1, 2]
    train(DATA, GRID, root=tmp_path)
    resumed = curves(only_run(tmp_path) / CHOOSING)
    assert list(resumed["loss"]) == [1, 2, 3, 4]
    other = tmp_path / "other"
    train(DATA, GRID, root=other)
    whole = curves(only_run(other) / CHOOSING)
    assert {tag: whole[tag] for tag in ("loss", "ndcg_10")} == {
        tag: resumed[tag] for tag in ("loss", "ndcg_10")
    }


def test_only_the_newest_runs_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalars, "KEPT_RUNS", 2)
    names = []
    for _ in range(3):
        train(DATA, GRID[:1], root=tmp_path)
        forget(tmp_path)
        names.append(max(one.name for one in (tmp_path / RUNS).iterdir()))
    assert sorted(one.name for one in (tmp_path / RUNS).iterdir()) == names[1:]


def test_wandb_that_is_not_installed_is_told_and_left_out(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "chezhi")
    monkeypatch.setitem(sys.modules, "wandb", None)
    with caplog.at_level(logging.WARNING):
        train(DATA, GRID[:1], root=tmp_path)
    assert "chezhi[wandb]" in caplog.text
    assert (only_run(tmp_path) / FIT).exists()
