"""The right to be forgotten, for every face of the product."""

from collections.abc import Awaitable, Callable

from services.clock import utc_now
from storage.database import Database
from storage.repositories import rights


async def forget(
    database: Database, user_id: int, settle: Callable[[int], Awaitable[None]]
) -> bool:
    """Deletes a person and all that is held about them; `settle` pays back first what is owed to
    them, since afterwards nobody would know of it, and may raise to keep everything as it is.

    False where traces stay in the files for a minute or so, because somebody reads just now.
    """
    await settle(user_id)
    async with database.write() as session:
        await rights.erase(session, user_id, utc_now())
    return await database.wipe_traces()
