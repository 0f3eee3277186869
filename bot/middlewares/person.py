"""Puts the Person and their Texts before every handler, and drops what is nobody's act."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import TelegramObject, Update
from aiogram.types import User as TelegramUser

from bot.exchanges import Exchanges
from bot.forms import Forms
from bot.groups import in_the_name_of_a_chat, is_person
from bot.people import Person
from services.people import meet
from services.recent import Recent
from services.settings import Settings
from storage.database import Database
from storage.models import User
from storage.repositories import users

log = logging.getLogger(__name__)

# The id of nobody's row.
NOBODY = 0
# What the column takes; a client makes up longer ones.
LANGUAGE_CODE = 16
# A row is written again when something changed, and once in a while for `seen_at`.
SEEN_EVERY = timedelta(minutes=10)


class PersonMiddleware(BaseMiddleware):
    """Hands `person` and `texts` to handlers. What no person did reaches none of them.

    In a group, an admin who stays anonymous or somebody who writes as a channel is a person too,
    but one of whom nothing is known or kept.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Callable[[], datetime],
        exchanges: Exchanges,
        forms: Forms,
    ) -> None:
        self.database = database
        self.owner_ids = frozenset(settings.owner_ids)
        self.clock = clock
        self.recent = Recent()
        self.exchanges = exchanges
        self.forms = forms

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Update):
            return await handler(event, data)
        if event.stopped_message_generation is not None:  # tells a chat and no person
            return await handler(event, data)
        telegram_user: TelegramUser | None = data.get("event_from_user")
        message = event.message or event.edited_message
        anonymous = message is not None and in_the_name_of_a_chat(message)
        if not anonymous and (telegram_user is None or not is_person(telegram_user)):
            log.info("Update id=%s is no person's act", event.update_id)
            return None
        now = self.clock()
        if anonymous or telegram_user is None:
            language = telegram_user.language_code if telegram_user else None
            row = User(id=NOBODY, telegram_language=language, created_at=now)
        else:
            # Who only types a query, or calls the bot elsewhere, isn't kept.
            passing = event.inline_query is not None or event.guest_message is not None
            row = await self._row(telegram_user, now, keep=not passing)
        person = Person(
            row,
            self.database,
            f"{data['bot'].id}:{event.update_id}",
            now,
            self.recent,
            self.exchanges,
            self.forms,
            anonymous=anonymous,
            about=self.exchanges.about(message) if message is not None else None,
        )
        # Put into the same mapping, so that the error handler sees them too.
        data["person"], data["texts"] = person, person.texts
        return await handler(event, data)

    async def _row(self, telegram_user: TelegramUser, now: datetime, *, keep: bool) -> User:
        """The person's row, met or seen again; of one who only types a query, none is made."""
        seen: dict[str, Any] = {
            "first_name": telegram_user.first_name,
            "username": telegram_user.username,
            "telegram_language": (telegram_user.language_code or "")[:LANGUAGE_CODE] or None,
        }
        if telegram_user.id in self.owner_ids:
            seen["role"] = "admin"
        async with self.database.read() as session:
            row = await users.get(session, telegram_user.id)
        fresh = row is not None and now - row.seen_at < SEEN_EVERY and row.blocked_at is None
        if row is not None and fresh and all(getattr(row, k) == v for k, v in seen.items()):
            return row
        if not keep:
            language = telegram_user.language_code
            return row or User(id=telegram_user.id, telegram_language=language, created_at=now)
        return await meet(self.database, telegram_user.id, now, **seen)
