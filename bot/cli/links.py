"""`chezhi links …`: signed deep links, and what came of them."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from bot.cli.context import DataDir, Failure, Json, open_database, run, settings, show
from services.attribution import Attributions, LinkCodec
from services.clock import utc_now
from services.settings import Settings
from storage.database import Database
from storage.models import Link
from storage.repositories import touches

app = typer.Typer(no_args_is_help=True)
ACTS = {"orders": "order", "bookings": "booking", "leads": "lead"}
NAME = 64


@app.command()
@run
async def create(
    item: Annotated[str, typer.Argument(help="The id of an item.")],
    name: Annotated[str, typer.Argument(help="What it is for; else the item's id.")] = "",
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Makes a signed deep link: https://t.me/BOT?start= and what this prints."""
    given = settings(data_dir)
    if len(name) > NAME:
        raise Failure(f"The name is longer than {NAME} characters.")
    async with open_database(given) as database:
        made = await Attributions(database, given.link_secret, utc_now).make(item, name or item)
        if made is None:
            raise Failure(f"The catalogue has no item {item}: chezhi catalog export lists them.")
        link, payload = made
    show(_row(link, payload), as_json, lambda r: r["start"])


@app.command("list")
@run
async def list_(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Lists all links."""
    given = settings(data_dir)
    async with open_database(given) as database:
        for link in await _links(database):
            show(_row(link, _payload(given, link)), as_json, _line)


@app.command()
@run
async def report(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Tells of each link how often it was opened, and which orders, bookings and leads came of it
    within 30 days, by a person's first and by their last touch. Only people who agreed to a profile
    are followed beyond the opening."""
    given = settings(data_dir)
    async with open_database(given) as database:
        for link in await _links(database):
            async with database.read() as session:
                came = await touches.came_of(session, "link", str(link.id))
            row = _row(link, _payload(given, link)) | {"opens": link.opens}
            for end in ("first", "last"):
                row[end] = {name: came[end].get(act, 0) for name, act in ACTS.items()}
            show(row, as_json, _report_line)


async def _links(database: Database) -> list[Link]:
    async with database.read() as session:
        return list(await touches.links(session))


def _payload(given: Settings, link: Link) -> str:
    return LinkCodec(given.link_secret).write(link.id)


def _row(link: Link, payload: str) -> dict[str, Any]:
    return {"id": link.id, "item": link.item_id, "name": link.name, "start": payload}


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['id']}  {row['item']}  {row['name']}  {row['start']}"


def _report_line(row: Mapping[str, Any]) -> str:
    ends = [
        f"{end} touch: " + ", ".join(f"{name} {number}" for name, number in row[end].items())
        for end in ("first", "last")
    ]
    return f"{_line(row)}\n    opens {row['opens']}; {'; '.join(ends)}"
