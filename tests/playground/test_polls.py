"""Polls and quizzes, and how they end."""

from datetime import timedelta

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InputPollOption, Poll

from playground.client import Person, PlaygroundClient, PlaygroundError
from tests.playground.conftest import Time

ALEX = 102


async def polls(bot: Bot, n: int) -> list[Poll]:
    """The next `n` updates of polls; awaits them."""
    seen: list[Poll] = []
    offset = 0
    while len(seen) < n:
        for update in await bot.get_updates(offset, timeout=10):
            offset = update.update_id + 1
            seen += [update.poll] if update.poll else []
    return seen


async def test_a_poll_counts_votes_until_it_is_stopped(
    bot: Bot, alex: Person, client: PlaygroundClient
) -> None:
    options = [InputPollOption(text="*EV*", text_parse_mode="MarkdownV2"), "Hybrid", "Petrol"]
    sent = await bot.send_poll(
        ALEX, "<b>Next</b>?", options, question_parse_mode="HTML", is_anonymous=False
    )
    assert sent.poll
    assert sent.poll.question_entities
    assert sent.poll.options[0].text == "EV"
    await alex.vote(sent.message_id, 1)
    await alex.vote(sent.message_id, 2)
    with pytest.raises(PlaygroundError, match="400: The poll takes one answer"):
        await alex.vote(sent.message_id, 0, 1)
    updates = await bot.get_updates()
    answers = [u.poll_answer.option_ids for u in updates if u.poll_answer]
    assert answers == [[1], [2]]
    seen = await alex.wait_for(lambda e: e.name == "edit" and e.data["message"]["my_votes"] == [2])
    counts = [o["voter_count"] for o in seen.data["message"]["poll"]["options"]]
    assert counts == [0, 0, 1]
    closed = await bot.stop_poll(ALEX, sent.message_id)
    assert closed.is_closed
    assert closed.total_voter_count == 1
    with pytest.raises(PlaygroundError, match="409: The poll is closed"):
        await alex.vote(sent.message_id, 0)
    with pytest.raises(TelegramBadRequest, match="poll has already been closed"):
        await bot.stop_poll(ALEX, sent.message_id)
    message = await bot.send_message(ALEX, "x")
    with pytest.raises(TelegramBadRequest, match="message with poll to stop not found"):
        await bot.stop_poll(ALEX, message.message_id)


async def test_a_quiz_is_answered_once(bot: Bot, alex: Person) -> None:
    sent = await bot.send_poll(
        ALEX,
        "ABS?",
        ["brakes", "tyres"],
        type="quiz",
        correct_option_id=0,
        explanation="_Anti_-lock",
        explanation_parse_mode="Markdown",
    )
    assert sent.poll
    assert sent.poll.explanation == "Anti-lock"
    await alex.vote(sent.message_id, 1)
    with pytest.raises(PlaygroundError, match="409: Your vote stands"):
        await alex.vote(sent.message_id, 0)
    with pytest.raises(TelegramBadRequest, match="QUIZ_CORRECT_ANSWER_INVALID"):
        await bot.send_poll(ALEX, "?", ["a", "b"], type="quiz", correct_option_id=2)


async def test_several_answers_and_taking_them_back(bot: Bot, alex: Person) -> None:
    sent = await bot.send_poll(ALEX, "?", ["a", "b", "c"], allows_multiple_answers=True)
    await alex.vote(sent.message_id, 2, 0)
    await alex.vote(sent.message_id)
    voted, back = await polls(bot, 2)
    assert [option.voter_count for option in voted.options] == [1, 0, 1]
    assert back.total_voter_count == 0


@pytest.mark.parametrize("how", ["period", "date", "delta"])
async def test_polls_close_by_themselves(bot: Bot, alex: Person, time: Time, how: str) -> None:
    start = await bot.send_message(ALEX, "x")
    ends = {
        "period": {"open_period": 60},
        "date": {"close_date": start.date + timedelta(seconds=60)},
        "delta": {"close_date": int(start.date.timestamp()) + 60},
    }[how]
    sent = await bot.send_poll(ALEX, "Quick?", ["a", "b"], **ends)
    assert sent.poll
    assert sent.poll.open_period == 60
    assert sent.poll.close_date == sent.date + timedelta(seconds=60)
    await alex.vote(sent.message_id, 0)
    time.passed += 59.5
    await alex.vote(sent.message_id, 1)
    time.passed += 1
    with pytest.raises(PlaygroundError, match="409: The poll is closed"):
        await alex.vote(sent.message_id, 0)
    last = (await polls(bot, 3))[-1]
    assert last.is_closed
    assert [option.voter_count for option in last.options] == [0, 1]
    await alex.wait_for(lambda e: e.name == "edit" and e.data["message"]["poll"]["is_closed"])


async def test_times_that_telegram_refuses(bot: Bot, alex: Person) -> None:
    with pytest.raises(TelegramBadRequest, match="closes by itself after 5-2628000 seconds"):
        await bot.send_poll(ALEX, "?", ["a", "b"], open_period=4)
    with pytest.raises(TelegramBadRequest, match="can't specify both open_period and close_date"):
        await bot.send_poll(ALEX, "?", ["a", "b"], open_period=9, close_date=9)
