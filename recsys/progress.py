"""How a training goes on: its progress, its curves, and what of it outlives a crash."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any, Self, TypeVar

from recsys.checkpoint import Checkpoint
from recsys.log import Log
from recsys.models.base import Watch, epochs
from recsys.scalars import Scalars

CHECKPOINT, LOG, RUNS = "training.pt", "training.json", "runs"
# A training that was broken off longer ago isn't worth going on with.
MOST_NEW = 0.05

Progress = Callable[[int, int], None]
"""Called with epochs done and epochs in all."""
T = TypeVar("T")


class Cancelled(Exception):
    """Training was asked to stop; the live model stays."""


class Report:
    """Where a training of `total` steps is. It may hold, of a training under way, `outcomes` that
    are known already and the state of one fit.

    With a folder `root`, the state is saved there every few seconds under `key` (see `checkpoint`),
    and the next report on the same key begins where this one was; curves are written to `RUNS`.
    Raises Cancelled from its steps once `stop` is set.
    """

    def __init__(
        self,
        progress: Progress | None,
        stop: Event | None,
        total: int,
        root: Path | None = None,
        key: str = "",
    ) -> None:
        self.progress, self.stop, self.total, self.done = progress, stop, total, 0
        self._outcomes: dict[str, Any] = {}
        self._fit: dict[str, Any] = {}
        self._run = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        self._checkpoint: Checkpoint | None = None
        self._scalars: Scalars | None = None
        if root is not None:
            root.mkdir(parents=True, exist_ok=True)
            self._checkpoint = Checkpoint(root / CHECKPOINT, key)
            self._resume(self._checkpoint.load())
            self._scalars = Scalars(root / RUNS, self._run)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.step(self.total - self.done)
        finally:
            if self._scalars is not None:
                self._scalars.close(failed=kind is not None)

    def step(self, count: int = 1, fit: Callable[[], dict[str, Any]] | None = None) -> None:
        """`fit` gives the state of the fit under way after these epochs, for `resumed`."""
        self.done = min(self.done + count, self.total)
        stopped = self.stop is not None and self.stop.is_set()
        if fit is not None:
            self._save(fit, now=stopped)
        if stopped:
            raise Cancelled
        if self.progress is not None:
            self.progress(self.done, self.total)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, or gave before a restart: then its steps are counted already. Plain
        values and tensors only."""
        if name not in self._outcomes:
            self._outcomes[name] = make()
            self._save(dict)
        found: T = self._outcomes[name]
        return found

    def tried(self, curve: str, settings: Any, **figures: float) -> None:
        """A setting's trial is over; one without epochs is a step."""
        self.write(curve, max(epochs(settings), 1), **figures)
        if not epochs(settings):
            self.step()

    def watch(self, curve: str) -> Watch:
        return _Watched(self, curve)

    def resumed(self, name: str) -> dict[str, Any] | None:
        """The state that the fit of this name was in before a restart."""
        return self._fit if self._fit.get("name") == name else None

    def write(self, curve: str, step: int, **figures: float) -> None:
        if self._scalars is not None:
            self._scalars.write(curve, step, **figures)

    def _save(self, fit: Callable[[], dict[str, Any]], now: bool = False) -> None:
        if self._checkpoint is None or not (now or self._checkpoint.is_due):
            return
        self._checkpoint.save(
            {"done": self.done, "run": self._run, "outcomes": self._outcomes, "fit": fit()}
        )
        if self._scalars is not None:
            self._scalars.flush()

    def _resume(self, state: dict[str, Any] | None) -> None:
        if state is None:
            return
        self.done, self._run = state["done"], state["run"]
        self._outcomes, self._fit = state["outcomes"], state["fit"]
        if self.progress is not None:
            self.progress(self.done, self.total)


class _Watched:
    """One fit of a report's."""

    def __init__(self, report: Report, curve: str) -> None:
        self.report, self.curve = report, curve

    def resumed(self) -> Mapping[str, Any] | None:
        return self.report.resumed(self.curve)

    def epoch(self, number: int, state: Callable[[], dict[str, Any]], **figures: float) -> None:
        self.report.write(self.curve, number, **figures)
        self.report.step(fit=lambda: {"name": self.curve, "epoch": number} | state())


def begin(root: Path, log: Log, items: Sequence[str]) -> Log:
    """What to train on: of a log that only grew since a training here was broken off, what that
    one had, so that it goes on while a bot is running; else all, which is noted for a restart.

    Signals come oldest first.
    """
    note = root / LOG
    try:
        count, digest = json.loads(note.read_text("utf-8"))
        under_way = (root / CHECKPOINT).exists()
        if under_way and (1 - MOST_NEW) * len(log) <= count <= len(log):
            before = log[:count]
            if _digest(before, items) == digest:
                return before
    except (OSError, ValueError, TypeError):
        pass  # none, or damaged
    root.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps([len(log), _digest(log, items)]), "utf-8")
    return log


def _digest(log: Log, items: Sequence[str]) -> str:
    return hashlib.sha256(f"{log.digest()} {items!r}".encode()).hexdigest()


def forget(root: Path) -> None:
    """Removes what is kept of a training, when it is done."""
    for name in (CHECKPOINT, LOG):
        (root / name).unlink(missing_ok=True)
