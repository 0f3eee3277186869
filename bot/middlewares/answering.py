"""Answers every tap on a button, so that no client shows a spinner for ever."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, TelegramObject
from aiogram.utils.callback_answer import CallbackAnswer

log = logging.getLogger(__name__)

TOAST_LIMIT = 200


class AnswerTaps(BaseMiddleware):
    """Hands `callback_answer` to handlers and sends it after them.

    Unlike aiogram's own, a toast that comes too late is no error: the tap was handled.
    """

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, CallbackQuery):
            return await handler(event, data)
        toast = data["callback_answer"] = CallbackAnswer(answered=False)
        try:
            return await handler(event, data)
        finally:
            if not toast.disabled:
                await _answer(event, toast)


async def _answer(event: CallbackQuery, toast: CallbackAnswer) -> None:
    text = toast.text[:TOAST_LIMIT] if toast.text else None
    try:
        await event.answer(text, show_alert=toast.show_alert)
    except TelegramAPIError as error:
        log.info("Callback query id=%s was not answered: %s", event.id, error)
