"""Who acts on the command line, and the services that they act by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Annotated

import typer

from bot.cli.context import Failure, open_brain, open_database, settings
from campaigns.drafting import Defaults, Drafting
from campaigns.planning import Planning
from services.clock import utc_now
from services.people import Person, meet
from services.permissions import Forbidden
from services.recent import Recent
from services.settings import Settings
from storage.database import Database
from storage.repositories import users

As = Annotated[
    int | None,
    typer.Option("--by", metavar="USER", help="Who does it, by Telegram id; else the one owner."),
]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the commands work with; `planning` has a reach where models were asked for."""

    given: Settings
    database: Database
    by: Person
    planning: Planning
    drafting: Drafting


@asynccontextmanager
async def at_desk(
    data_dir: Path | None, as_id: int | None, *, models: bool = False
) -> AsyncIterator[Desk]:
    """Raises Failure for who isn't known, or may not do what is tried inside."""
    given = settings(data_dir)
    async with open_database(given) as database:
        by = await _person(given, database, as_id)
        drafting = Drafting(database, given.media_dir, Defaults.of(given))
        try:
            if not models:
                planning = Planning(database, None, given.approval)
                yield Desk(given, database, by, planning, drafting)
                return
            async with open_brain(given, database) as brain:
                from campaigns.reach import Reach
                from campaigns.responding import Responses

                placing = brain.placing
                responses = Responses(database, brain.recommendations, placing, utc_now)
                planning = Planning(
                    database, None, given.approval, Reach(database, placing, responses)
                )
                yield Desk(given, database, by, planning, drafting)
        except Forbidden as error:
            raise Failure(f"Refused: {error}.") from error


async def _person(given: Settings, database: Database, as_id: int | None) -> Person:
    if as_id is None:
        if len(given.owner_ids) != 1:
            raise Failure("Say who does it: --by USER, somebody who may.")
        as_id = given.owner_ids[0]
    if as_id in given.owner_ids:
        row = await meet(database, as_id, utc_now(), role="admin")
    else:
        async with database.read() as session:
            found = await users.get(session, as_id)
        if found is None:
            raise Failure(f"There is no user {as_id}.")
        row = found
    return Person(row, database, f"cli:{token_hex(8)}", utc_now(), Recent())
