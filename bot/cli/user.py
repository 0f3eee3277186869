"""`chezhi user …`: a person's rights over their data."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.context import DataDir, Failure, open_database, run, settings
from storage.repositories import rights

app = typer.Typer(no_args_is_help=True)

UserId = Annotated[int, typer.Argument(help="The person's Telegram id.")]


@app.command()
@run
async def export(
    user: UserId,
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes all that is held about a person, as one JSON object."""
    given = settings(data_dir)
    async with open_database(given) as database, database.read() as session:
        data = await rights.export(session, user)
    if not data["users"]:
        raise Failure(f"There is no user {user}.")
    if out:
        out.write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    else:
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")


@app.command()
@run
async def delete(user: UserId, data_dir: DataDir = None) -> None:
    """Deletes a person and all that is held about them, for good."""
    given = settings(data_dir)
    async with open_database(given) as database, database.write() as session:
        if not await rights.erase(session, user):
            raise Failure(f"There is no user {user}.")
    typer.echo(f"User {user} and all that was held about them is deleted.", err=True)
