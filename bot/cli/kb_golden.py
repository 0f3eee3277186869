"""`chezhi kb golden …`: the questions that every index is measured by."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import DataDir, Failure, Json, open_database, run, settings, show
from services.content import golden_file
from services.content.golden_file import GoldenError
from storage.repositories import documents, golden

app = typer.Typer(no_args_is_help=True)


@app.command("import")
@run
async def import_(
    file: Annotated[Path, typer.Argument(help="YAML.", exists=True, dir_okay=False)],
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget the questions that aren't in the file.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Adds questions or overwrites those with the same words; a fault in the file changes nothing.

    Documents that aren't stored are told: with one alone, the question can't be answered.
    """
    given = settings(data_dir)
    content = await asyncio.to_thread(file.read_bytes)
    try:
        rows = golden_file.read(file.name, content)
    except GoldenError as error:
        raise Failure(str(error)) from error
    async with open_database(given) as database, database.write() as session:
        await golden.save(session, rows, replace=replace)
        total = await golden.count(session)
        stored = {document.id for document in await documents.stored(session)}
    unknown = sorted({d for row in rows for d in row["documents"]} - stored)
    show(
        {"imported": len(rows), "questions": total, "unknown_documents": unknown},
        as_json,
        lambda r: "\n".join(
            [f"{r['imported']} golden questions imported, {r['questions']} in all."]
            + [f"No such document is stored: {name}" for name in r["unknown_documents"]]
        ),
    )


@app.command()
@run
async def export(
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes all golden questions as YAML that `kb golden import` takes."""
    given = settings(data_dir)
    async with open_database(given) as database, database.read() as session:
        text = golden_file.write(await golden.listed(session))
    if out:
        await asyncio.to_thread(out.write_text, text, "utf-8")
    else:
        sys.stdout.write(text)
