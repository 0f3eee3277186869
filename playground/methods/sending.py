"""What every message that a bot sends goes through."""

from __future__ import annotations

from typing import Any

from aiogram.types import (
    EphemeralMessageParameters,
    ForceReply,
    Message,
    MessageEntity,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    TextQuote,
)

from playground import entities, ephemeral, markup
from playground.entities import MAX_CAPTION, MAX_TEXT
from playground.entities.text import utf16
from playground.errors import bad_request, too_many_requests
from playground.methods.registry import Context
from playground.plain import plain
from playground.rich.reading import said
from playground.state import Chat, bare


def body(
    ctx: Context, text: str, parse_mode: Any, given: list[MessageEntity] | None
) -> tuple[str, list[MessageEntity] | None]:
    """Text of a message and its entities. Raises ApiError 400 when empty or too long."""
    if not text:
        raise bad_request("message text is empty")
    shown, found = _formatted(ctx, text, parse_mode, given)
    if not shown:
        raise bad_request("text must be non-empty")
    if len(shown) > MAX_TEXT:
        raise bad_request("message is too long")
    return shown, found


def caption(ctx: Context, call: Any) -> dict[str, Any]:
    """The caption fields of a call or of an input media. Raises ApiError 400 when too long."""
    if not call.caption:
        return {}
    shown, found = _formatted(ctx, call.caption, call.parse_mode, call.caption_entities)
    if len(shown) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    above = getattr(call, "show_caption_above_media", None)
    return {
        "caption": shown or None,
        "caption_entities": found,
        "show_caption_above_media": above or None,
    }


def _formatted(
    ctx: Context, text: str, parse_mode: Any, given: list[MessageEntity] | None
) -> tuple[str, list[MessageEntity] | None]:
    shown, found = entities.formatted(text, parse_mode, given)
    named = [_mention(ctx, entity) for entity in found]
    return shown, [entity for entity in named if entity is not None] or None


def _mention(ctx: Context, entity: MessageEntity) -> MessageEntity | None:
    """A mention by id carries the whole user; Telegram drops one of somebody unknown."""
    if entity.type != "text_mention":
        return entity
    persona = ctx.world.personas.get(entity.user.id) if entity.user else None
    return entity.model_copy(update={"user": persona.user()}) if persona else None


def spend(ctx: Context, call: Any, chat: Chat, messages: int = 1) -> None:
    """Counts messages against the rates. Raises ApiError 429."""
    if ctx.bot.limiter is None:
        return
    paid = bool(getattr(call, "allow_paid_broadcast", None))
    wait = ctx.bot.limiter.acquire(chat.id, messages, paid)
    if wait:
        raise too_many_requests(wait)


def send(ctx: Context, call: Any, chat: Chat, **content: Any) -> Message:
    """Posts one message with the options that all sending methods share."""
    keyboard = markup.checked(getattr(call, "reply_markup", None))
    to = ephemeral.aimed_at(call)
    if to is not None:
        return _send_to_one(ctx, call, chat, to, {**content, "reply_markup": keyboard})
    options = reply_options(ctx, call, chat)
    spend(ctx, call, chat)
    message = ctx.world.compose(
        ctx.bot,
        chat,
        ctx.bot.user,
        **content,
        **options,
        reply_markup=markup.inline(keyboard),
    )
    ctx.world.post(chat, message)
    show_keyboard(ctx, chat, keyboard)
    return message


def _send_to_one(
    ctx: Context, call: Any, chat: Chat, to: EphemeralMessageParameters, content: dict[str, Any]
) -> Message:
    """Posts a message that one member of the group sees alone."""
    reply = getattr(call, "reply_parameters", None)
    replied_id = reply.ephemeral_message_id if reply else None
    group, receiver, replied = ephemeral.check(ctx.world, ctx.bot, chat, to, replied_id)
    if replied is None:
        content.update(reply_options(ctx, call, chat))
    else:
        protected = call.protect_content or None
        content.update(reply_to_message=bare(replied), has_protected_content=protected)
    spend(ctx, call, chat)
    content["reply_markup"] = markup.inline(content["reply_markup"])
    message = ephemeral.post(ctx.world, ctx.bot, group, receiver, ctx.bot.user, **content)
    ephemeral.show(ctx.world, group, message, "ephemeral", _replaced(ctx, to))
    return message


def _replaced(ctx: Context, to: EphemeralMessageParameters) -> int | None:
    """The message that the new one is shown in place of."""
    asked = ctx.world.callbacks.get(to.callback_query_id or "")
    return asked.message_id if asked and to.replace_callback_query_message else None


def show_keyboard(ctx: Context, chat: Chat, keyboard: markup.Markup | None) -> None:
    if isinstance(keyboard, ReplyKeyboardMarkup | ForceReply):
        ctx.world.set_reply_keyboard(chat, keyboard)
    elif isinstance(keyboard, ReplyKeyboardRemove):
        ctx.world.set_reply_keyboard(chat, None)


def reply_options(ctx: Context, call: Any, chat: Chat) -> dict[str, Any]:
    """Fields of a new message that come from the call's common parameters."""
    options: dict[str, Any] = {
        "has_protected_content": call.protect_content or None,
        "effect_id": call.message_effect_id,
    }
    reply = getattr(call, "reply_parameters", None)
    message_id = reply.message_id if reply else getattr(call, "reply_to_message_id", None)
    if reply is not None and reply.ephemeral_message_id is not None:
        raise bad_request(ephemeral.REPLY_MUST_BE_EPHEMERAL)
    if message_id is None:
        return options
    lenient = getattr(call, "allow_sending_without_reply", None)
    if reply is not None:
        lenient = reply.allow_sending_without_reply
        if reply.chat_id not in (None, chat.id):
            raise bad_request("message to be replied not found")
    replied = chat.messages.get(message_id)
    if replied is not None:
        options["reply_to_message"] = bare(replied)
        if reply is not None and reply.quote:
            options["quote"] = quote(replied, reply.quote)
    elif not lenient:
        raise bad_request("message to be replied not found")
    return options


def quote(replied: Message, text: str) -> TextQuote:
    whole = said(plain(replied))
    at = whole.find(text)
    if at < 0:
        raise bad_request("QUOTE_TEXT_INVALID")
    return TextQuote(text=text, position=utf16(whole[:at]), is_manual=True)
