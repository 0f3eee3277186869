"""What went wrong reaches the user as one sentence, and the log with the update's id."""

import logging

from aiogram import Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.types import ErrorEvent, Message, Update

from bot.messenger import cause_of
from bot.session import connection_refused, too_late, unreachable
from storage.passing import is_passing
from wording.texts import Texts

log = logging.getLogger(__name__)
router = Router(name="errors")


@router.error()
async def failed(event: ErrorEvent, texts: Texts | None = None) -> None:
    update, error = event.update, cause_of(event.exception)
    if isinstance(error, TelegramAPIError) and (unreachable(error) or too_late(error)):
        log.info("Update id=%s: nobody to answer any more: %s", update.update_id, error.message)
        return
    if is_passing(error) or connection_refused(error) or _is_payment(update):
        raise SkipHandler  # the inbox tries it again
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


def _is_payment(update: Update) -> bool:
    return update.message is not None and update.message.successful_payment is not None
