"""Changing messages that the bot sent."""

from __future__ import annotations

from typing import Any

from aiogram.methods import (
    EditMessageCaption,
    EditMessageMedia,
    EditMessageReplyMarkup,
    EditMessageText,
)
from aiogram.types import InlineKeyboardMarkup, Message

from playground import markup
from playground.errors import bad_request
from playground.files import FILE_KINDS
from playground.guests import guest_message
from playground.methods.media import media_content
from playground.methods.messages import link_preview
from playground.methods.registry import Context, handles
from playground.methods.rich import rich_message
from playground.methods.sending import body, caption
from playground.plain import plain
from playground.state import Chat

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
NO_CAPTION = {"caption": None, "caption_entities": None, "show_caption_above_media": None}


def target(ctx: Context, call: Any) -> tuple[Chat, Message]:
    """The bot's own message that the call names. Raises ApiError 400 or 403."""
    if call.chat_id is None:
        if call.inline_message_id is not None:
            return guest_message(ctx.world, ctx.bot, call.inline_message_id)
        raise bad_request("chat_id is empty")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    if call.message_id is None:
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(call.message_id)
    if message is None:
        raise bad_request("message to edit not found")
    sender = message.from_user
    service = message.pinned_message or message.refunded_payment
    if sender is None or sender.id != ctx.bot.id or message.forward_origin or service:
        raise bad_request("message can't be edited")
    return chat, message


def change(ctx: Context, chat: Chat, message: Message, call: Any, **content: Any) -> Message:
    """Shows the message with new content and the call's keyboard (none takes it away)."""
    keyboard: InlineKeyboardMarkup | None = markup.inline(markup.checked(call.reply_markup))
    changed = message.model_copy(update={**content, "reply_markup": keyboard})
    if plain(changed) == plain(message):
        raise bad_request(NOT_MODIFIED)
    changed = changed.model_copy(update={"edit_date": int(ctx.world.clock.now().timestamp())})
    ctx.world.replace(chat, changed)
    return changed


async def text_content(ctx: Context, chat: Chat, call: Any) -> dict[str, Any]:
    """What a message becomes: a text, or a rich message, and the other way round.

    Raises ApiError 400.
    """
    content: dict[str, Any] = dict.fromkeys(
        ("text", "entities", "link_preview_options", "rich_message")
    )
    if call.rich_message is not None:
        content["rich_message"] = await rich_message(ctx, chat, call.rich_message)
        return content
    content["text"], content["entities"] = body(
        ctx, call.text or "", call.parse_mode, call.entities
    )
    content["link_preview_options"] = link_preview(call)
    return content


def check_text(message: Message) -> None:
    """Raises ApiError 400 for a message whose text can't be edited."""
    if message.text is None and message.rich_message is None:
        raise bad_request("there is no text in the message to edit")


@handles(EditMessageText)
async def edit_message_text(ctx: Context, call: EditMessageText) -> Message:
    chat, message = target(ctx, call)
    content = await text_content(ctx, chat, call)
    check_text(message)
    return change(ctx, chat, message, call, **content)


@handles(EditMessageCaption)
async def edit_message_caption(ctx: Context, call: EditMessageCaption) -> Message:
    content = {**NO_CAPTION, **caption(ctx, call)}
    chat, message = target(ctx, call)
    if all(getattr(message, kind) is None for kind in FILE_KINDS):
        raise bad_request("there is no caption in the message to edit")
    return change(ctx, chat, message, call, **content)


@handles(EditMessageReplyMarkup)
async def edit_message_reply_markup(ctx: Context, call: EditMessageReplyMarkup) -> Message:
    chat, message = target(ctx, call)
    return change(ctx, chat, message, call)


@handles(EditMessageMedia)
async def edit_message_media(ctx: Context, call: EditMessageMedia) -> Message:
    chat, message = target(ctx, call)
    if message.poll or message.invoice or message.location:
        raise bad_request("message can't be edited")
    content = await media_content(ctx, call.media)
    emptied = {**dict.fromkeys((*FILE_KINDS, "text", "entities", "rich_message")), **NO_CAPTION}
    return change(ctx, chat, message, call, **{**emptied, **content})
