"""`chezhi signals …`: behaviour in and out."""

import csv
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import IO, Annotated, Any, Literal

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
from services.behaviour.files import COLUMNS, format_of, read
from services.behaviour.importing import FileFaults, SignalImport
from services.behaviour.platform_ids import PlatformIds, TableError
from services.clock import utc_now
from storage.database import Database
from storage.repositories import signals

app = typer.Typer(no_args_is_help=True)


@app.command("import")
@run
async def import_(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, JSON lines or xAPI.", exists=True, dir_okay=False),
    ],
    format_: Annotated[
        Literal["csv", "jsonl", "xapi"] | None,
        typer.Option("--format", help="Else the file's suffix says it (.json is xAPI)."),
    ] = None,
    add_users: Annotated[
        bool,
        typer.Option(
            "--add-users",
            help="Add people who are not known. Only for people who agreed to personalisation "
            "on your platform: they are stored as having agreed.",
        ),
    ] = False,
    table: Annotated[
        Path | None,
        typer.Option(
            "--ids",
            help="CSV with kind (person or item), theirs, ours and maybe platform: "
            "whom and what the platform's own ids stand for.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    platform: Annotated[
        str | None,
        typer.Option(
            "--platform",
            help="Address of the platform. Of xAPI: the one whose accounts are named by Telegram "
            "ids (else the first that is met). Of Moodle's log: the one that it is of.",
        ),
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Imports behaviour, each signal once; a file with a row that can't be read changes nothing."""
    given = settings(data_dir)
    kind = format_ or format_of(file)
    if kind is None:
        raise Failure(f"{file.name}: say which it is, with --format csv, jsonl or xapi.")
    try:
        ids = PlatformIds.read(table) if table else PlatformIds()
    except TableError as error:
        raise Failure(str(error)) from error
    if platform and kind == "xapi":
        ids.is_theirs(platform)
    async with open_database(given) as database:
        work = SignalImport(database, utc_now(), add_users=add_users, ids=ids)
        with file.open("rb") as source, progress_bar() as progress:
            task = progress.add_task("Importing (bytes)", total=os.fstat(source.fileno()).st_size)
            try:
                report = await work.run(
                    read(source, kind, ids, platform or ""),
                    lambda: progress.update(task, completed=source.tell()),
                )
            except FileFaults as error:
                raise Failure(str(error)) from error
            progress.update(task, completed=os.fstat(source.fileno()).st_size)
    show(asdict(report), as_json, _readable)


@app.command()
@run
async def export(
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    format_: Annotated[
        Literal["csv", "jsonl"] | None, typer.Option("--format", help="jsonl, unless --out is .csv")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes all signals, oldest first, in a form that `signals import` takes."""
    given = settings(data_dir)
    kind = format_ or (format_of(out) if out else None)
    with ExitStack() as stack:
        target = stack.enter_context(out.open("w", encoding="utf-8", newline="")) if out else None
        async with open_database(given) as database:
            await _write(_rows(database), target or sys.stdout, as_csv=kind == "csv")


async def _rows(database: Database) -> AsyncIterator[dict[str, Any]]:
    async with database.read() as session:
        async for signal in signals.whole(session):
            yield {
                "user": signal.user_id,
                "verb": signal.verb,
                "object_type": signal.object_type,
                "object": signal.object_id,
                "value": signal.value,
                "unit": signal.unit,
                "occurred_at": signal.occurred_at.isoformat(),
                "source": signal.source,
                "idempotency_key": signal.idempotency_key,
            }


async def _write(rows: AsyncIterator[dict[str, Any]], target: IO[str], *, as_csv: bool) -> None:
    table = csv.DictWriter(target, COLUMNS)
    if as_csv:
        table.writeheader()
    async for row in rows:
        if as_csv:
            table.writerow(row)
        else:
            target.write(json.dumps(row, ensure_ascii=False) + "\n")


def _readable(report: dict[str, Any]) -> str:
    lines = [
        f"{report['read']} rows read, {report['imported']} signals imported, "
        f"{report['duplicates']} were there already, {report['late']} came late."
    ]
    if report["voided"]:
        lines.append(f"{report['voided']} signals were taken back.")
    if report["added_users"]:
        lines.append(f"{report['added_users']} users added.")
    for reason, number in report["skipped"].items():
        lines.append(f"Left out, {reason.replace('_', ' ')}: {number}")
    lines += report["examples"]
    if report["skipped"].get("unknown_user"):
        lines.append("People who agreed on your platform can be added with --add-users.")
    if report["skipped"].get("unknown_user") or report["skipped"].get("unknown_item"):
        lines.append("What a platform's own ids stand for is told with --ids TABLE.csv.")
    for page in report["more"]:
        lines.append(f"The platform has more than this file: fetch {page} and import that too.")
    if report["imported"]:
        lines.append("Next: chezhi train")
    return "\n".join(lines)
