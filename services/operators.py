"""A word from the product itself: to its admins, or to a person."""

import logging
from typing import Any

from services.messenger import Messenger, Notice, Undelivered
from storage.database import Database
from storage.repositories import users

log = logging.getLogger(__name__)


class Operators:
    def __init__(self, messenger: Messenger, database: Database) -> None:
        self.messenger = messenger
        self.database = database

    async def tell(self, key: str, **values: Any) -> bool:
        """Sends every admin a message of the catalogue. Whether at least one has it."""
        async with self.database.read() as session:
            admins = await users.with_roles(session, "admin")
        told = [await self.tell_person(admin, key, **values) for admin in admins]
        return any(told)

    async def tell_person(self, user_id: int, key: str, **values: Any) -> bool:
        try:
            await self.messenger.send(user_id, Notice(key, values))
        except Undelivered as error:
            log.warning("%s could not be told (%s): %s", user_id, key, error)
            return False
        return True
