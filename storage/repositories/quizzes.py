"""Quizzes that were sent, their first answers, and the points of each week."""

from collections.abc import Sequence, Set
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Learner, QuizAnswer, QuizPoll, QuizWeek
from storage.repositories.upserts import insert_new, upsert_on

# Of one person, so many quizzes may wait for an answer.
OPEN_POLLS = 20


async def answer(
    session: AsyncSession, user_id: int, question: str, right: bool, week: date, now: datetime
) -> bool:
    """A person's first answer to a question, with its point if it is right. False for a repeat."""
    row = {"user_id": user_id, "question": question, "right": right, "answered_at": now}
    if not await insert_new(session, QuizAnswer, [row]):
        return False
    if right:
        point = {"week": week, "user_id": user_id, "points": 1}
        more = {"points": QuizWeek.points + 1}
        await upsert_on(session, QuizWeek, ("week", "user_id"), [point], **more)
    return True


async def answered(session: AsyncSession, user_id: int, questions: Sequence[str]) -> Set[str]:
    """Those of the questions that the person answered before."""
    query = select(QuizAnswer.question).where(
        QuizAnswer.user_id == user_id, QuizAnswer.question.in_(questions)
    )
    return set(await session.scalars(query))


async def points(session: AsyncSession, user_id: int, week: date) -> int:
    query = select(QuizWeek.points).where(QuizWeek.user_id == user_id, QuizWeek.week == week)
    return await session.scalar(query) or 0


async def sent(session: AsyncSession, row: dict[str, Any]) -> None:
    """Keeps a quiz for its answer; the oldest of too many are given up."""
    await insert_new(session, QuizPoll, [row])
    of_user = QuizPoll.user_id == row["user_id"]
    newest = (
        select(QuizPoll.poll_id)
        .where(of_user)
        .order_by(QuizPoll.sent_at.desc(), QuizPoll.poll_id)
        .limit(OPEN_POLLS)
    )
    await session.execute(delete(QuizPoll).where(of_user, QuizPoll.poll_id.not_in(newest)))


async def take(session: AsyncSession, poll_id: str, user_id: int) -> QuizPoll | None:
    """A quiz of this person that waited for its answer, and does no more."""
    taken = (
        delete(QuizPoll)
        .where(QuizPoll.poll_id == poll_id, QuizPoll.user_id == user_id)
        .returning(QuizPoll)
    )
    found: QuizPoll | None = await session.scalar(taken)
    return found


async def leaders(session: AsyncSession, week: date, most: int) -> Sequence[tuple[str, int, int]]:
    """(shown name, points, person) of those on the leaderboard, the best first."""
    query = (
        select(Learner.leaderboard_name, QuizWeek.points, QuizWeek.user_id)
        .join(Learner, Learner.user_id == QuizWeek.user_id)
        .where(QuizWeek.week == week, Learner.leaderboard_name.is_not(None))
        .order_by(QuizWeek.points.desc(), QuizWeek.user_id)
        .limit(most)
    )
    return [(str(name), points, user) for name, points, user in await session.execute(query)]


async def place(session: AsyncSession, week: date, points: int) -> int:
    """The place on the leaderboard that so many points have."""
    query = (
        select(func.count())
        .select_from(QuizWeek)
        .join(Learner, Learner.user_id == QuizWeek.user_id)
        .where(
            QuizWeek.week == week,
            QuizWeek.points > points,
            Learner.leaderboard_name.is_not(None),
        )
    )
    return (await session.scalar(query) or 0) + 1
