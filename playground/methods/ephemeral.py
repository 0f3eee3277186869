"""Changing and deleting what only one member of a group sees."""

from __future__ import annotations

from typing import Any

from aiogram.methods import (
    DeleteEphemeralMessage,
    EditEphemeralMessageCaption,
    EditEphemeralMessageMedia,
    EditEphemeralMessageReplyMarkup,
    EditEphemeralMessageText,
)
from aiogram.types import Message

from playground import ephemeral, markup
from playground.errors import bad_request
from playground.files import FILE_KINDS
from playground.methods.edits import NO_CAPTION, NOT_MODIFIED, check_text, text_content
from playground.methods.media import media_content
from playground.methods.registry import Context, handles
from playground.methods.sending import caption
from playground.plain import plain
from playground.state import Group


def _target(ctx: Context, call: Any, verb: str) -> tuple[Group, Message]:
    """The bot's message that the call names. Raises ApiError 400 or 403."""
    group = ctx.world.reachable(ctx.bot, call.chat_id)
    if not isinstance(group, Group):
        raise bad_request(f"message to {verb} not found")
    kept = group.ephemeral.get(call.ephemeral_message_id)
    if kept is None or kept.member_id != call.receiver_user_id:
        raise bad_request(f"message to {verb} not found")
    if kept.message.from_user is None or kept.message.from_user.id != ctx.bot.id:
        raise bad_request(
            "message can't be edited" if verb == "edit" else "message can't be deleted"
        )
    return group, kept.message


def _change(ctx: Context, call: Any, group: Group, message: Message, **content: Any) -> bool:
    keyboard = markup.inline(markup.checked(call.reply_markup))
    changed = message.model_copy(update={**content, "reply_markup": keyboard})
    if plain(changed) == plain(message):
        raise bad_request(NOT_MODIFIED)
    changed = changed.model_copy(update={"edit_date": int(ctx.world.clock.now().timestamp())})
    ephemeral.keep(ctx.world, group, changed, call.receiver_user_id)
    ephemeral.show(ctx.world, group, changed, "ephemeral_edit")
    return True


@handles(EditEphemeralMessageText)
async def edit_text(ctx: Context, call: EditEphemeralMessageText) -> bool:
    group, message = _target(ctx, call, "edit")
    content = await text_content(ctx, group, call)
    check_text(message)
    return _change(ctx, call, group, message, **content)


@handles(EditEphemeralMessageCaption)
async def edit_caption(ctx: Context, call: EditEphemeralMessageCaption) -> bool:
    content = {**NO_CAPTION, **caption(ctx, call)}
    group, message = _target(ctx, call, "edit")
    if all(getattr(message, kind) is None for kind in FILE_KINDS):
        raise bad_request("there is no caption in the message to edit")
    return _change(ctx, call, group, message, **content)


@handles(EditEphemeralMessageReplyMarkup)
async def edit_reply_markup(ctx: Context, call: EditEphemeralMessageReplyMarkup) -> bool:
    return _change(ctx, call, *_target(ctx, call, "edit"))


@handles(EditEphemeralMessageMedia)
async def edit_media(ctx: Context, call: EditEphemeralMessageMedia) -> bool:
    group, message = _target(ctx, call, "edit")
    content = await media_content(ctx, call.media)
    emptied = {**dict.fromkeys((*FILE_KINDS, "text", "entities", "rich_message")), **NO_CAPTION}
    return _change(ctx, call, group, message, **{**emptied, **content})


@handles(DeleteEphemeralMessage)
async def delete_ephemeral_message(ctx: Context, call: DeleteEphemeralMessage) -> bool:
    group, _ = _target(ctx, call, "delete")
    ephemeral.remove(ctx.world, group, call.ephemeral_message_id)
    return True
