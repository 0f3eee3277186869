"""Drops what people in a group say to each other, before anything is noted of them."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.types import TelegramObject, Update

from bot.groups import GROUPS, words_for


class OnlyAddressed(BaseMiddleware):
    """Lets a group's message through only when it is for the bot."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        update = event if isinstance(event, Update) else None
        message = (update.message or update.edited_message) if update else None
        if message is not None and message.chat.type in GROUPS:
            bot: Bot = data["bot"]
            if words_for(message, await bot.me()) is None:
                return None
        return await handler(event, data)
