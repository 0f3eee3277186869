"""Photos, documents, albums, and downloading files."""

from __future__ import annotations

import secrets
from typing import Any

from aiogram.methods import (
    GetFile,
    SendAnimation,
    SendAudio,
    SendDocument,
    SendMediaGroup,
    SendPhoto,
    SendVideo,
    SendVideoNote,
    SendVoice,
    TelegramMethod,
)
from aiogram.types import File, InputFile, Message

from playground.errors import ApiError, bad_request
from playground.files import FILE_KINDS, MAX_DOWNLOAD, FileKind, StoredFile
from playground.methods.registry import Context, handles
from playground.methods.sending import caption, reply_options, send, spend
from playground.upload import Upload

WRONG_FILE = "wrong remote file identifier specified: can't unserialize it. Wrong last symbol"


def _sends(cls: type[TelegramMethod[Message]], kind: FileKind) -> None:
    @handles(cls)
    async def send_file(ctx: Context, call: Any) -> Message:
        chat = ctx.world.reachable(ctx.bot, call.chat_id)
        text = caption(ctx, call) if hasattr(call, "caption") else {}
        file = await stored(ctx, getattr(call, kind), kind)
        spoiler = getattr(call, "has_spoiler", None) or None
        return send(ctx, call, chat, **file.content(call), has_media_spoiler=spoiler, **text)


_sends(SendPhoto, "photo")
_sends(SendDocument, "document")
_sends(SendVideo, "video")
_sends(SendAnimation, "animation")
_sends(SendAudio, "audio")
_sends(SendVoice, "voice")
_sends(SendVideoNote, "video_note")


@handles(SendMediaGroup)
async def send_media_group(ctx: Context, call: SendMediaGroup) -> list[Message]:
    if not 2 <= len(call.media) <= 10:
        size = "few" if len(call.media) < 2 else "many"
        raise bad_request(f"too {size} messages to send as an album")
    types = {item.type for item in call.media}
    alone = sorted(types & {"document", "audio"})
    if alone and len(types) > 1:
        raise bad_request(f"{alone[0]} can't be mixed with other media types")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    contents = [await media_content(ctx, item) for item in call.media]
    options = reply_options(ctx, call, chat)
    spend(ctx, call, chat, len(contents))
    group = str(secrets.randbelow(10**17))
    messages = []
    for content in contents:
        message = ctx.world.compose(
            ctx.bot, chat, ctx.bot.user, media_group_id=group, **content, **options
        )
        ctx.world.post(chat, message)
        messages.append(message)
    return messages


async def media_content(ctx: Context, media: Any) -> dict[str, Any]:
    """Message fields of an InputMedia. Raises ApiError 400, or 501 for kinds not built."""
    text = caption(ctx, media)
    if media.type not in FILE_KINDS:
        raise ApiError(501, f"Not Implemented: the playground has no media of type {media.type}")
    file = await stored(ctx, media.media, media.type)
    return {**file.content(media), **text}


async def stored(ctx: Context, given: str | InputFile, kind: FileKind) -> StoredFile:
    """The file that was uploaded or that a file_id names. Raises ApiError 400."""
    if isinstance(given, Upload):
        return await ctx.world.files.add(given, kind)
    if isinstance(given, InputFile) or not given:
        raise bad_request(f"there is no {kind} in the request")
    if given.startswith(("http://", "https://")):
        # Telegram would fetch it; the playground never leaves the machine.
        raise bad_request("failed to get HTTP URL content")
    file = ctx.world.files.get(given)
    if file is None:
        raise bad_request(WRONG_FILE)
    if file.kind != kind:
        raise bad_request(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


@handles(GetFile)
async def get_file(ctx: Context, call: GetFile) -> File:
    file = ctx.world.files.get(call.file_id)
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return File(
        file_id=file.file_id,
        file_unique_id=file.unique_id,
        file_size=file.size,
        file_path=file.file_path,
    )
