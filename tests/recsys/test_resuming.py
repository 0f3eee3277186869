"""A training that is broken off goes on where it was, and makes the very same model."""

import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from signal import SIGKILL
from threading import Event
from typing import Any

import pytest
import torch

from recsys import checkpoint
from recsys.contest import Champion, Outcome, challenge
from recsys.dataset import Interactions, build
from recsys.log import Log, Signal
from recsys.models import ease
from recsys.models.embeddings import Settings
from recsys.progress import CHECKPOINT, Cancelled, begin, forget
from recsys.training import Trained, train
from sample.people import FIRST_USER_ID
from tests.recsys.conftest import ITEMS
from tests.recsys.data import NOW, random_interactions, signal
from tests.recsys.test_artefacts import same_parts

NAMES = [item["id"] for item in ITEMS]
QUICK = Settings(epochs=4, rate=0.05, penalty=0.03)
# Choosing takes 1 + 4 + 4 steps, the fit one, since the closed form wins.
GRID: tuple[Any, ...] = (
    ease.Settings(100.0),
    QUICK,
    Settings("sampled_softmax", epochs=4, negatives=32),
)


class Killed(Exception):
    """Stands for whatever ends a training: nothing is saved when it comes."""


class Steps:
    """Notes the steps of a progress, and ends the training at one of them."""

    def __init__(self, last: int = 10**6) -> None:
        self.seen: list[int] = []
        self.last = last

    def __call__(self, done: int, total: int) -> None:
        self.seen.append(done)
        if done >= self.last:
            raise Killed


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a training only loses by more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _saves_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY_S", 0)


@pytest.fixture(scope="module")
def few(acts: list[Signal]) -> list[Signal]:
    return [act for act in acts if act.user < FIRST_USER_ID + 150]


@pytest.fixture(scope="module")
def data(few: list[Signal]) -> Interactions:
    return build(Log.of(few), NAMES, NOW)


@pytest.fixture(scope="module")
def whole(data: Interactions) -> Trained:
    return train(data, GRID)


def same(one: Trained, other: Trained) -> None:
    same_parts(one, other)
    assert (one.settings, one.metrics) == (other.settings, other.metrics)


def broken_off(data: Interactions, root: Path, at: int, grid: Sequence[Any] = GRID) -> None:
    with pytest.raises(Killed):
        train(data, grid, Steps(at), root=root)


@pytest.mark.parametrize("at", [1, 2, 5, 8, 10])
def test_the_choice_goes_on_at_the_very_epoch(
    data: Interactions, whole: Trained, tmp_path: Path, at: int
) -> None:
    broken_off(data, tmp_path, at)
    steps = Steps()
    same(train(data, GRID, steps, root=tmp_path), whole)
    # A closed form is saved just after its step was shown: it's made anew.
    assert steps.seen[0] == (at if at != 10 else 9)
    assert steps.seen == sorted(steps.seen)
    forget(tmp_path)
    assert not (tmp_path / CHECKPOINT).exists()


@pytest.mark.parametrize("at", [1, 4, 5, 6])
def test_the_last_fit_goes_on_at_the_very_epoch(
    data: Interactions, tmp_path: Path, at: int
) -> None:
    broken_off(data, tmp_path, at, (QUICK,))
    steps = Steps()
    same(train(data, (QUICK,), steps, root=tmp_path), train(data, (QUICK,)))
    assert steps.seen[0] == at


def test_broken_off_again_and_again_it_still_ends_the_same(
    data: Interactions, whole: Trained, tmp_path: Path
) -> None:
    for at in (2, 4, 7, 10):
        broken_off(data, tmp_path, at)
    same(train(data, GRID, root=tmp_path), whole)


def test_a_stop_saves_at_once(
    data: Interactions, whole: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "EVERY_S", 3600)
    stop, steps = Event(), Steps()

    def progress(done: int, total: int) -> None:
        if done == 6:
            stop.set()

    with pytest.raises(Cancelled):
        train(data, GRID, progress, stop, tmp_path)
    same(train(data, GRID, steps, root=tmp_path), whole)
    assert steps.seen[0] == 7


@pytest.mark.parametrize("at", [3, 5, 9, 12, 14])
def test_a_contest_goes_on_in_any_of_its_fits(few: list[Signal], tmp_path: Path, at: int) -> None:
    """4 steps of choosing, 2 of the challenger, 6 of the champion, 2 of the last fit."""
    champion = Champion({"model": "embeddings"} | asdict(Settings(epochs=6)), NAMES, 0)

    def contest(progress: Steps, root: Path | None = None) -> tuple[Trained, Outcome]:
        return challenge(
            Log.of(few), NAMES, NOW, champion, grid=(QUICK,), progress=progress, root=root
        )

    trained, outcome = contest(Steps())
    with pytest.raises(Killed):
        contest(Steps(at), tmp_path)
    steps = Steps()
    again = contest(steps, tmp_path)
    same(again[0], trained)
    assert again[1] == outcome
    assert steps.seen[0] == at


def test_a_contest_with_a_closed_form_goes_on(few: list[Signal], tmp_path: Path) -> None:
    champion = Champion({"model": "embeddings"} | asdict(QUICK), NAMES, 0)

    def contest(progress: Steps, root: Path | None = None) -> tuple[Trained, Outcome]:
        return challenge(
            Log.of(few), NAMES, NOW, champion, grid=GRID[:1], progress=progress, root=root
        )

    trained, outcome = contest(Steps())
    with pytest.raises(Killed):
        contest(Steps(4), tmp_path)
    steps = Steps()
    again = contest(steps, tmp_path)
    same(again[0], trained)
    assert again[1] == outcome
    # 1 of choosing, 1 of the challenger, 4 of the champion, 1 of the last fit.
    assert steps.seen == [4, 5, 6, 7, 7]


def test_other_data_or_another_grid_starts_anew(
    few: list[Signal], data: Interactions, tmp_path: Path
) -> None:
    fewer = build(Log.of(few)[:-1], NAMES, NOW)
    grid = (replace(GRID[1], seed=8), *GRID[1:])
    for other, tried in ((fewer, GRID), (data, grid)):
        broken_off(data, tmp_path, 6)
        steps = Steps()
        same(train(other, tried, steps, root=tmp_path), train(other, tried))
        assert steps.seen[0] == 1


def test_a_log_that_grew_meanwhile_is_taken_as_it_was(few: list[Signal], tmp_path: Path) -> None:
    new = signal(few[0].user, NAMES[0], days_ago=-1)

    def begun(signals: list[Signal], names: list[str] = NAMES) -> int:
        """How many of them are trained on: the first ones."""
        log = Log.of(signals)
        taken = begin(tmp_path, log, names)
        assert taken.digest() == log[: len(taken)].digest()
        return len(taken)

    assert begun(few) == len(few)
    assert begun([*few, new]) == len(few) + 1, "nothing was saved of the first"
    begun(few)
    (tmp_path / CHECKPOINT).touch()
    assert begun([*few, new]) == len(few)
    stranger = new._replace(user=few[0].user - 1, item="another")
    assert begun([*few, stranger]) == len(few), "who is new moves nobody's place"
    # Late, or taken back, or another catalogue, or too much of it: begun anew, with all.
    for other, names in (
        ([new, *few], NAMES),
        (few[1:], NAMES),
        ([*few, new], NAMES[1:]),
        ([*few, *few[: len(few) // 10]], NAMES),
    ):
        forget(tmp_path)
        begun(few)
        (tmp_path / CHECKPOINT).touch()
        assert begun(other, names) == len(other)
        assert begun([*other, new], names) == len(other)


@pytest.mark.parametrize("how", ["cut", "turned", "empty"])
def test_a_damaged_file_is_told_and_left_out(
    data: Interactions,
    whole: Trained,
    tmp_path: Path,
    how: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    broken_off(data, tmp_path, 6)
    path = tmp_path / CHECKPOINT
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes({"cut": raw[:-100], "turned": raw, "empty": b""}[how])
    steps = Steps()
    with caplog.at_level(logging.WARNING):
        same(train(data, GRID, steps, root=tmp_path), whole)
    assert steps.seen[0] == 1
    assert "damaged" in caplog.text


SCRIPT = """
import sys, time
from pathlib import Path

import torch
from recsys import checkpoint
from recsys.models.embeddings import Settings
from recsys.training import train
from tests.recsys.data import random_interactions

def progress(done, total):
    print(done, flush=True)
    time.sleep(0.3 if done >= 3 else 0)

torch.set_num_threads(1)
checkpoint.EVERY_S = 0
grid = (Settings(epochs=6),)
train(random_interactions(), grid, progress, root=Path(sys.argv[1]))
"""


def test_killed_with_sigkill_it_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == 3:
                process.kill()
                break
    assert process.returncode == -SIGKILL
    steps, data, grid = Steps(), random_interactions(), (Settings(epochs=6),)
    resumed = train(data, grid, steps, root=tmp_path)
    assert 3 <= steps.seen[0] < 6
    same(resumed, train(data, grid))
