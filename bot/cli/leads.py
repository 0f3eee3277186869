"""`chezhi leads …`: for dealers who work in a CRM."""

import asyncio
import getpass
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from activities import leads_file
from activities.lead_work import take_in
from activities.leads import normal
from activities.leads_file import LeadsFileError
from bot.cli.context import DataDir, Failure, Json, open_database, run, settings, show
from services.clock import utc_now
from services.settings import Settings
from storage.encryption import NoKey
from storage.models import Dealer
from storage.private import tighten
from storage.repositories import leads

app = typer.Typer(no_args_is_help=True)


@app.command()
@run
async def export(
    dealer: Annotated[str | None, typer.Option(help="Only this dealership's, by its id.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A file; else stdout.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Writes leads as CSV, with names and numbers; who had that done is noted beside each.

    A cell that a spreadsheet would take for a formula begins with '.
    """
    given = _unlocked(data_dir)
    text = io.StringIO(newline="")
    async with open_database(given) as database, database.write() as session:
        if dealer is not None and await session.get(Dealer, dealer) is None:
            raise Failure(f"There is no dealership {dealer}: chezhi catalog export lists them.")
        rows = await leads.whole(session, dealer)
        leads_file.write(rows, text)
        via = f"export by {await asyncio.to_thread(_account)}"
        await leads.note_read(session, [lead.id for lead, _ in rows], None, via, utc_now())
    if out:
        # With a mark at its beginning, which spreadsheets know UTF-8 by.
        await asyncio.to_thread(out.write_text, text.getvalue(), "utf-8-sig", newline="")
        tighten(out)
    else:
        sys.stdout.write(text.getvalue())


@app.command("import")
@run
async def import_(
    file: Annotated[
        Path,
        typer.Argument(help="CSV with lead, outcome, amount, date.", exists=True, dir_okay=False),
    ],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Takes what became of leads: reached, came, drove, offered, ordered or lost, with the amount
    in yuan and the day. A file with a fault changes nothing; repeating one is harmless."""
    given = _unlocked(data_dir)
    content = await asyncio.to_thread(file.read_bytes)
    async with open_database(given) as database:
        try:
            async with database.read() as session:
                known = await leads.by_ids(session, leads_file.ids(content))
            told = leads_file.read(content, utc_now(), known)
            report = await take_in(database, told, utc_now())
        except LeadsFileError as error:
            raise Failure(str(error)) from error
        except LookupError as error:
            raise Failure(f"Nothing was imported: withdrawn meanwhile: {error}.") from error
    show(
        dict(report),
        as_json,
        lambda r: f"{r['imported']} outcomes imported, {r['duplicates']} were there already.",
    )


@app.command()
@run
async def find(
    phone: Annotated[str, typer.Argument(help="A phone number, with its country's code.")],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Finds the leads of a phone number."""
    given = _unlocked(data_dir)
    number = normal(phone)
    if number is None:
        raise Failure("That is no phone number: write it as +8613800138000.")
    async with open_database(given) as database, database.read() as session:
        for lead, item in await leads.with_phone(session, number):
            row = {
                "lead": lead.id,
                "user": lead.user_id,
                "dealer": lead.dealer_id,
                "item": item.id,
                "state": lead.status,
            }
            show(row, as_json, _line)


def _unlocked(data_dir: Path | None) -> Settings:
    """Raises NoKey before anything is touched."""
    given = settings(data_dir)
    if given.keys is None:
        raise NoKey
    return given


def _account() -> str:
    """Who runs the command, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _line(row: dict[str, Any]) -> str:
    return f"{row['lead']}  user {row['user']}  {row['dealer']}  {row['item']}  {row['state']}"
