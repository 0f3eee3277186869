"""Votes in polls and quizzes."""

from __future__ import annotations

import asyncio

from aiogram.types import Message, Poll, PollAnswer

from playground.errors import PageError
from playground.person import Person
from playground.state import Chat, PollState
from playground.world import World

TICK = 0.2  # seconds between looks at the clock


def vote(person: Person, message_id: int, option_ids: list[int]) -> None:
    """Votes; no options take the vote back. Raises PageError for what the poll does not allow."""
    world, chat = person.world, person.chat
    person.check_open()
    message = person.message(message_id)
    poll = message.poll
    state = world.polls.get(poll.id) if poll else None
    if poll is None or state is None:
        raise PageError(400, "This message is no poll.")
    before = state.votes.get(chat.id, [])
    if poll.is_closed or is_due(world, state):
        raise PageError(409, "The poll is closed.")
    if before and not poll.allows_revoting:
        raise PageError(409, "Your vote stands: this poll can't be voted in again.")
    if len(option_ids) > 1 and not poll.allows_multiple_answers:
        raise PageError(400, "The poll takes one answer.")
    if any(not 0 <= option < len(poll.options) for option in option_ids):
        raise PageError(400, "The poll has no such option.")
    state.votes[chat.id] = sorted(set(option_ids))
    if not option_ids:
        del state.votes[chat.id]
    counted = recount(state, message)
    world.replace(chat, counted)
    world.save_poll(poll.id)
    person.bot.updates.push("poll", counted.poll, chat.id)
    if not poll.is_anonymous:
        answer = PollAnswer(
            poll_id=poll.id,
            user=chat.persona.user(),
            option_ids=sorted(set(option_ids)),
            option_persistent_ids=[poll.options[n].persistent_id for n in sorted(set(option_ids))],
        )
        person.bot.updates.push("poll_answer", answer, chat.id)


def is_due(world: World, state: PollState) -> bool:
    """Whether the poll's time is over."""
    return state.closes_at is not None and state.closes_at <= world.clock.now().timestamp()


async def close_polls_on_time(world: World) -> None:
    """Closes the polls whose time is over, until cancelled."""
    while True:
        await asyncio.sleep(TICK)
        for state in [state for state in world.polls.values() if is_due(world, state)]:
            chat = world.chats.get((state.bot_id, state.chat_id))
            message = chat.messages.get(state.message_id) if chat else None
            state.closes_at = None
            if chat is not None and message is not None:
                close_poll(world, message, chat)


def close_poll(world: World, message: Message, chat: Chat) -> Poll:
    """Shows the poll of the message closed, and tells the bot."""
    if message.poll is None:
        raise TypeError("not a poll message")
    state = world.polls[message.poll.id]
    state.closes_at = None
    closed = recount(state, message, closed=True)
    world.replace(chat, closed)
    world.save_poll(message.poll.id)
    world.bots[chat.bot_id].updates.push("poll", closed.poll, chat.id)
    if closed.poll is None:
        raise TypeError("a counted poll stays a poll")
    return closed.poll


def recount(state: PollState, message: Message, closed: bool = False) -> Message:
    """The message with the poll's votes counted anew."""
    poll = message.poll
    if poll is None:
        raise TypeError("not a poll message")
    options = [
        option.model_copy(
            update={"voter_count": sum(number in chosen for chosen in state.votes.values())}
        )
        for number, option in enumerate(poll.options)
    ]
    counted: Poll = poll.model_copy(
        update={
            "options": options,
            "total_voter_count": len(state.votes),
            "is_closed": closed or poll.is_closed,
        }
    )
    return message.model_copy(update={"poll": counted})
