"""`chezhi catalog …`: items in and out."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from activities import catalogue_file
from activities.catalogue_file import CatalogueError
from bot.cli.context import DataDir, Failure, Json, errors, open_database, run, settings, show
from services.clock import utc_now
from services.recommending.tags import TOPICS
from storage.encryption import NoKey
from storage.repositories import dealers, items, memberships
from storage.repositories.dealers import UnknownDealers
from storage.repositories.items import SeatsTaken
from storage.repositories.memberships import UnknownCourses

app = typer.Typer(no_args_is_help=True)


@app.command("import")
@run
async def import_(
    file: Annotated[Path, typer.Argument(help="YAML or CSV.", exists=True, dir_okay=False)],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Adds items or overwrites those with the same id; a file with a fault changes nothing."""
    given = settings(data_dir)
    content = await asyncio.to_thread(file.read_bytes)
    try:
        rows, plans, dealing = catalogue_file.read(file.name, content, utc_now(), file.parent)
    except CatalogueError as error:
        raise Failure(str(error)) from error
    async with open_database(given) as database:
        try:
            async with database.write() as session:
                of_items = {row["id"]: row["dealer_id"] for row in rows}
                await dealers.save(session, dealing, of_items)
                await items.save(session, rows)
                await memberships.save_plans(session, plans)
        except UnknownDealers as error:
            faults = [f"{item}: there is no dealer {name}" for item, name in error.missing.items()]
            raise Failure("\n".join(["Nothing was imported. Please mend:", *faults])) from error
        except SeatsTaken as error:
            raise Failure(_overbooked(error)) from error
        except UnknownCourses as error:
            raise Failure(_unknown(error)) from error
    if foreign := sorted({topic for row in rows for topic in row["topics"]} - set(TOPICS)):
        errors.print(
            f"Nobody can choose these topics, as they aren't ours: {', '.join(foreign)}. "
            f"Ours: {', '.join(TOPICS)}.",
            markup=False,
        )
    told = {"imported": len(rows)} | ({"plans": len(plans)} if plans else {})
    told |= {"dealers": len(dealing)} if dealing else {}
    numbers = f"{len(rows)} items, {len(plans)} plans, {len(dealing)} dealers imported."
    if any(row["dealer_id"] for row in rows) and given.keys is None:
        errors.print(f"No lead can be taken yet. {NoKey()}", markup=False)
    show(told, as_json, lambda _: numbers)


def _overbooked(error: SeatsTaken) -> str:
    faults = [
        f"{item}: capacity is {capacity}, and {taken} seats are taken already"
        for item, (capacity, taken) in error.seats.items()
    ]
    return "\n".join(["Nothing was imported. Please mend:", *faults])


def _unknown(error: UnknownCourses) -> str:
    faults = [
        f"plan {plan}: the catalogue has no course {', '.join(courses)}"
        for plan, courses in error.missing.items()
    ]
    return "\n".join(["Nothing was imported. Please mend:", *faults])


@app.command()
@run
async def export(
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes all items as YAML that `catalog import` takes."""
    given = settings(data_dir)
    async with open_database(given) as database, database.read() as session:
        plans = await memberships.plans(session, active=False)
        dealing = await dealers.listed(session)
        text = catalogue_file.write(await items.listed(session), plans, dealing)
    if out:
        await asyncio.to_thread(out.write_text, text, "utf-8")
    else:
        sys.stdout.write(text)
