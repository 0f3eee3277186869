"""Answers to pressed buttons and inline queries."""

from __future__ import annotations

from aiogram.methods import AnswerCallbackQuery, AnswerInlineQuery

from playground.errors import bad_request, query_too_old
from playground.methods.registry import Context, handles

CALLBACK_WAIT = 15 * 60.0  # seconds until a pressed button can't be answered any more
MAX_ANSWER = 200  # characters


@handles(AnswerCallbackQuery)
async def answer_callback_query(ctx: Context, call: AnswerCallbackQuery) -> bool:
    asked = ctx.world.callbacks.get(call.callback_query_id)
    now = ctx.world.clock.monotonic()
    if asked is None or asked.bot_id != ctx.bot.id or now - asked.at > CALLBACK_WAIT:
        raise query_too_old()
    if call.text and len(call.text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if call.url and not call.url.startswith(f"https://t.me/{ctx.bot.user.username}?start="):
        raise bad_request("URL_INVALID")
    del ctx.world.callbacks[call.callback_query_id]
    answer = {"query_id": call.callback_query_id, "show_alert": bool(call.show_alert)}
    if call.text:
        answer["text"] = call.text
    if call.url:
        answer["url"] = call.url
    ctx.world.events.publish((ctx.bot.id, asked.persona_id), "callback_answer", answer)
    return True


@handles(AnswerInlineQuery)
async def answer_inline_query(ctx: Context, call: AnswerInlineQuery) -> bool:
    """The page offers no inline mode, so there is never a query to answer."""
    raise query_too_old()
