"""`chezhi audit …`: who did what to campaigns, and whether anybody changed that afterwards."""

from typing import Annotated, Any

import typer

from bot.cli.context import FAILED, DataDir, Json, open_database, run, settings, show
from services import audit
from storage.repositories import audit as entries

app = typer.Typer(no_args_is_help=True)


@app.command()
@run
async def verify(
    head: Annotated[
        str | None, typer.Option(help="A hash that was the last one before: it must be there.")
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Reads the log from its beginning; ends with 1 at the first entry that isn't as it was.

    Note the last hash somewhere else: it tells when the newest entries were taken away.
    """
    async with open_database(settings(data_dir)) as database:
        found = await audit.verify(database, head)
    told = {
        "ok": found.why is None,
        "entries": found.entries,
        "head": found.head,
        "broken": found.broken,
        "why": found.why,
    }
    show(told, as_json, _verdict)
    if found.why is not None:
        raise typer.Exit(FAILED)


@app.command("list")
@run
async def list_(
    campaign: Annotated[int | None, typer.Option(help="Of one campaign alone.")] = None,
    limit: Annotated[int, typer.Option("-n", min=1, max=10_000)] = 50,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Lists the newest entries."""
    about = None if campaign is None else f"campaign:{campaign}"
    async with open_database(settings(data_dir)) as database, database.read() as session:
        found = await entries.newest(session, limit, about)
    for entry in found:
        row = {
            "id": entry.id,
            "at": entry.at,
            "actor": entry.actor_id,
            "act": entry.act,
            "about": entry.about,
            "detail": entry.detail,
            "hash": entry.hash,
        }
        show(row, as_json, _line)


def _line(row: dict[str, Any]) -> str:
    return f"{row['id']}  {row['at']}  {row['actor']}  {row['act']}  {row['about']}"


def _verdict(told: dict[str, Any]) -> str:
    if told["ok"]:
        return f"{told['entries']} entries, all as they were written. Head: {told['head']}"
    if told["why"] == "head-missing":
        return f"{told['entries']} entries, and that head isn't among them: the newest are gone."
    return (
        f"Entry {told['broken']} is broken ({told['why']}); the {told['entries']} before are whole."
    )
