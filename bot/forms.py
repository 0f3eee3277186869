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
from bot.photos import Photos
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
    as a rich message, whose buttons stand in it. `photo_of`: the item whose picture goes with it,
    if it has one."""

    html: Sequence[str]
    keyboard: InlineKeyboardMarkup | None = None
    rich: InputRichMessage | None = None
    photo_of: str | None = None


class Forms:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.photos = Photos(database)
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
            number = await self._show_rich(bot, chat_id, form, texts, left[:1], below)
            if number is not None:
                left = [n for n in left if n != number]
                shown = [number]
        if not shown and not left and form.photo_of is not None and len(form.html) == 1:
            number = await self.photos.send(
                bot, chat_id, form.photo_of, form.html[0], form.keyboard, below
            )
            shown = [number] if number is not None else []
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

    def keep(self, chat_id: int, message_id: int, form: Form) -> None:
        """Has the classic form of a rich message at hand, for a while."""
        self._classic[chat_id, message_id] = form
        if len(self._classic) > KEPT:
            self._classic.popitem(last=False)

    async def _show_rich(
        self,
        bot: Bot,
        chat_id: int,
        form: Form,
        texts: Texts,
        free: Sequence[int],
        below: ReplyParameters | None,
    ) -> int | None:
        """The message's id; None where Telegram refused it, so that nothing was sent."""
        under = empty_button(texts)
        forms = [form.rich] if form.rich is not None else []
        if form.photo_of is not None and form.rich is not None:
            pictured = await self.photos.within(bot, form.photo_of, form.rich)
            # A picture that is refused says nothing of what the app draws.
            forms = [pictured, form.rich] if pictured is not form.rich else forms
        for rich in forms[:-1]:
            with suppress(TelegramBadRequest):
                return await self._sent(bot, chat_id, form, rich, under, free, below)
        try:
            return await self._sent(bot, chat_id, form, forms[-1], under, free, below)
        except (TelegramBadRequest, TelegramNotFound) as error:  # or the server has no such method
            if unreachable(error):
                raise
            log.warning("A rich message was refused: %s", error.message)
            await set_draws_rich(self.database, chat_id, False)
            return None

    async def _sent(
        self,
        bot: Bot,
        chat_id: int,
        form: Form,
        rich: InputRichMessage,
        under: InlineKeyboardMarkup,
        free: Sequence[int],
        below: ReplyParameters | None,
    ) -> int:
        if free and await _edited(bot, chat_id, free[0], rich, under):
            number = free[0]
        else:
            sent = await bot.send_rich_message(
                chat_id, rich, reply_markup=under, reply_parameters=below
            )
            number = sent.message_id
        self.keep(chat_id, number, form)
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
        # Or a picture's, which has none.
        gone = ("message to edit not found", "can't be edited", "there is no text in the message")
        if any(part in error.message for part in gone):
            return False
        raise
    return True


def empty_button(texts: Texts) -> InlineKeyboardMarkup:
    """Under a rich message, since it shows also where the message doesn't."""
    keyboard = Buttons()
    keyboard.button(text=texts("drawing-empty"), callback_data=Drawing(act="empty"))
    return keyboard.rows()
