"""Sending and streaming rich messages; editing them is in edits.py."""

from __future__ import annotations

from aiogram.methods import SendRichMessage, SendRichMessageDraft
from aiogram.types import InputRichMessage, Message, RichMessage

from playground.drafts import show_draft
from playground.errors import bad_request
from playground.methods.media import stored
from playground.methods.messages import DRAFT_SHOWN
from playground.methods.registry import Context, handles
from playground.methods.sending import send
from playground.plain import Json, plain
from playground.rich.message import read
from playground.rich.text import Scene
from playground.state import Chat, Draft


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
    return await read(given, scene, lambda medium, kind: stored(ctx, medium, kind))
