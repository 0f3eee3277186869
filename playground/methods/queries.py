"""Answers to pressed buttons and inline queries."""

from __future__ import annotations

from typing import Any

from aiogram.methods import AnswerCallbackQuery, AnswerInlineQuery
from aiogram.types import InlineQueryResultArticle, InputTextMessageContent

from playground.errors import ApiError, bad_request, query_too_old
from playground.methods.registry import Context, handles
from playground.methods.sending import body
from playground.plain import plain
from playground.world import CALLBACK_WAIT

MAX_ANSWER = 200  # characters
INLINE_WAIT = 30.0  # seconds until an inline query can't be answered any more
MAX_RESULTS = 50
MAX_RESULT_ID = 64  # bytes


@handles(AnswerCallbackQuery)
async def answer_callback_query(ctx: Context, call: AnswerCallbackQuery) -> bool:
    asked = ctx.world.callbacks.get(call.callback_query_id)
    now = ctx.world.clock.monotonic()
    late = asked is None or asked.answered or now - asked.at > CALLBACK_WAIT
    if asked is None or late or asked.bot_id != ctx.bot.id:
        raise query_too_old()
    if call.text and len(call.text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    if call.url and not call.url.startswith(f"https://t.me/{ctx.bot.user.username}?start="):
        raise bad_request("URL_INVALID")
    asked.answered = True
    answer = {"query_id": call.callback_query_id, "show_alert": bool(call.show_alert)}
    if call.text:
        answer["text"] = call.text
    if call.url:
        answer["url"] = call.url
    ctx.world.events.publish(asked.screen, "callback_answer", answer)
    return True


@handles(AnswerInlineQuery)
async def answer_inline_query(ctx: Context, call: AnswerInlineQuery) -> bool:
    """The results go to who typed the query; choosing one is `Person.choose`."""
    asked = ctx.world.inline.get(call.inline_query_id)
    now = ctx.world.clock.monotonic()
    late = asked is None or asked.results is not None or now - asked.at > INLINE_WAIT
    if asked is None or late or asked.bot_id != ctx.bot.id:
        raise query_too_old()
    if len(call.results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    ids = [result.id for result in call.results]
    if any(not 1 <= len(one.encode()) <= MAX_RESULT_ID for one in ids):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(ids)) < len(ids):
        raise bad_request("RESULT_ID_DUPLICATE")
    asked.results = [article(ctx, result) for result in call.results]
    answer = {
        "query_id": call.inline_query_id,
        "results": asked.results,
        "cache_time": 300 if call.cache_time is None else call.cache_time,
        "is_personal": bool(call.is_personal),
        "button": plain(call.button),
    }
    ctx.world.events.publish((ctx.bot.id, asked.persona_id), "inline_results", answer)
    return True


def article(ctx: Context, result: Any) -> dict[str, Any]:
    """A result as the page gets it, its text formatted. Raises ApiError 400."""
    content = getattr(result, "input_message_content", None)
    if not isinstance(result, InlineQueryResultArticle):
        raise ApiError(501, "Not Implemented: the playground has no inline results but articles")
    if not isinstance(content, InputTextMessageContent):
        raise ApiError(501, "Not Implemented: the playground has no inline results but texts")
    if not result.title:
        raise bad_request("ARTICLE_TITLE_EMPTY")
    text, found = body(ctx, content.message_text, content.parse_mode, content.entities)
    return {
        "id": result.id,
        "title": result.title,
        "description": result.description,
        "text": text,
        "entities": plain(found),
    }
