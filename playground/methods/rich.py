"""Sending and streaming rich messages; editing them is in edits.py."""

from __future__ import annotations

from typing import Any

from aiogram.methods import SendRichMessage, SendRichMessageDraft
from aiogram.types import InputRichMessage, Message, RichMessage

from playground.drafts import show_draft
from playground.errors import bad_request
from playground.methods.media import stored
from playground.methods.messages import DRAFT_SHOWN
from playground.methods.registry import Context, handles
from playground.methods.sending import send
from playground.plain import Json, plain
from playground.rich import html, limits, markdown
from playground.rich.blocks import Reader
from playground.rich.detect import detect, resolve
from playground.rich.inline import Media
from playground.rich.text import Scene
from playground.state import Chat, Draft

SOURCES = ("blocks", "markdown", "html")


@handles(SendRichMessage)
async def send_rich_message(ctx: Context, call: SendRichMessage) -> Message:
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    content = await rich_message(ctx, chat, call.rich_message)
    return send(ctx, call, chat, rich_message=content)


@handles(SendRichMessageDraft)
async def send_rich_message_draft(ctx: Context, call: SendRichMessageDraft) -> bool:
    if call.draft_id == 0:
        raise bad_request("draft_id must be non-zero")
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    content = await rich_message(ctx, chat, call.rich_message, draft=True)
    until = ctx.world.clock.monotonic() + DRAFT_SHOWN
    stops = bool(call.can_stop), bool(call.keep_on_stop)
    shown = Draft(call.draft_id, "", [], until, *stops, rich_message=plain(content))
    show_draft(ctx.world, chat, shown)
    return True


async def rich_message(
    ctx: Context, chat: Chat, given: InputRichMessage | None, draft: bool = False
) -> RichMessage:
    """What the chat shows of a rich message. Raises ApiError 400."""

    def known(user_id: int) -> Json | None:
        persona = ctx.world.personas.get(user_id)
        return None if persona is None else dict(plain(persona.user()))

    scene = Scene(ctx.world.clock.now().timestamp(), known, private=chat.id > 0, draft=draft)
    reader = Reader(scene, lambda medium, kind: stored(ctx, medium, kind))
    try:
        blocks = await reader.blocks(_source(given))
        if given is not None and not given.skip_entity_detection:
            detect(blocks)
        resolve(blocks)
        limits.check(blocks)
    except RecursionError:
        raise bad_request("RICH_MESSAGE_DEPTH_INVALID") from None
    rtl = {"is_rtl": True} if given is not None and given.is_rtl is True else {}
    return RichMessage.model_construct(blocks=blocks, **rtl)  # type: ignore[arg-type]


def _source(given: InputRichMessage | None) -> Any:
    """The blocks of the message, given or read from its markup. Raises ApiError 400."""
    sources = [name for name in SOURCES if given is not None and getattr(given, name) is not None]
    if given is None or not sources or not getattr(given, sources[0]):
        raise bad_request("rich message must be non-empty")
    if len(sources) > 1:
        raise bad_request("exactly one of blocks, markdown and html must be specified")
    source = getattr(given, sources[0])
    if given.blocks is not None:
        return source
    if not isinstance(source, str):
        raise bad_request(f'Field "{sources[0]}" must be of type String')
    media = Media.of(given.media)
    return html.read(source, media) if given.html else markdown.read(source, media)
