"""Polls and quizzes."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from aiogram.methods import SendPoll, StopPoll
from aiogram.types import Message, MessageEntity, Poll, PollOption

from playground import entities
from playground.errors import bad_request
from playground.methods.edits import target
from playground.methods.registry import Context, handles
from playground.methods.sending import send
from playground.state import PollState
from playground.voting import recount

MAX_QUESTION, MAX_OPTION, MAX_EXPLANATION = 300, 100, 200  # characters
MAX_OPTIONS = 12


@handles(SendPoll)
async def send_poll(ctx: Context, call: SendPoll) -> Message:
    """Polls that close by themselves are not built: open_period and close_date are only shown."""
    question, found = _part(
        call.question, call.question_parse_mode, call.question_entities, MAX_QUESTION, "question"
    )
    if not 1 <= len(call.options) <= MAX_OPTIONS:
        raise bad_request(f"poll must have 1-{MAX_OPTIONS} answer options")
    options = [_option(number, option) for number, option in enumerate(call.options)]
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
        open_period=call.open_period,
        close_date=_closing_time(call),
        **_quiz(call),
    )
    ctx.world.polls[poll.id] = PollState()
    ctx.world.save_poll(poll.id)
    return send(ctx, call, chat, poll=poll)


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
    closed = recount(ctx.world, state, message, closed=True)
    closed = closed.model_copy(update={"reply_markup": call.reply_markup})
    ctx.world.replace(chat, closed)
    ctx.bot.updates.push("poll", closed.poll, chat.id)
    if closed.poll is None:
        raise TypeError("a counted poll stays a poll")
    return closed.poll


def _closing_time(call: SendPoll) -> datetime | None:
    """The moment, whichever way the caller gave it."""
    if isinstance(call.close_date, timedelta):
        return datetime.now(UTC) + call.close_date
    if isinstance(call.close_date, int):
        return datetime.fromtimestamp(call.close_date, UTC)
    return call.close_date
