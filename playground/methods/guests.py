"""Answers of a bot that was called into a chat as a guest."""

from __future__ import annotations

from aiogram.methods import AnswerGuestQuery
from aiogram.types import SentGuestMessage

from playground import markup
from playground.errors import bad_request, query_too_old
from playground.guests import GUEST_WAIT, inline_message_id
from playground.methods.queries import MAX_RESULT_ID, article
from playground.methods.registry import Context, handles
from playground.state import bare


@handles(AnswerGuestQuery)
async def answer_guest_query(ctx: Context, call: AnswerGuestQuery) -> SentGuestMessage:
    """One message, as a reply to the one that called; only once."""
    asked = ctx.world.guests.get(call.guest_query_id)
    late = asked is None or ctx.world.clock.monotonic() - asked.at > GUEST_WAIT
    if asked is None or late or asked.bot_id != ctx.bot.id:
        raise query_too_old()
    if not 1 <= len(call.result.id.encode()) <= MAX_RESULT_ID:
        raise bad_request("RESULT_ID_INVALID")
    shown = article(ctx, call.result)
    keyboard = markup.inline(markup.checked(call.result.reply_markup))
    group = ctx.world.group(ctx.bot, asked.group_id)
    called = group.messages.get(asked.message_id) if group else None
    if group is None or called is None:
        raise query_too_old()
    message = ctx.world.compose(
        ctx.bot,
        group,
        ctx.bot.user,
        text=shown["text"],
        entities=shown["entities"] or None,
        reply_markup=keyboard,
        reply_to_message=bare(called),
        guest_bot_caller_user=called.from_user,
    )
    del ctx.world.guests[call.guest_query_id]
    ctx.world.post(group, message)
    return SentGuestMessage(inline_message_id=inline_message_id(message))
