"""Quizzes at the end of a lesson and as a game: answers, points, the week's leaderboard."""

import random
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from services.clock import ZONE
from services.content.quizzes import TRIED, Quiz, Quizzes
from services.people import Person
from storage.models import QuizPoll
from storage.repositories import learning, quizzes, signals

LEADERS = 10
MOST_NAME = 24
# What Telegram takes of a quiz, in characters.
MOST_OPTION, MOST_EXPLANATION = 100, 200
# The repeats of this many answers are looked for at once.
KNOWN = 500

Told = Literal["right", "wrong", "again"]


@dataclass(frozen=True, slots=True)
class Played:
    """What became of an answer, and the person's points this week."""

    told: Told
    points: int
    game: str | None


@dataclass(frozen=True, slots=True)
class Leaders:
    """The week's best, as (name, points), and where the person is, if they are on it."""

    best: Sequence[tuple[str, int]]
    points: int
    name: str | None
    place: int | None


def week_of(now: datetime) -> date:
    """The Monday of the week, in the one zone of events."""
    today = now.astimezone(ZONE).date()
    return today - timedelta(days=today.weekday())


async def answer_in_lesson(person: Person, quiz: Quiz, choice: int, course: str) -> Told:
    """Of a lesson's quiz. A repeat tells whether it is right, too, but counts no more."""
    return await _answer(person, quiz.key, choice == quiz.right, course)


async def to_play(
    person: Person, book: Quizzes, topics: Sequence[str], language: str
) -> Quiz | Literal["none", "later"]:
    """A question that the person didn't answer yet, of the topics (any, without them); "later":
    there are some, and another try may find one."""
    asked = await book.keys(topics, language)
    random.SystemRandom().shuffle(asked)
    async with person.database.read() as session:
        known = await quizzes.answered(session, person.id, asked[:KNOWN])
    left = [key for key in asked[:KNOWN] if key not in known]
    return await book.to_play(left) or ("later" if len(left) > TRIED else "none")


async def sent(person: Person, poll_id: str, quiz: Quiz, game: str | None) -> None:
    """Keeps which question a poll asks."""
    row = {
        "poll_id": poll_id,
        "user_id": person.id,
        "question": quiz.key,
        "right": quiz.right,
        "game": game,
        "sent_at": person.now,
    }
    async with person.database.write() as session:
        await quizzes.sent(session, row)


async def answer_poll(person: Person, poll_id: str, option: int) -> Played | None:
    """The answer to a poll; None where it was answered, or isn't one of this person's."""
    async with person.database.write() as session:
        poll: QuizPoll | None = await quizzes.take(session, poll_id, person.id)
        if poll is None:
            return None
        right, week = option == poll.right, week_of(person.now)
        new = await quizzes.answer(session, person.id, poll.question, right, week, person.now)
        about = ("item", poll.game) if poll.game else ("quiz", poll.question)
        signal = person.signal("quiz_answered", *about, value=float(right))
        await signals.record(session, [signal] if signal and new else [])
        points = await quizzes.points(session, person.id, week)
    told: Told = "again" if not new else "right" if right else "wrong"
    return Played(told, points, poll.game)


async def _answer(person: Person, key: str, right: bool, course: str) -> Told:
    async with person.database.write() as session:
        week = week_of(person.now)
        new = await quizzes.answer(session, person.id, key, right, week, person.now)
        signal = person.signal("quiz_answered", "item", course, value=float(right))
        await signals.record(session, [signal] if signal and new else [])
    return "again" if not new else "right" if right else "wrong"


async def points(person: Person) -> int:
    """What the person has this week."""
    async with person.database.read() as session:
        return await quizzes.points(session, person.id, week_of(person.now))


async def leaders(person: Person) -> Leaders:
    week = week_of(person.now)
    async with person.database.read() as session:
        found = await quizzes.leaders(session, week, LEADERS)
        points = await quizzes.points(session, person.id, week)
        known = await learning.learner(session, person.id)
        name = known.leaderboard_name if known else None
        place = await quizzes.place(session, week, points) if name and points else None
    return Leaders([(shown, each) for shown, each, _ in found], points, name, place)


def shown_name(said: str) -> str | None:
    """A name as it may stand on the leaderboard: one short line of letters, digits and spaces."""
    name = " ".join(unicodedata.normalize("NFC", said).split())
    if not 1 <= len(name) <= MOST_NAME or not any(c.isalnum() for c in name):
        return None
    fine = all(unicodedata.category(c)[0] in "LMN" or c in " _-." for c in name)
    # Links and addresses have no place there.
    return name if fine and not re.search(r"\w\.\w", name) else None


async def join(person: Person, name: str | None) -> None:
    """Puts the person on the leaderboard under a name, or takes them off it."""
    async with person.database.write() as session:
        await learning.set_names(session, person.id, leaderboard_name=name)
