"""`chezhi kb …`: the knowledge base."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer

from bot.cli.context import (
    DataDir,
    Failure,
    Json,
    open_database,
    progress_bar,
    run,
    settings,
    show,
)
from bot.services import open_brain, utc_now
from retrieval import evaluation
from retrieval.beir import read_dataset
from retrieval.documents import SUFFIXES, DocumentError, parse
from retrieval.encoder import load_encoder
from retrieval.evaluation import STAGES
from retrieval.knowledge import KnowledgeBase, Version
from retrieval.reranker import load_reranker
from storage.repositories import documents

app = typer.Typer(no_args_is_help=True)


@app.command()
@run
async def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Stores documents for the next index. What can't be read is told; the others go in."""
    given = settings(data_dir)
    files = await asyncio.to_thread(_collect, paths)
    if not files:
        raise Failure(f"No documents there: I read {', '.join(sorted(SUFFIXES))}.")
    faults: dict[str, str] = {}
    good: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    for name, data in files.items():
        try:
            document = await asyncio.to_thread(parse, name, data)
        except DocumentError as error:
            faults[name] = str(error)
            continue
        first = ids.setdefault(document.id, name)
        if first == name:
            good[name] = data
        else:
            faults[name] = f"has the same id as {first}; put another `id:` at its top"
    async with open_database(given) as database, open_brain(given, database) as brain:
        added, changed = await brain.indexing.add(good)
    result = {"read": added, "changed": changed, "faults": faults}
    show(
        result,
        as_json,
        lambda _: "\n".join(
            [f"{added} read, {changed} new or changed. Next: chezhi kb index"]
            + [f"{name}: {reason}" for name, reason in faults.items()]
        ),
    )
    if faults:
        raise typer.Exit(1)


@app.command()
@run
async def index(
    full: Annotated[bool, typer.Option("--full", help="Embed every passage anew.")] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Builds an index of all documents beside the live one and publishes it."""
    given = settings(data_dir)
    async with open_database(given) as database, open_brain(given, database) as brain:
        if not await brain.indexing.documents():
            raise Failure("There are no documents to index. Add some: chezhi kb add FOLDER")
        with progress_bar() as progress:
            task = progress.add_task("Indexing", total=None)
            version = await brain.indexing.build(
                lambda done, total: progress.update(task, completed=done, total=total), full=full
            )
    show(
        version,
        as_json,
        lambda v: f"Index {v.id} is live: {v.documents} documents, {v.chunks} passages.",
    )


@app.command()
@run
async def status(as_json: Json = False, data_dir: DataDir = None) -> None:
    """What is stored and what is live."""
    given = settings(data_dir)
    async with open_database(given) as database, database.read() as session:
        stored = len(await documents.live(session))
    version = KnowledgeBase.live_version(given.knowledge_dir)
    result = {"stored_documents": stored, "live": version}
    show(
        result,
        as_json,
        lambda _: f"{stored} documents stored. {_live_line(version)}",
    )


def _live_line(version: Version | None) -> str:
    if version is None:
        return "No index yet: chezhi kb index makes one."
    return f"Live: index {version.id} of {version.documents} documents, {version.chunks} passages."


@app.command()
@run
async def remove(
    document: Annotated[str, typer.Argument(help="The document's id.")], data_dir: DataDir = None
) -> None:
    """Takes a document out of the next index."""
    given = settings(data_dir)
    async with open_database(given) as database, database.write() as session:
        if not await documents.remove(session, document, utc_now()):
            raise Failure(
                f"There is no document {document!r}: chezhi search shows ids with --json."
            )
    typer.echo(f"{document} is out of the next index. Next: chezhi kb index", err=True)


@app.command()
@run
async def evaluate(
    folder: Annotated[
        Path, typer.Argument(help="A labelled set in BEIR's form: corpus, queries, qrels.")
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Measures search on a labelled set, in an index of its own that is thrown away."""
    given = settings(data_dir)
    dataset = await asyncio.to_thread(read_dataset, folder)
    model = await asyncio.to_thread(load_encoder, given.embedding_model, given.models_dir)
    reranker = await asyncio.to_thread(load_reranker, given.reranker_model)
    with progress_bar() as progress, TemporaryDirectory() as scratch:
        tasks = {name: progress.add_task(name, total=None) for name in STAGES}
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


def _table(result: dict[str, Any]) -> str:
    names = list(next(iter(result["systems"].values())))
    lines = [" " * 10 + "".join(f"{name:>11}" for name in names)]
    for system, metrics in result["systems"].items():
        lines.append(f"{system:<10}" + "".join(f"{metrics[name]:>11.3f}" for name in names))
    counts = ("documents", "chunks", "queries", "queries_per_s", "chunks_per_s")
    lines.append(", ".join(f"{name} {result[name]}" for name in counts))
    return "\n".join(lines)


def _collect(paths: list[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        for file in inside if path.is_dir() else [path]:
            files[str(file.relative_to(path)) if path.is_dir() else file.name] = file.read_bytes()
    return files
