"""Small things done to chats, which Telegram makes less small than they look."""

import html
from collections.abc import Sequence

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    MessageEntity,
)

from wording.formatting import split
from wording.texts import Markup

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def replace(query: CallbackQuery, html: str, keyboard: InlineKeyboardMarkup | None) -> None:
    """Edits the message under a button, or sends a new one where it can't be edited.

    A second tap on the same button changes nothing.
    """
    message = query.message
    if isinstance(message, Message) and not await edit(message, html, keyboard):
        await message.answer(html, reply_markup=keyboard, link_preview_options=NO_PREVIEW)


async def edit(message: Message, html: str, keyboard: InlineKeyboardMarkup | None) -> bool:
    """Edits a message of ours. False when it is gone; no error when it is the same already."""
    if message.bot is None:
        raise RuntimeError("the message belongs to no bot")
    return await edit_at(message.bot, message.chat.id, message.message_id, html, keyboard)


async def edit_at(
    bot: Bot, chat_id: int, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None
) -> bool:
    """As `edit`, of a message whose number is known."""
    try:
        await bot.edit_message_text(
            html,
            chat_id=chat_id,
            message_id=message_id,
            reply_markup=keyboard,
            link_preview_options=NO_PREVIEW,
        )
    except TelegramBadRequest as error:
        if "message is not modified" in error.message:
            return True
        if "there is no text in the message" in error.message:
            return await _edit_caption(bot, chat_id, message_id, html, keyboard)
        if "message to edit not found" in error.message or "can't be edited" in error.message:
            return False
        raise
    return True


async def _edit_caption(
    bot: Bot, chat_id: int, message_id: int, html: str, keyboard: InlineKeyboardMarkup | None
) -> bool:
    """As `edit_at`, of a picture's message. False also where the text is too long to be there."""
    try:
        await bot.edit_message_caption(
            chat_id=chat_id, message_id=message_id, caption=html, reply_markup=keyboard
        )
    except TelegramBadRequest as error:
        if "message is not modified" in error.message:
            return True
        if "caption is too long" in error.message or "no caption" in error.message:
            return False
        raise
    return True


async def send_plain(
    message: Message, text: str, keyboard: InlineKeyboardMarkup | None = None
) -> Message:
    """Sends plain text of any length, split at sentence ends; the last part has the keyboard."""
    return await send_parts(message, [Markup(escape(part)) for part in split(text)], keyboard)


async def send_parts(
    message: Message, parts: Sequence[str], keyboard: InlineKeyboardMarkup | None = None
) -> Message:
    for part in parts[:-1]:
        await message.answer(part, link_preview_options=NO_PREVIEW)
    return await message.answer(parts[-1], reply_markup=keyboard, link_preview_options=NO_PREVIEW)


def escape(text: str) -> str:
    return html.escape(text, quote=False)


def spelled_out(text: str, entities: Sequence[MessageEntity] | None) -> str:
    """A text with the links that lie behind its words beside these: `here (https://…)`."""
    units = text.encode("utf-16-le")
    for entity in sorted(entities or [], key=lambda one: one.offset, reverse=True):
        if entity.type == "text_link" and entity.url and entity.url not in text:
            end = 2 * (entity.offset + entity.length)
            units = units[:end] + f" ({entity.url})".encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")
