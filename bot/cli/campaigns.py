"""`chezhi campaigns`: what became of broadcasts, and those who may have the invite or not."""

from typing import Annotated, Any

import typer

from bot.cli.context import DataDir, Failure, Json, open_database, run, settings, show
from services.settings import Settings
from storage.repositories import campaigns

NEWEST = 50


def mount(app: typer.Typer) -> None:
    app.command("campaigns")(run(list_))


async def list_(
    doubtful: Annotated[
        int | None,
        typer.Option(metavar="CAMPAIGN", help="Whose invites of this one are in doubt."),
    ] = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Lists the newest broadcasts with their recipients by status.

    Admins may send to those in doubt again in the chat, with /campaigns.
    """
    given = settings(data_dir)
    if doubtful is not None:
        await _doubtful(given, doubtful, as_json)
        return
    async with open_database(given) as database, database.read() as session:
        for campaign, item in await campaigns.launched(session, NEWEST):
            row = {
                "id": campaign.id,
                "item": item.id,
                "status": campaign.status,
                "launched": campaign.launched_at,
                "recipients": dict(await campaigns.counts(session, campaign.id)),
            }
            show(row, as_json, _line)


async def _doubtful(given: Settings, campaign_id: int, as_json: bool) -> None:
    async with open_database(given) as database, database.read() as session:
        if await campaigns.get(session, campaign_id) is None:
            raise Failure(f"There is no broadcast {campaign_id}: chezhi campaigns lists them.")
        found = await campaigns.doubtful(session, campaign_id)
    for recipient, user in found:
        row = {
            "user": user.id,
            "name": user.first_name,
            "since": recipient.changed_at,
            "why": recipient.error,
        }
        show(row, as_json, lambda r: f"{r['user']}  {r['name']}  {r['since']}  {r['why'] or ''}")
    if not found and not as_json:
        typer.echo("Nobody is in doubt.", err=True)


def _line(row: dict[str, Any]) -> str:
    counts = ", ".join(f"{status} {number}" for status, number in row["recipients"].items())
    line = f"{row['id']}  {row['item']}  {row['status']}  {counts}"
    if row["recipients"].get("unknown"):
        line += f"\n       In doubt: chezhi campaigns --doubtful {row['id']}"
    return line
