"""`chezhi kb …`: the knowledge base."""

import asyncio
from pathlib import Path
from typing import Annotated

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
from retrieval.answer_evaluation import answered, figures, read_rows
from retrieval.documents import SUFFIXES, DocumentError, parse
from retrieval.encoder import load_encoder
from retrieval.knowledge import KnowledgeBase, Version
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


@app.command("evaluate-answers")
@run
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
    given = settings(data_dir)
    rows = await asyncio.to_thread(read_rows, file)
    model = await asyncio.to_thread(load_encoder, given.embedding_model, given.models_dir)
    with progress_bar() as progress:
        task = progress.add_task("Encoding", total=None)
        answers = await asyncio.to_thread(
            answered,
            rows,
            model,
            given.embedding_model,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    show(
        figures(rows, answers),
        as_json,
        lambda found: "\n".join(f"{name:<26} {value}" for name, value in found.items()),
    )


def _collect(paths: list[Path]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        for file in inside if path.is_dir() else [path]:
            files[str(file.relative_to(path)) if path.is_dir() else file.name] = file.read_bytes()
    return files
