"""Words about payments: kept, shown to the admins, and answered by one of them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.messenger import Messenger, Undelivered, What
from services.people import Person
from storage.database import Database
from storage.models import Item, Order, User
from storage.repositories import orders, support, users

log = logging.getLogger(__name__)

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Asked(What):
    """To an admin: who wrote what, and what they paid for."""

    writer: User
    text: str
    bought: Sequence[tuple[Order, Item]]


@dataclass(frozen=True, slots=True)
class Replied(What):
    """To the person: an admin's words."""

    text: str


class PaySupport:
    def __init__(self, messenger: Messenger, database: Database) -> None:
        self.messenger = messenger
        self.database = database

    async def ask(self, person: Person, words: str) -> bool:
        """Keeps the words. Whether an admin has them already."""
        async with self.database.write() as session:
            await support.keep(session, person.id, words, person.now)
        return await self.tell_admins(person.now)

    async def tell_admins(self, now: datetime) -> bool:
        """Tells the admins what waits for them, oldest first; False while something still waits."""
        async with self.database.read() as session:
            waiting = await support.waiting(session)
            admins = await users.with_roles(session, "admin")
        for words in waiting:
            async with self.database.read() as session:
                writer = await users.get(session, words.user_id)
            if writer is None:
                continue
            asked = Asked(writer, words.text, await bought(self.database, writer.id))
            told = [await self._told(admin, asked) for admin in admins]
            if not any(told):
                return False
            async with self.database.write() as session:
                await support.told(session, words.id, now)
        return True

    async def _told(self, admin: int, asked: Asked) -> bool:
        try:
            await self.messenger.send(admin, asked)
        except Undelivered as error:
            log.warning("Admin %s was not told of a payment problem: %s", admin, error)
            return False
        return True


async def bought(database: Database, user_id: int) -> Sequence[tuple[Order, Item]]:
    """What a person paid for, newest first."""
    async with database.read() as session:
        return (await orders.owned(session, user_id, Order.price_stars > 0))[:SHOWN]
