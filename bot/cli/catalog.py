"""`chezhi catalog …`: items in and out."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated

import typer

from activities import catalogue_file, coupon_file, photos
from activities.catalogue_file import CatalogueError
from bot.cli.context import DataDir, Failure, Json, errors, open_database, run, settings, show
from services.clock import utc_now
from services.recommending.tags import TOPICS
from storage.repositories import coupons, items, memberships
from storage.repositories import photos as photo_rows
from storage.repositories.items import SeatsTaken
from storage.repositories.memberships import UnknownCourses

app = typer.Typer(no_args_is_help=True)
NOTHING = "Nothing was imported. Please mend:"


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
        found = catalogue_file.read(file.name, content, utc_now(), file.parent)
    except CatalogueError as error:
        raise Failure(str(error)) from error
    rows, plans = found.items, found.plans
    pictures, faults = await photos.load(found.photos, file.parent)
    if faults:
        raise Failure("\n".join([NOTHING, *faults]))
    async with open_database(given) as database:
        try:
            async with database.write() as session:
                await items.save(session, rows)
                await memberships.save_plans(session, plans)
                pictured = await photo_rows.save(session, pictures)
                cut = await coupon_file.save(session, found.coupons, utc_now())
        except SeatsTaken as error:
            raise Failure(_overbooked(error)) from error
        except UnknownCourses as error:
            raise Failure(_unknown(error)) from error
        except coupons.Faults as error:
            raise Failure("\n".join([NOTHING, *error.told])) from error
    if foreign := sorted({topic for row in rows for topic in row["topics"]} - set(TOPICS)):
        errors.print(
            f"Nobody can choose these topics, as they aren't ours: {', '.join(foreign)}. "
            f"Ours: {', '.join(TOPICS)}.",
            markup=False,
        )
    told = {"imported": len(rows)} | ({"plans": len(plans)} if plans else {})
    told |= {"coupons": cut} if cut else {}
    told |= {"photos": pictured} if pictured else {}
    line = f"{len(rows)} items, {len(plans)} plans, {cut} coupons, {pictured} photos imported."
    show(told, as_json, lambda _: line)


def _overbooked(error: SeatsTaken) -> str:
    faults = [
        f"{item}: capacity is {capacity}, and {taken} seats are taken already"
        for item, (capacity, taken) in error.seats.items()
    ]
    return "\n".join([NOTHING, *faults])


def _unknown(error: UnknownCourses) -> str:
    faults = [
        f"plan {plan}: the catalogue has no course {', '.join(courses)}"
        for plan, courses in error.missing.items()
    ]
    return "\n".join([NOTHING, *faults])


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
        cut = [row.coupon for row in await coupons.counted(session)]
        named = await coupons.named(session)
        text = catalogue_file.write(await items.listed(session), plans, cut, named)
    if out:
        await asyncio.to_thread(out.write_text, text, "utf-8")
    else:
        sys.stdout.write(text)
