"""`chezhi kb evaluate` and `kb evaluate-answers`: how search and answers do on labelled sets."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bot.cli.context import DataDir, Failure, Json, progress_bar, run, settings, show
from retrieval.load_encoder import load_encoder
from retrieval.load_reader import load_reader
from retrieval.reranker import load_reranker


def mount(app: typer.Typer) -> None:
    app.command()(run(evaluate))
    app.command("evaluate-answers")(run(evaluate_answers))


async def evaluate(
    folder: Annotated[
        Path, typer.Argument(help="A labelled set in BEIR's form: corpus, queries, qrels.")
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Measures search on a labelled set, in an index of its own that is thrown away."""
    from retrieval import evaluation
    from retrieval.beir import DatasetError, read_dataset

    given = settings(data_dir)
    try:
        dataset = await asyncio.to_thread(read_dataset, folder)
    except DatasetError as error:
        raise Failure(str(error)) from error
    model = await asyncio.to_thread(load_encoder, given.embedding_model)
    reranker = await asyncio.to_thread(load_reranker, given.reranker_model)
    with progress_bar() as progress, TemporaryDirectory() as scratch:
        tasks = {name: progress.add_task(name, total=None) for name in evaluation.STAGES}
        result = await asyncio.to_thread(
            evaluation.evaluate,
            dataset,
            Path(scratch),
            model,
            given.embedding_model,
            given.chunking,
            reranker,
            lambda stage, done, total: progress.update(tasks[stage], completed=done, total=total),
        )
    show(result, as_json, _table)


async def evaluate_answers(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines: question, passages, answers, answerable.", exists=True, dir_okay=False
        ),
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Measures answers, citations and refusals on questions with the passages found for them."""
    from retrieval.answer_evaluation import BadFile, answered, figures, read_rows
    from retrieval.answerer import Answerer

    given = settings(data_dir)
    try:
        rows = await asyncio.to_thread(read_rows, file)
    except BadFile as error:
        raise Failure(str(error)) from error
    model = await asyncio.to_thread(load_encoder, given.embedding_model)
    reranker = await asyncio.to_thread(load_reranker, given.reranker_model)
    reader = await asyncio.to_thread(load_reader, given.reader_model, model)
    with progress_bar() as progress:
        task = progress.add_task("Encoding", total=None)
        answers = await asyncio.to_thread(
            answered,
            rows,
            model,
            given.embedding_model,
            Answerer(reranker=reranker, reader=reader),
            lambda done, total: progress.update(task, completed=done, total=total),
            given.chunking,
        )
    show(
        figures(rows, answers),
        as_json,
        lambda found: "\n".join(f"{name:<26} {value}" for name, value in found.items()),
    )


def _table(result: dict[str, Any]) -> str:
    names = list(next(iter(result["systems"].values())))
    lines = [" " * 10 + "".join(f"{name:>11}" for name in names)]
    for system, metrics in result["systems"].items():
        lines.append(f"{system:<10}" + "".join(f"{metrics[name]:>11.3f}" for name in names))
    counts = ("documents", "chunks", "queries", "queries_per_s", "chunks_per_s")
    lines.append(", ".join(f"{name} {result[name]}" for name in counts))
    return "\n".join(lines)
