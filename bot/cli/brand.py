"""`chezhi brand …`: rule books of brands, and what breaks them."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.context import (
    FAILED,
    USAGE,
    DataDir,
    Failure,
    Json,
    open_brain,
    open_database,
    run,
    settings,
    show,
    something,
)
from services.brands import looking, shelf
from services.brands.book import PLACES, BookError
from services.brands.checking import Books, Finding
from services.brands.looking import ITEM_TEXTS
from services.clock import utc_now
from storage.database import Database
from storage.repositories import brands, items

app = typer.Typer(no_args_is_help=True)
Brand = Annotated[str, typer.Argument(help="The brand's id: chezhi brand list.")]


@app.command("import")
@run
async def import_(
    file: Annotated[Path, typer.Argument(help="YAML.", exists=True, dir_okay=False)],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Puts a brand's rule book in force; one with a fault changes nothing."""
    content = await asyncio.to_thread(file.read_bytes)
    async with open_database(settings(data_dir)) as database:
        try:
            done = await shelf.bring_in(database, file.name, content, utc_now())
        except BookError as error:
            raise Failure(str(error)) from error
    what = "in force" if done.new else "in force already: nothing changed"
    show(
        done._asdict(),
        as_json,
        lambda _: f"{done.brand}: version {done.version}, {done.rules} rules, {what}.",
    )


@app.command("list")
@run
async def list_(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Brands that have a rule book, with the version in force; with --json one object a line."""
    async with open_database(settings(data_dir)) as database, database.read() as session:
        found = await brands.listed(session)
    for one in found:
        row = {"brand": one.id, "title": one.title, "version": one.version}
        row["changed_at"] = one.changed_at.isoformat()
        show(row, as_json, lambda r: f"{r['brand']}: version {r['version']}, {r['changed_at']}")
    if not found and not as_json:
        sys.stdout.write("No rule book yet: chezhi brand import FILE. The law's holds always.\n")


@app.command()
@run
async def export(
    brand: Brand,
    version: Annotated[int | None, typer.Option(help="An earlier one.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes a book as it was imported, by default the one in force."""
    async with open_database(settings(data_dir)) as database, database.read() as session:
        live = {one.id: one.version for one in await brands.listed(session)}.get(brand)
        wanted = live if version is None else version
        kept = {row.version: row.body for row in await brands.versions(session, brand)}
    if wanted not in kept:
        raise Failure(_unknown(brand, kept))
    sys.stdout.write(kept[wanted])


@app.command()
@run
async def versions(brand: Brand, as_json: Json = False, data_dir: DataDir = None) -> None:
    """All versions of a brand's book that are kept, newest first; with --json an object a line."""
    async with open_database(settings(data_dir)) as database, database.read() as session:
        live = {one.id: one.version for one in await brands.listed(session)}.get(brand)
        kept = await brands.versions(session, brand)
    if not kept:
        raise Failure(_unknown(brand, ()))
    for row in kept:
        told: dict[str, Any] = {
            "version": row.version,
            "live": row.version == live,
            "digest": row.digest,
            "imported_at": row.imported_at.isoformat(),
        }
        show(
            told,
            as_json,
            lambda r: f"{r['version']}: {r['imported_at']}{', in force' if r['live'] else ''}",
        )


@app.command()
@run
async def rollback(
    brand: Brand,
    version: Annotated[int | None, typer.Argument(help="Without it, the one before.")] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Puts an earlier version of a brand's book in force."""
    async with open_database(settings(data_dir)) as database:
        try:
            now_live = await shelf.go_back(database, brand, version, utc_now())
        except shelf.UnknownVersion as error:
            async with database.read() as session:
                kept = [row.version for row in await brands.versions(session, brand)]
            raise Failure(_unknown(brand, kept)) from error
    told = {"brand": brand, "version": now_live}
    show(told, as_json, lambda r: f"{r['brand']}: version {r['version']} is in force.")


@app.command()
@run
async def check(
    text: Annotated[str | None, typer.Argument(help="A text, or - for stdin.")] = None,
    brand: Annotated[str | None, typer.Option("--brand", help="Whose text it is.")] = None,
    place: Annotated[str, typer.Option(help=f"One of {', '.join(PLACES)}.")] = "copy",
    catalog: Annotated[bool, typer.Option("--catalog", help="All items.")] = False,
    lessons: Annotated[bool, typer.Option("--lessons", help="All lessons.")] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Tells what breaks the law's rules or a brand's; exit code 1 where an error is among them.

    With --json one finding a line.
    """
    if (text is not None) + catalog + lessons != 1:
        raise Failure("Give a text, - for stdin, --catalog or --lessons.", USAGE)
    if place not in PLACES:
        raise Failure(f"--place is one of {', '.join(PLACES)}.", USAGE)
    given = something(sys.stdin.read() if text == "-" else text) if text is not None else ""
    async with open_database(settings(data_dir)) as database:
        async with database.read() as session:
            books = await shelf.load(session)
        if brand is not None and books.brand_of(brand) is None:
            raise Failure(_unknown(brand, ()))
        found: Sequence[tuple[str, Finding]]
        if catalog:
            found = await _in_catalogue(database, books, brand)
        elif lessons:
            found = [one async for one in looking.in_lessons(database, books, brand)]
        else:
            found = [("text", one) for one in books.check(given, brand, place)]
    for where, finding in found:
        show({"where": where} | asdict(finding), as_json, _line)
    if not found and not as_json:
        sys.stdout.write("Nothing breaks a rule.\n")
    if any(finding.severity == "error" for _, finding in found):
        raise typer.Exit(FAILED)


@app.command()
@run
async def monitor(as_json: Json = False, data_dir: DataDir = None) -> None:
    """How people speak of each brand that has a book: the last twelve whole weeks, sudden turns,
    and what several people ask alike. With --json one brand a line.

    Only questions of people who agreed that they are kept, without personal data.
    """
    from services.brands.monitoring import Monitor

    given = settings(data_dir)
    async with open_database(given) as database, open_brain(given, database) as brain:
        found = await Monitor(database, brain.encoder, given.embedding_model, utc_now).look()
    for talk in found:
        show(asdict(talk), as_json, _talk)
    if not found and not as_json:
        sys.stdout.write("No rule book yet: chezhi brand import FILE.\n")


def _talk(row: dict[str, Any]) -> str:
    lines = [row["title"]["en"]]
    lines += [
        f"  {week['begins']:%Y-%m-%d}: {week['people']} of {week['asked']} people, "
        f"{week['positive']} pleased, {week['neutral']} neutral, {week['negative']} displeased"
        for week in row["weeks"]
    ]
    lines += [
        f"  {turn['kind']}: {turn['now']} of {turn['of']}, usually {turn['usual']:.1f} "
        f"(p = {turn['p']:.2g})"
        for turn in row["turns"]
    ]
    lines += [f"  {one['people']} people: {one['text']}" for one in row["examples"]]
    return "\n".join(lines)


async def _in_catalogue(database: Database, books: Books, brand: str | None) -> Sequence[Any]:
    async with database.read() as session:
        rows = [
            {name: getattr(item, name) for name in ("id", "brand", *ITEM_TEXTS)}
            for item in await items.listed(session)
        ]
    found = await asyncio.to_thread(lambda: list(looking.in_items(books, rows)))
    wanted = books.brand_of(brand)
    of = {row["id"]: books.brand_of((row["brand"] or {}).get("zh")) for row in rows}
    return [one for one in found if brand is None or of[one.where.split(".")[0]] == wanted]


def _line(row: dict[str, Any]) -> str:
    why = row["why"].get("en") or row["code"]
    do = f" → {row['suggestion']}" if row["suggestion"] else " → leave it out"
    at = f"{row['where']} {row['start']}-{row['end']}"
    return f"{row['severity']} {at} [{row['brand']}/{row['rule']}] {row['quote']}{do}  {why}"


def _unknown(brand: str, kept: Any) -> str:
    if kept:
        return f"{brand} has versions {', '.join(map(str, sorted(kept)))}: name one of them."
    return f"There is no rule book of {brand}: chezhi brand list shows what there is."
