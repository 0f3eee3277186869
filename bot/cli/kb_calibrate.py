"""`chezhi kb calibrate`: from which probability on the live index answers."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import (
    DataDir,
    Failure,
    Json,
    open_brain,
    open_database,
    progress_bar,
    run,
    settings,
    show,
)
from retrieval.calibration import Calibration, Threshold
from retrieval.knowledge import KnowledgeBase, KnowledgeBaseMissing


def mount(app: typer.Typer) -> None:
    app.command()(run(calibrate))


async def calibrate(
    plot: Annotated[
        Path | None, typer.Option("--plot", help="A PNG of false answers against answered.")
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Finds the live index's threshold: golden questions are asked with their documents left out.

    The lowest threshold is taken at which no more than CHEZHI_FALSE_ANSWERS of them are answered.
    Each new index does this by itself; running bots take the new threshold up.
    """
    given = settings(data_dir)
    live, faults = KnowledgeBase.in_use(given.knowledge_dir, given.embedding_model)
    if live is None:
        raise KnowledgeBaseMissing(faults)
    async with open_database(given) as database, open_brain(given, database) as brain:
        with progress_bar() as progress:
            task = progress.add_task("Asking", total=None)
            version = await brain.indexing.calibrate(
                lambda done, total: progress.update(task, completed=done, total=total)
            )
    found = Calibration.of(version.calibration)
    if found is None or (found.within is None and found.across is None):
        raise Failure(
            "There are too few questions to calibrate on: the default threshold holds. Add golden "
            "questions (chezhi kb golden import FILE), or documents with headings."
        )
    if plot is not None:
        from wording.calibration_plot import draw

        await asyncio.to_thread(draw, found, plot)
    show({"index": version.id, **found.fields()}, as_json, lambda _: "\n".join(lines(found)))


def lines(found: Calibration) -> list[str]:
    """What a calibration says, for people."""
    golden, headings = found.made_of
    told = [
        f"Calibrated on {golden} golden questions and {headings} headings, each also with its "
        f"documents left out; {found.allowed:.0%} false answers are allowed "
        f"(reader: {found.reader or 'none'})."
    ]
    for name, threshold in (("the question's", found.within), ("the other", found.across)):
        if threshold is None:
            told.append(f"  passages in {name} language: too few questions, default threshold")
        else:
            told.append(f"  passages in {name} language: {_line(threshold)}")
    return told


def _line(found: Threshold) -> str:
    return (
        f"from {found.threshold:.3f} on; {found.false:.0%} of {found.without} without an answer "
        f"get one, {found.answered:.0%} of {found.having} that have one"
    )
