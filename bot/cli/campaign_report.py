"""`chezhi campaign report`: what a campaign changed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.context import USAGE, Failure, open_database, run, settings, show
from bot.cli.options import DataDir, Json
from services.clock import utc_now
from storage.repositories import items
from wording.formatting import plain
from wording.texts import Texts

if TYPE_CHECKING:
    from campaigns.reporting import Report
    from storage.database import Database


def mount(app: typer.Typer) -> None:
    app.command("report")(run(report))


async def report(
    campaign: Annotated[
        int | None, typer.Argument(metavar="ID", help="`chezhi campaigns` lists them.")
    ] = None,
    together: Annotated[
        bool, typer.Option("--all", help="All campaigns beside who is held back from them all.")
    ] = False,
    as_json: Json = False,
    csv: Annotated[Path | None, typer.Option(help="A file for all numbers.")] = None,
    plots: Annotated[Path | None, typer.Option(help="A folder for the pictures.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Tells what a campaign changed, against the people who were held back.

    Acts are counted anew each time; of fewer than ten people nothing is told.
    """
    if (campaign is None) is not together:
        raise Failure("Give the number of a campaign, or --all.", USAGE)
    given, texts = settings(data_dir), Texts("en")
    async with open_database(given) as database:
        found, title = await _measured(database, campaign, texts)
    await asyncio.to_thread(_write, found, texts, csv, plots)
    from campaigns.report_file import as_json as plainly
    from wording.campaign_report import told

    def line(_: Any) -> str:
        return plain(told(found, texts, title))

    show(plainly(found), as_json, line)


async def _measured(database: Database, campaign: int | None, texts: Texts) -> tuple[Report, str]:
    # Statsmodels takes seconds to import.
    from campaigns.measure import measure, measure_all

    if campaign is None:
        return await measure_all(database, utc_now()), ""
    found = await measure(database, campaign, utc_now())
    if found is None:
        raise Failure(f"No campaign {campaign} was sent: chezhi campaigns lists those that were.")
    async with database.read() as session:
        item = await items.get(session, found.heading.item or "")
    return found, texts.pick(item.title) if item else ""


def _write(found: Report, texts: Texts, csv: Path | None, plots: Path | None) -> None:
    from campaigns.report_file import as_csv

    try:
        if csv is not None:
            csv.write_text(as_csv(found), "utf-8", newline="")
        if plots is not None:
            from wording.campaign_plots import draw

            plots.mkdir(parents=True, exist_ok=True)
            for name, png in draw(found, texts).items():
                (plots / f"{name}.png").write_bytes(png)
    except OSError as error:
        raise Failure(f"{error.filename} can't be written: {error.strerror}.") from error
