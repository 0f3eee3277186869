"""`chezhi catalog …`: items in and out."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from functools import singledispatch
from pathlib import Path
from typing import Annotated, Any

import typer

from activities import catalogue_file, photos
from activities.catalogue_file import CatalogueError
from activities.catalogue_import import bring_in
from activities.draws import NoDraw, catalogue_rows
from bot.cli.context import DataDir, Failure, Json, errors, open_database, run, settings, show
from services.brands import looking, shelf
from services.clock import utc_now
from services.recommending.tags import TOPICS
from storage.database import Database
from storage.encryption import NoKey
from storage.repositories import coupons, dealers, items, memberships, slots
from storage.repositories.dealers import UnknownDealers
from storage.repositories.items import SeatsTaken
from storage.repositories.memberships import UnknownCourses
from storage.repositories.slots import StillBooked

app = typer.Typer(no_args_is_help=True)
# Places that break brand rules; the rest is counted.
MOST_TOLD = 10


@app.command("import")
@run
async def import_(
    file: Annotated[Path, typer.Argument(help="YAML or CSV.", exists=True, dir_okay=False)],
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse texts that break the law's or a brand's rules.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Adds items or overwrites those with the same id; a file with a fault changes nothing.

    Texts that break a brand's rules or the law's are told, and refused with --strict.
    """
    given = settings(data_dir)
    content = await asyncio.to_thread(file.read_bytes)
    try:
        now = utc_now()
        catalogue = catalogue_file.read(file.name, content, now, file.parent)
    except CatalogueError as error:
        raise Failure(str(error)) from error
    rows, plans = catalogue.items, catalogue.plans
    pictures, faults = await photos.load(catalogue.photos, file.parent)
    if faults:
        raise _failure(faults)
    async with open_database(given) as database:
        await _hold_to_rules(database, rows, strict)
        try:
            brought = await bring_in(database, catalogue, now, pictures)
        except (SeatsTaken, StillBooked, UnknownCourses, UnknownDealers, NoDraw) as error:
            raise _failure(_told(error)) from error
        except coupons.Faults as error:
            raise _failure(error.told) from error
    if foreign := sorted({topic for row in rows for topic in row["topics"]} - set(TOPICS)):
        errors.print(
            f"Nobody can choose these topics, as they aren't ours: {', '.join(foreign)}. "
            f"Ours: {', '.join(TOPICS)}.",
            markup=False,
        )
    changes, cut, pictured = brought
    others = {
        "plans": len(plans),
        "slots": sum(map(len, catalogue.slots.values())),
        "coupons": cut,
        "photos": pictured,
        "dealers": len(catalogue.dealers),
        "bookings_changed": changes.changed,
        "bookings_called_off": changes.called_off,
    }
    told = {"imported": len(rows)} | {name: number for name, number in others.items() if number}
    if any(row["dealer_id"] for row in rows) and given.keys is None:
        errors.print(f"No lead can be taken yet. {NoKey()}", markup=False)
    shown = [f"{number} {name}" for name, number in list(others.items())[:5] if number]
    lines = [f"{', '.join([f'{len(rows)} items', *shown])} imported."]
    if changes.changed:
        lines.append(f"{changes.changed} bookings have a new time or place: the bot tells them.")
    if changes.called_off:
        lines.append(
            f"{changes.called_off} bookings are of what was taken off: the bot cancels them, "
            "pays back and tells."
        )
    show(told, as_json, lambda _: "\n".join(lines))


async def _hold_to_rules(
    database: Database, rows: Sequence[Mapping[str, Any]], strict: bool
) -> None:
    """Tells what in the items' texts breaks rules. Raises Failure for an error, if `strict`."""
    async with database.read() as session:
        books = await shelf.load(session)
    found = await asyncio.to_thread(lambda: list(looking.in_items(books, rows)))
    grave = [one for one in found if one.finding.severity == "error"]
    told = [
        f"{one.where}: {one.finding.quote!r} breaks {one.finding.brand}/{one.finding.rule}; "
        f"say {one.finding.suggestion!r}"
        for one in (grave if strict else found)
    ]
    if strict and grave:
        raise _failure(told)
    if found:
        lines = [
            f"{len(found)} places break brand rules, {len(grave)} of them gravely "
            "(--strict refuses these; chezhi brand check --catalog lists all):",
            *told[:MOST_TOLD],
        ]
        errors.print("\n".join(lines), markup=False)


def _failure(faults: Sequence[str]) -> Failure:
    return Failure("\n".join(["Nothing was imported. Please mend:", *faults]))


@singledispatch
def _told(error: Exception) -> list[str]:
    """What is to be mended, a line each."""
    return [str(error)]


@_told.register
def _overbooked(error: SeatsTaken) -> list[str]:
    return [
        f"{item}: capacity is {capacity}, and {taken} seats are taken already"
        for item, (capacity, taken) in error.seats.items()
    ]


@_told.register
def _still_booked(error: StillBooked) -> list[str]:
    return [
        f"{item}: {number} bookings are of none of its slots; give what has slots a new id"
        for item, number in error.bookings.items()
    ]


@_told.register
def _unknown_courses(error: UnknownCourses) -> list[str]:
    return [
        f"plan {plan}: the catalogue has no course {', '.join(courses)}"
        for plan, courses in error.missing.items()
    ]


@_told.register
def _unknown_dealers(error: UnknownDealers) -> list[str]:
    return [f"{item}: there is no dealer {name}" for item, name in error.missing.items()]


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
        listed = await items.listed(session)
        text = catalogue_file.write(
            listed,
            plans,
            await slots.by_item(session, [item.id for item in listed]),
            await catalogue_rows(session),
            [row.coupon for row in await coupons.counted(session)],
            await coupons.named(session),
            await dealers.listed(session),
        )
    if out:
        await asyncio.to_thread(out.write_text, text, "utf-8")
    else:
        sys.stdout.write(text)
