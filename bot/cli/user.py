"""`chezhi user …`: a person's rights over their data."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from activities.leads import take_back
from bot.cli.context import DataDir, Failure, open_database, run, settings
from services.clock import utc_now
from services.rights import forget
from services.settings import Settings
from storage.database import Database
from storage.models import Order
from storage.repositories import memberships, orders, rights, users

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
async def delete(
    user: UserId,
    api_base: Annotated[
        str | None, typer.Option("--api-base", help="Another server that speaks the Bot API.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: for scripts.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Deletes a person and all that is held about them, for good.

    Stars that are owed to them are paid back first, which needs the bot's token.
    """
    given = settings(data_dir)
    async with open_database(given) as database:
        async with database.read() as session:
            if await users.get(session, user) is None:
                raise Failure(f"There is no user {user}.")
            bought = await orders.owned(session, user, Order.price_stars > 0)
            owed = [o for o in await orders.unfinished(session, user) if o.status == "refund_due"]
            renewed = await memberships.running(session, user)
        lost = f" They lose {len(bought)} things that they paid for." if bought else ""
        if not yes and not typer.confirm(f"Delete user {user} for good?{lost}", err=True):
            raise Failure("Nothing was deleted.")

        async def settle(_user: int) -> None:
            if owed or renewed:
                await _pay_back(given, api_base, database, user)
            async with database.write() as session:
                await take_back(session, user, utc_now())

        wiped = await forget(database, user, settle)
    typer.echo(f"User {user} and all that was held about them is deleted.", err=True)
    if not wiped:
        typer.echo(
            "Somebody is reading the database: until the running bot wipes it, within a minute or "
            "so, traces may be in its files.",
            err=True,
        )


async def _pay_back(given: Settings, api_base: str | None, database: Database, user: int) -> None:
    """Raises Failure while something is owed."""
    from activities.membership import Memberships
    from activities.shop import Shop
    from bot.app import make_bot
    from bot.messenger import TelegramMessenger

    if given.bot_token is None:
        raise Failure(
            f"Stars are owed to user {user}, or a membership of theirs is renewed, and afterwards "
            "nobody would know: set CHEZHI_BOT_TOKEN, so that they can be paid back and it be "
            "ended first. Nothing was deleted."
        )
    bot = make_bot(given.bot_token.get_secret_value(), api_base)
    try:
        messenger = TelegramMessenger(bot, database)
        await Shop(messenger, database, utc_now).settle_all(user)
        await Memberships(messenger, database, utc_now).leave(user)
    finally:
        await bot.session.close()
    async with database.read() as session:
        owed = [o for o in await orders.unfinished(session, user) if o.status == "refund_due"]
    if owed:
        raise Failure("Telegram did not take all refunds: try again later. Nothing was deleted.")
