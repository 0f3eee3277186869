"""Polls and quizzes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram.methods import SendPoll, StopPoll
from aiogram.types import Message, MessageEntity, Poll, PollOption

from playground import entities, markup
from playground.errors import bad_request
from playground.methods.edits import target
from playground.methods.registry import Context, handles
from playground.methods.sending import send
from playground.state import PollState
from playground.voting import close_poll

MAX_QUESTION, MAX_OPTION, MAX_EXPLANATION = 300, 100, 200  # characters
MAX_OPTIONS = 12
MIN_PERIOD, MAX_PERIOD = 5, 2_628_000  # seconds: https://core.telegram.org/bots/api#sendpoll


@handles(SendPoll)
async def send_poll(ctx: Context, call: SendPoll) -> Message:
    question, found = _part(
        call.question, call.question_parse_mode, call.question_entities, MAX_QUESTION, "question"
    )
    if not 1 <= len(call.options) <= MAX_OPTIONS:
        raise bad_request(f"poll must have 1-{MAX_OPTIONS} answer options")
    options = [_option(number, option) for number, option in enumerate(call.options)]
    closes_at = None if call.is_closed else _closing_time(ctx, call)
    chat = ctx.world.reachable(ctx.bot, call.chat_id)
    poll = Poll(
        id=str(secrets.randbelow(9 * 10**18)),
        question=question,
        question_entities=found,
        options=options,
        total_voter_count=0,
        is_closed=bool(call.is_closed),
        is_anonymous=call.is_anonymous is not False,
        type=call.type or "regular",
        allows_multiple_answers=bool(call.allows_multiple_answers),
        allows_revoting=call.type != "quiz"
        if call.allows_revoting is None
        else call.allows_revoting,
        members_only=bool(call.members_only),
        open_period=closes_at and closes_at - int(ctx.world.clock.now().timestamp()),
        close_date=datetime.fromtimestamp(closes_at, UTC) if closes_at else None,
        **_quiz(call),
    )
    message = send(ctx, call, chat, poll=poll)
    ctx.world.polls[poll.id] = PollState(
        bot_id=ctx.bot.id, chat_id=chat.id, message_id=message.message_id, closes_at=closes_at
    )
    ctx.world.save_poll(poll.id)
    return message


def _part(
    text: str, mode: Any, given: list[MessageEntity] | None, limit: int, name: str
) -> tuple[str, list[MessageEntity] | None]:
    shown, found = entities.formatted(text, mode, given)
    if not shown:
        raise bad_request(f"poll {name} must be non-empty")
    if len(shown) > limit:
        raise bad_request(f"poll {name} length must not exceed {limit}")
    return shown, found or None


def _option(number: int, option: Any) -> PollOption:
    text = option if isinstance(option, str) else option.text
    mode = None if isinstance(option, str) else option.text_parse_mode
    given = None if isinstance(option, str) else option.text_entities
    shown, found = _part(text, mode, given, MAX_OPTION, "option")
    return PollOption(persistent_id=str(number), text=shown, text_entities=found, voter_count=0)


def _quiz(call: SendPoll) -> dict[str, Any]:
    if call.type != "quiz":
        return {}
    right = call.correct_option_ids
    if right is None and call.correct_option_id is not None:
        right = [call.correct_option_id]
    if not right or any(not 0 <= number < len(call.options) for number in right):
        raise bad_request(
            "QUIZ_CORRECT_ANSWERS_EMPTY" if not right else "QUIZ_CORRECT_ANSWER_INVALID"
        )
    quiz: dict[str, Any] = {"correct_option_ids": right, "correct_option_id": right[0]}
    if call.explanation:
        shown, found = _part(
            call.explanation,
            call.explanation_parse_mode,
            call.explanation_entities,
            MAX_EXPLANATION,
            "explanation",
        )
        quiz.update(explanation=shown, explanation_entities=found)
    return quiz


@handles(StopPoll)
async def stop_poll(ctx: Context, call: StopPoll) -> Poll:
    chat, message = target(ctx, call)
    state = ctx.world.polls.get(message.poll.id) if message.poll else None
    if message.poll is None or state is None:
        raise bad_request("message with poll to stop not found")
    if message.poll.is_closed:
        raise bad_request("poll has already been closed")
    keyboard = markup.inline(markup.checked(call.reply_markup))
    return close_poll(ctx.world, message.model_copy(update={"reply_markup": keyboard}), chat)


def _closing_time(ctx: Context, call: SendPoll) -> int | None:
    """The moment in unix seconds, whichever way the caller gave it."""
    now = int(ctx.world.clock.now().timestamp())
    date, period = call.close_date, call.open_period
    if not date and not period:
        return None
    if date and period:
        raise bad_request("can't specify both open_period and close_date")
    if isinstance(date, timedelta):
        period = int(date.total_seconds())
    elif date:
        period = int(date if isinstance(date, int) else date.timestamp()) - now
    if not period or not MIN_PERIOD <= period <= MAX_PERIOD:
        raise bad_request(f"a poll closes by itself after {MIN_PERIOD}-{MAX_PERIOD} seconds")
    return now + period
