"""Each message in the form that its reader's app draws: the classic one, or a rich one.

Telegram takes a rich message from a bot also where the reader's app then shows an empty bubble, and
nothing tells a bot which app reads. So a rich form is sent only to whom a sample has proved it, and
never again after they say that a message is empty, or Telegram refuses one.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramNotFound
from aiogram.types import InlineKeyboardMarkup, InputRichMessage, ReplyParameters

from bot.buttons import Buttons
from bot.callbacks import Drawing
from bot.chats import NO_PREVIEW, edit_at
from bot.session import unreachable
from services.people import set_draws_rich
from storage.database import Database
from wording.texts import Texts

log = logging.getLogger(__name__)

# The classic forms of so many rich messages are at hand for who sees an empty one.
KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Form:
    """One message: HTML in as many parts as Telegram needs, the buttons of the last; and the same
    as a rich message, whose buttons stand in it."""

    html: Sequence[str]
    keyboard: InlineKeyboardMarkup | None = None
    rich: InputRichMessage | None = None


class Forms:
    def __init__(self, database: Database) -> None:
        self.database = database
        self._classic: OrderedDict[tuple[int, int], Form] = OrderedDict()

    async def show(
        self,
        bot: Bot,
        chat_id: int,
        form: Form,
        texts: Texts,
        *,
        rich: bool = False,
        free: Sequence[int] = (),
        below: ReplyParameters | None = None,
    ) -> list[int]:
        """Sends a message, or puts it in the place of those in `free`; what of these isn't needed
        is deleted. `rich`: whether the reader's app draws it. Returns the ids, in order."""
        left = list(free)
        shown: list[int] = []
        if rich and form.rich is not None:
            number = await self._show_rich(bot, chat_id, form, form.rich, texts, left[:1], below)
            if number is not None:
                left = [n for n in left if n != number]
                shown = [number]
        if not shown:
            for n, part in enumerate(form.html, start=1):
                buttons = form.keyboard if n == len(form.html) else None
                number = left.pop(0) if left else None
                if number is None or not await edit_at(bot, chat_id, number, part, buttons):
                    sent = await bot.send_message(
                        chat_id,
                        part,
                        reply_markup=buttons,
                        link_preview_options=NO_PREVIEW,
                        reply_parameters=below,
                    )
                    number = sent.message_id
                shown.append(number)
        if left:
            with suppress(TelegramBadRequest):
                await bot.delete_messages(chat_id, left)
        return shown

    def classic_of(self, chat_id: int, message_id: int) -> Form | None:
        return self._classic.get((chat_id, message_id))

    async def _show_rich(
        self,
        bot: Bot,
        chat_id: int,
        form: Form,
        rich: InputRichMessage,
        texts: Texts,
        free: Sequence[int],
        below: ReplyParameters | None,
    ) -> int | None:
        """The message's id; None where Telegram refused it, so that nothing was sent."""
        under = empty_button(texts)
        try:
            if free and await _edited(bot, chat_id, free[0], rich, under):
                number = free[0]
            else:
                sent = await bot.send_rich_message(
                    chat_id, rich, reply_markup=under, reply_parameters=below
                )
                number = sent.message_id
        except (TelegramBadRequest, TelegramNotFound) as error:  # or the server has no such method
            if unreachable(error):
                raise
            log.warning("A rich message was refused: %s", error.message)
            await set_draws_rich(self.database, chat_id, False)
            return None
        self._classic[chat_id, number] = form
        if len(self._classic) > KEPT:
            self._classic.popitem(last=False)
        return number


async def _edited(
    bot: Bot, chat_id: int, number: int, rich: InputRichMessage, under: InlineKeyboardMarkup
) -> bool:
    """False where there is no such message any more."""
    try:
        await bot.edit_message_text(
            chat_id=chat_id, message_id=number, rich_message=rich, reply_markup=under
        )
    except TelegramBadRequest as error:
        if "message is not modified" in error.message:
            return True
        if "message to edit not found" in error.message or "can't be edited" in error.message:
            return False
        raise
    return True


def empty_button(texts: Texts) -> InlineKeyboardMarkup:
    """Under a rich message, since it shows also where the message doesn't."""
    keyboard = Buttons()
    keyboard.button(text=texts("drawing-empty"), callback_data=Drawing(act="empty"))
    return keyboard.rows()
