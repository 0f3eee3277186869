"""Figures of trainings over their epochs: TensorBoard's event files and, if asked for, W&B."""

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # it takes a second to load, and only a training writes curves
    from tensorboardX import SummaryWriter

log = logging.getLogger(__name__)

KEPT_RUNS = 10
FLUSH_S = 5


class Scalars:
    """The curves of one training, in `folder/run/CURVE/`; only the newest `KEPT_RUNS` runs stay.

    A run that is opened again goes on: what it wrote from the same step on no longer counts. Where
    the environment names a WANDB_PROJECT and wandb is installed, Weights & Biases gets the same.
    """

    def __init__(self, folder: Path, run: str) -> None:
        self._folder = folder / run
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(one for one in folder.iterdir() if one.is_dir())[:-KEPT_RUNS]:
            shutil.rmtree(old, ignore_errors=True)
        self._curve = ""
        self._writer: SummaryWriter | None = None
        self._wandb = _wandb(self._folder)

    def write(self, curve: str, step: int, **figures: float) -> None:
        """One point of each figure. Curves come one after another, steps count from 1."""
        if self._writer is None or curve != self._curve:
            self._close_curve()
            self._curve = curve
            from tensorboardX import SummaryWriter

            # The step keeps a file apart from the one before a restart in the same second.
            self._writer = SummaryWriter(
                str(self._folder / curve),
                purge_step=step,
                flush_secs=FLUSH_S,
                filename_suffix=f".{step}",
            )
            if self._wandb is not None:
                self._wandb.define_metric(f"{curve}/*", step_metric=f"{curve}/step")
        for name, value in figures.items():
            # A tag of TensorBoard may not hold an @.
            self._writer.add_scalar(name.replace("@", "_"), value, step)
        if self._wandb is not None:
            values = {f"{curve}/{name}": value for name, value in figures.items()}
            self._wandb.log(values | {f"{curve}/step": step})

    def flush(self) -> None:
        if self._writer is not None:
            self._writer.flush()

    def close(self, failed: bool = False) -> None:
        self._close_curve()
        if self._wandb is not None:
            self._wandb.finish(exit_code=int(failed))

    def _close_curve(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _wandb(folder: Path) -> Any:
    """A run of Weights & Biases, or None. A training never fails for want of it."""
    if not os.environ.get("WANDB_PROJECT"):
        return None
    try:
        import wandb
    except ImportError:
        log.warning("WANDB_PROJECT is set, but wandb isn't installed: pip install 'chezhi[wandb]'")
        return None
    try:
        # Nothing but the figures: no output, no code, no state of the machine.
        quiet = wandb.Settings(
            console="off", disable_code=True, disable_git=True, x_disable_stats=True
        )
        return wandb.init(
            dir=folder, id=folder.name, name=folder.name, resume="allow", settings=quiet
        )
    except wandb.Error as error:
        log.warning("Nothing goes to Weights & Biases: %s", error)
        return None
