"""A word from the bot itself: to its admins, or to a person, in their language."""

import logging
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from storage.database import Database
from storage.models import User
from storage.repositories import users
from wording.texts import Texts, language_of

log = logging.getLogger(__name__)


class Operators:
    def __init__(self, bot: Bot, database: Database) -> None:
        self.bot = bot
        self.database = database

    async def tell(self, key: str, **values: Any) -> bool:
        """Sends every admin a message of the catalogue. Whether at least one has it."""
        async with self.database.read() as session:
            admins = await users.with_roles(session, "admin")
        told = [await self.tell_person(admin, key, **values) for admin in admins]
        return any(told)

    async def tell_person(self, user_id: int, key: str, **values: Any) -> bool:
        async with self.database.read() as session:
            user = await session.get(User, user_id)
        language = language_of(user.language, user.telegram_language) if user else "zh"
        try:
            await self.bot.send_message(user_id, Texts(language).html(key, **values))
        except TelegramAPIError as error:
            log.warning("%s could not be told (%s): %s", user_id, key, error)
            return False
        return True
