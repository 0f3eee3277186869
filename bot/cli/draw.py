"""`chezhi draw …`: prize draws opened, listed, published, and verified by anybody."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import ValidationError

from activities import draws, fair_draw
from activities.draw_rows import DrawRow
from bot.cli.context import USAGE, DataDir, Failure, Json, open_database, run, settings, show
from services.clock import utc_now
from storage.repositories import draws as stored

app = typer.Typer(no_args_is_help=True)


@app.command()
@run
async def create(
    item: Annotated[str, typer.Argument(help="An item of type draw.")],
    file: Annotated[
        Path,
        typer.Argument(help="YAML, as `draw:` of an item has it.", exists=True, dir_okay=False),
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Opens the draw of an item: from now on its terms stand, and its seed is committed to."""
    given = settings(data_dir)
    row = _terms(file.name, await asyncio.to_thread(file.read_bytes))
    async with open_database(given) as database:
        try:
            async with database.write() as session:
                new = await draws.open_draw(session, item, row, utc_now())
        except draws.NoDraw as error:
            raise Failure(str(error)) from error
        async with database.read() as session:
            draw = await stored.get(session, item)
    told = {"draw": item, "created": new, "commitment": draw.commitment if draw else None}
    show(told, as_json, lambda one: f"{item}: commitment {one['commitment']}")


def _terms(name: str, data: bytes) -> DrawRow:
    try:
        return DrawRow.model_validate(yaml.safe_load(data.decode("utf-8-sig")))
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'draw'}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise Failure("\n".join([f"{name} is no draw. Please mend:", *faults])) from error
    except (UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise Failure(f"{name} is not valid YAML in UTF-8: {error}") from error


@app.command("list")
@run
async def list_(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Lists draws, the newest first."""
    async with open_database(settings(data_dir)) as database, database.read() as session:
        for draw in await stored.listed(session):
            entries = draw.entries
            if entries is None:
                entries = await stored.count(session, draw.item_id)
            row = {
                "draw": draw.item_id,
                "state": draw.state,
                "entries": entries,
                "entries_until": draw.entries_until.isoformat(),
                "prizes": sum(prize["count"] for prize in draw.terms["prizes"]),
                "commitment": draw.commitment,
            }
            show(row, as_json, _line)


def _line(row: dict[str, Any]) -> str:
    facts = f"{row['entries']} entries until {row['entries_until']}, {row['prizes']} prizes"
    return f"{row['draw']}  {row['state']}  {facts}"


@app.command()
@run
async def publish(
    item: Annotated[str, typer.Argument(help="The item.")],
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes what everybody may know of a draw, as its button in the chat sends it."""
    async with open_database(settings(data_dir)) as database:
        file = await draws.publish(database, item)
    if file is None:
        raise Failure(f"There is no draw {item}: chezhi draw list lists them.")
    text = json.dumps(file, ensure_ascii=False, indent=2) + "\n"
    if out:
        await asyncio.to_thread(out.write_text, text, "utf-8")
    else:
        sys.stdout.write(text)


@app.command()
@run
async def verify(
    file: Annotated[Path, typer.Argument(help="As it was published.", exists=True, dir_okay=False)],
    ticket: Annotated[str | None, typer.Option(help="Tells the place of this one.")] = None,
    commitment: Annotated[
        str | None, typer.Option(help="As you noted it before entries ended.")
    ] = None,
    list_hash: Annotated[
        str | None, typer.Option(help="As you noted it before the seed was shown.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draws the winners anew from a published file, and names what doesn't hold (exit code 1)."""
    try:
        said = json.loads(await asyncio.to_thread(file.read_bytes))
    except (RecursionError, ValueError) as error:
        raise Failure(f"{file.name} is not JSON: {error}", USAGE) from error
    faults = fair_draw.verify(said)
    noted = {"commitment": commitment, "list_hash": list_hash}
    told: dict[str, Any] = {"valid": False, "state": None, "faults": faults}
    if isinstance(said, dict):
        faults += [
            f"{name}: it is not the one that you noted"
            for name, value in noted.items()
            if value is not None and said.get(name) != value.strip().lower()
        ]
        told["state"] = said.get("state")
    if not faults:
        told |= _found(said, ticket)
    told["valid"] = not faults
    show(told, as_json, _verdict)
    if faults:
        raise typer.Exit(1)


def _found(said: dict[str, Any], ticket: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "winners": [
            {name: award[name] for name in ("rank", "ticket", "prize", "outcome")}
            for award in said["awards"]
        ]
    }
    if ticket is not None:
        found["in_list"] = ticket in (said["tickets"] or ())
        found["rank"] = fair_draw.rank_of(said, ticket) if said["state"] == "drawn" else None
    return found


def _verdict(told: dict[str, Any]) -> str:
    if not told["valid"]:
        return "\n".join(["It does NOT hold:", *(f"  {fault}" for fault in told["faults"])])
    lines = [f"All holds ({told['state']})."]
    lines += [f"  {w['rank']}. {w['ticket']}  {w['outcome']}" for w in told["winners"]]
    if "in_list" in told:
        lines.append(f"  Your ticket is {'' if told['in_list'] else 'NOT '}in the list.")
    if told.get("rank"):
        lines.append(f"  Its place is {told['rank']}.")
    return "\n".join(lines)
