"""`chezhi kb …`: the knowledge base."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import kb_calibrate, kb_evaluate, kb_gaps, kb_golden, kb_synonyms, kb_versions
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
from retrieval.calibration import Calibration
from retrieval.documents import BESIDE, SUFFIXES
from retrieval.knowledge import KnowledgeBase, Version
from services.clock import utc_now
from storage.repositories import documents
from wording.report import told
from wording.texts import Texts

# Files that are named in the report.
NAMED = 20
UNCHANGED = "Nothing has changed: index {} stays live. To build it all the same: --full"

app = typer.Typer(no_args_is_help=True)
kb_versions.mount(app)
kb_gaps.mount(app)
kb_synonyms.mount(app)
kb_evaluate.mount(app)
kb_calibrate.mount(app)
app.add_typer(kb_golden.app, name="golden", help="Questions that every index is measured by.")


@app.command()
@run
async def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", exists=True)],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Stores documents for the next index. What can't be read is told; the others go in."""
    given = settings(data_dir)
    files, passed_over = await asyncio.to_thread(_collect, paths)
    if not files:
        there = f" Passed over: {_some(passed_over)}." if passed_over else ""
        raise Failure(f"No documents there: I read {', '.join(sorted(SUFFIXES))}.{there}")
    async with open_database(given) as database, open_brain(given, database) as brain:
        added = await brain.indexing.add(files)
    words = Texts("en")
    report = [
        {
            "name": file.name,
            "outcome": file.outcome,
            "document": file.document,
            "remarks": [told(note, words) for note in file.remarks],
            "fault": told(file.fault, words) if file.fault else None,
        }
        for file in added
    ]
    faults = {file["name"]: file["fault"] for file in report if file["fault"]}
    changed = sum(file.outcome in ("new", "changed") for file in added)
    result = {
        "read": len(added) - len(faults),
        "changed": changed,
        "faults": faults,
        "files": report,
        "passed_over": passed_over,
    }
    show(result, as_json, _report)
    if faults:
        raise typer.Exit(1)


def _report(result: dict[str, Any]) -> str:
    lines = [f"{result['read']} read, {result['changed']} new or changed. Next: chezhi kb index"]
    for file in result["files"]:
        told_of = file["remarks"] or ([file["fault"]] if file["fault"] else [])
        lines += [f"{file['name']} ({file['outcome']}): {line}" for line in told_of]
    if passed := result["passed_over"]:
        kinds = ", ".join(sorted(SUFFIXES))
        lines.append(f"{len(passed)} passed over, since I only read {kinds}: {_some(passed)}")
    return "\n".join(lines)


def _some(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


@app.command()
@run
async def index(
    full: Annotated[bool, typer.Option("--full", help="Embed every passage anew.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even what does worse on golden questions.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Builds an index of all documents beside the live one and publishes it.

    Where nothing has changed since the live one, there is nothing to build.
    One that does worse on the golden questions is written but not published (exit code 1).
    """
    given = settings(data_dir)
    async with open_database(given) as database, open_brain(given, database) as brain:
        if not await brain.indexing.documents():
            raise Failure("There are no documents to index. Add some: chezhi kb add FOLDER")
        if not full and not force and await brain.indexing.is_measured():
            live = brain.knowledge.index().version
            result = {**asdict(live), "live": True, "built": False, "quality": None}
            show(result, as_json, lambda _: UNCHANGED.format(live.id))
            return
        with progress_bar() as progress:
            task = progress.add_task("Indexing", total=None)
            built = await brain.indexing.build(
                lambda done, total: progress.update(task, completed=done, total=total),
                full=full,
                force=force,
            )
    result = {
        **asdict(built.version),
        "live": built.live,
        "built": True,
        "quality": built.report,
    }
    show(result, as_json, lambda _: kb_versions.built_lines(built))
    if not built.live:
        raise Failure(
            "It does worse on the golden questions, so the last index stays live. Publish it all "
            f"the same: chezhi kb rollback {built.version.id}"
        )


@app.command("list")
@run
async def list_(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Lists the stored documents, and whether the live index has them as they are."""
    given = settings(data_dir)
    async with open_database(given) as database, database.read() as session:
        stored = await documents.listed(session)
    live, _ = KnowledgeBase.in_use(given.knowledge_dir, given.embedding_model)
    indexed = live.document_digests if live else {}
    for document in stored:
        row = {
            "id": document.id,
            "name": document.name,
            "title": document.title,
            "bytes": document.bytes,
            "added": document.added_at,
            "indexed": indexed.get(document.id) == document.digest,
        }
        show(row, as_json, _document_line)
    if not stored and not as_json:
        typer.echo("There are no documents. Add some: chezhi kb add FOLDER", err=True)


def _document_line(row: dict[str, Any]) -> str:
    state = "" if row["indexed"] else "  (not in the live index as it is)"
    return f"{row['id']}  {row['title']}  {row['name']}  {row['bytes']} B{state}"


@app.command()
@run
async def status(as_json: Json = False, data_dir: DataDir = None) -> None:
    """What is stored and what is live. The index's files are checked."""
    given = settings(data_dir)
    async with open_database(given) as database, database.read() as session:
        stored = len(await documents.stored(session))
    version, faults = KnowledgeBase.in_use(given.knowledge_dir, given.embedding_model)
    result: dict[str, Any] = {"stored_documents": stored, "live": version}
    if faults:
        result["damaged"] = faults
    show(
        result,
        as_json,
        lambda _: f"{stored} documents stored. {_live_line(version, faults)}",
    )


def _live_line(version: Version | None, faults: list[str]) -> str:
    if version is None and not faults:
        return "No index yet: chezhi kb index makes one."
    if version is None:
        return f"No index can be used ({faults[0]}): chezhi kb index makes it anew."
    live = f"Live: index {version.id} of {version.documents} documents, {version.chunks} passages."
    if faults:
        live = f"The live index can't be used ({faults[0]}): chezhi kb index makes it anew.\n" + (
            live.replace("Live:", "Used instead:")
        )
    found = Calibration.of(version.calibration)
    if found is None:
        return f"{live}\nNot calibrated: chezhi kb calibrate finds its threshold."
    return "\n".join([live, *kb_calibrate.lines(found)])


@app.command()
@run
async def remove(
    document: Annotated[str, typer.Argument(help="The document's id.")], data_dir: DataDir = None
) -> None:
    """Takes a document out of the next index."""
    given = settings(data_dir)
    async with open_database(given) as database, database.write() as session:
        if not await documents.remove(session, document, utc_now()):
            raise Failure(f"There is no document {document!r}: chezhi kb list shows them.")
    typer.echo(f"{document} is out of the next index. Next: chezhi kb index", err=True)


def _collect(paths: list[Path]) -> tuple[dict[str, Path], list[str]]:
    """Files by the name that they are stored under: the path inside the folder that was given.
    And what there is in the folders besides: neither documents nor labels of documents.
    """
    files: dict[str, Path] = {}
    passed_over: list[str] = []
    for path in paths:
        folder = path if path.is_dir() else path.parent
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            name = file.relative_to(folder).as_posix()
            if file == path or (file.suffix.lower() in SUFFIXES and file.is_file()):
                files[name if files.get(name, file) == file else str(file)] = file
            elif not (file.is_dir() or _is_hidden(name) or _is_label(file)):
                passed_over.append(name)
    return files, passed_over


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _is_label(file: Path) -> bool:
    return file.name.endswith(BESIDE) and file.with_name(file.name.removesuffix(BESIDE)).is_file()
