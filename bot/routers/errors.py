"""What went wrong reaches the user as one sentence, and the log with the update's id."""

import logging

from aiogram import Router
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError, TelegramForbiddenError
from aiogram.types import ErrorEvent, Message

from bot.texts import Texts

log = logging.getLogger(__name__)
router = Router(name="errors")


@router.error()
async def failed(event: ErrorEvent, texts: Texts | None = None) -> None:
    update, error = event.update, event.exception
    if isinstance(error, TelegramForbiddenError):
        log.info("Update id=%s: the user has blocked the bot", update.update_id)
        return
    log.error("Update id=%s failed", update.update_id, exc_info=error)
    if texts is None:
        return
    message = update.callback_query.message if update.callback_query else update.message
    sorry = texts("error", update=str(update.update_id))
    try:
        if update.pre_checkout_query:
            await update.pre_checkout_query.answer(ok=False, error_message=sorry)
        elif isinstance(message, Message) and message.chat.type == ChatType.PRIVATE:
            await message.answer(sorry)
    except TelegramAPIError as failure:
        log.warning("Update id=%s: could not tell the user: %s", update.update_id, failure)
