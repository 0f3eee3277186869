"""Votes in polls and quizzes."""

from __future__ import annotations

from aiogram.types import Message, Poll, PollAnswer

from playground.errors import PageError
from playground.person import Person
from playground.state import PollState
from playground.world import World


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
    if poll.is_closed:
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
    counted = recount(world, state, message)
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


def recount(world: World, state: PollState, message: Message, closed: bool = False) -> Message:
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
