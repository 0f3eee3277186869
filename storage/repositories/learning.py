"""Lessons that were read, and the names that people chose as learners."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Learner, LessonRead
from storage.repositories.upserts import insert_new, upsert


async def read(session: AsyncSession, user_id: int, course: str, lesson: str, now: datetime) -> int:
    """Notes that a lesson was opened; 0 where it was before."""
    row = {"user_id": user_id, "course": course, "lesson": lesson, "read_at": now}
    return await insert_new(session, LessonRead, [row])


async def lessons_read(session: AsyncSession, user_id: int, course: str) -> Sequence[str]:
    """Of a course, in the order in which they were first opened."""
    query = (
        select(LessonRead.lesson)
        .where(LessonRead.user_id == user_id, LessonRead.course == course)
        .order_by(LessonRead.read_at, LessonRead.lesson)
    )
    return (await session.scalars(query)).all()


async def has_begun(session: AsyncSession, user_id: int, course: str) -> bool:
    there = exists().where(LessonRead.user_id == user_id, LessonRead.course == course)
    return bool(await session.scalar(select(there)))


async def courses_begun(session: AsyncSession, user_id: int, most: int) -> Sequence[str]:
    """Those of which a lesson was opened, the last one first."""
    query = (
        select(LessonRead.course)
        .where(LessonRead.user_id == user_id)
        .group_by(LessonRead.course)
        .order_by(func.max(LessonRead.read_at).desc(), LessonRead.course)
        .limit(most)
    )
    return (await session.scalars(query)).all()


async def learner(session: AsyncSession, user_id: int) -> Learner | None:
    return await session.get(Learner, user_id, populate_existing=True)


async def set_names(session: AsyncSession, user_id: int, **names: str | None) -> None:
    """Sets `certificate_name` or `leaderboard_name`; None takes it away."""
    await upsert(session, Learner, [{"user_id": user_id, **names}])
