"""Questions and the answers that were shown."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import HelpRequest, Question, User

# So long the words of an unlinked question stay: its sources can be opened, a person be asked.
KEPT_UNLINKED = timedelta(hours=20)

# Questions that are read at once.
PART = 5000


async def get(session: AsyncSession, question_id: int) -> Question | None:
    return await session.get(Question, question_id)


def is_theirs(question: Question, user_id: int) -> bool:
    """Whether a person may act on a question: who knows the id of an unlinked one asked it."""
    return question.user_id == user_id or (question.user_id is None and question.id < 0)


def unlinked_id() -> int:
    """An id that can't be guessed. It is negative, so that the database's own go on undisturbed."""
    return -1 - secrets.randbits(52)


async def forget_unlinked(session: AsyncSession, now: datetime) -> None:
    """Empties the unlinked questions whose time is over. That one was asked is still counted."""
    handed_over = select(HelpRequest.question_id)
    await session.execute(
        update(Question)
        .where(
            Question.user_id.is_(None),
            Question.text != "",
            Question.asked_at < now - KEPT_UNLINKED,
            Question.id.not_in(handed_over),
        )
        .values(text="", understood=None, answer="", citations=[], comment=None, group_id=None)
    )


async def unlink(session: AsyncSession, user_id: int) -> None:
    """Takes a person's name off all that they asked, but for what they asked a person."""
    handed_over = select(HelpRequest.question_id).where(HelpRequest.user_id == user_id)
    await session.execute(
        update(Question)
        .where(Question.user_id == user_id, Question.id.not_in(handed_over))
        .values(user_id=None, embedding=None)
    )
    await session.execute(
        update(Question).where(Question.user_id == user_id).values(embedding=None)
    )


async def embeddings(
    session: AsyncSession,
    user_id: int,
    encoder: str,
    *,
    before: datetime | None = None,
    limit: int = 20,
) -> Sequence[bytes]:
    """Query vectors (float16 bytes) by this encoder of a user's newest questions, newest first."""
    query = _EMBEDDINGS
    if before is not None:
        query = query.where(_QUESTIONS.asked_at < before)
    values = {"user": user_id, "encoder": encoder, "most": limit}
    return (await session.scalars(query, values)).all()


# Of columns, since it is asked for each list.
_QUESTIONS = Question.__table__.c
_EMBEDDINGS = (
    select(_QUESTIONS.embedding)
    .where(
        _QUESTIONS.user_id == bindparam("user"),
        _QUESTIONS.embedding.is_not(None),
        _QUESTIONS.encoder == bindparam("encoder"),
    )
    .order_by(_QUESTIONS.asked_at.desc(), _QUESTIONS.id.desc())
    .limit(bindparam("most"))
)


async def embedded(
    session: AsyncSession,
    encoder: str,
    user_id: int | None = None,
    limit: int = 50_000,
    among: Sequence[int] | None = None,
) -> Sequence[tuple[int, bytes, datetime]]:
    """(user, query vector by this encoder, when) of the newest questions of people who agree to a
    profile today, newest first; or of one of them, or `among` some.
    """
    query = (
        select(Question.user_id, Question.embedding, Question.asked_at)
        .join(User, User.id == Question.user_id)
        .where(User.personalisation.is_(True), *_by(encoder))
        .order_by(Question.asked_at.desc(), Question.id.desc())
        .limit(limit)
    )
    if user_id is not None:
        query = query.where(Question.user_id == user_id)
    if among is not None:
        query = query.where(Question.user_id.in_(among))
    rows = await session.execute(query)
    return [(user, vector, when) for user, vector, when in rows if user and vector]


async def newest(session: AsyncSession, user_id: int, since: datetime) -> int | None:
    """The id of what the person asked last in their own chat after a time."""
    query = (
        select(Question.id)
        .where(Question.user_id == user_id, Question.group_id.is_(None), Question.asked_at > since)
        .order_by(Question.asked_at.desc(), Question.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


def _by(encoder: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Question.embedding.is_not(None), Question.encoder == encoder


async def turns(
    session: AsyncSession, user_id: int, group_id: int | None, since: datetime, limit: int
) -> Sequence[str]:
    """The person's last questions in one chat after a time, as understood, oldest first."""
    here = Question.group_id.is_(None) if group_id is None else Question.group_id == group_id
    query = (
        select(func.coalesce(Question.understood, Question.text))
        .where(Question.user_id == user_id, here, Question.asked_at > since)
        .order_by(Question.asked_at.desc(), Question.id.desc())
        .limit(limit)
    )
    return list(reversed((await session.scalars(query)).all()))


async def doubtful(
    session: AsyncSession, since: datetime, weak: float, needed: float, limit: int
) -> Sequence[Question]:
    """The newest questions since a time that were refused, rated down, or answered with hardly
    more confidence than was needed (by less than `weak`; `needed` where that wasn't stored); only
    those with a vector, of people who agree to that today.
    """
    bar = func.coalesce(Question.needed, needed) + weak
    query = (
        select(Question)
        .join(User, User.id == Question.user_id)
        .where(
            User.personalisation.is_(True),
            Question.embedding.is_not(None),
            Question.asked_at >= since,
            or_(Question.refused, Question.rating == -1, Question.confidence < bar),
        )
        .order_by(Question.id.desc())
        .limit(limit)
    )
    return (await session.scalars(query)).all()


class Spoken(NamedTuple):
    """A question as it was understood, with its vector (float16 bytes)."""

    id: int
    user_id: int
    text: str
    embedding: bytes
    asked_at: datetime


async def spoken(
    session: AsyncSession, encoder: str, start: datetime, end: datetime, before: int | None
) -> list[Spoken]:
    """Up to `PART` questions asked from `start` on and before `end`, with a vector by this encoder,
    of people who agree to that today: newest first, those with ids under `before`.
    """
    query = (
        select(
            Question.id,
            Question.user_id,
            func.coalesce(Question.understood, Question.text),
            Question.embedding,
            Question.asked_at,
        )
        .join(User, User.id == Question.user_id)
        .where(
            User.personalisation.is_(True),
            *_by(encoder),
            Question.asked_at >= start,
            Question.asked_at < end,
        )
        .order_by(Question.id.desc())
        .limit(PART)
    )
    if before is not None:
        query = query.where(Question.id < before)
    rows = await session.execute(query)
    return [
        Spoken(number, user, text, embedding, when)
        for number, user, text, embedding, when in rows
        if user and embedding
    ]


async def explain(session: AsyncSession, question_id: int, user_id: int, **said: str) -> bool:
    """Stores the `reason` or `comment` of a bad rating. False when it isn't this user's."""
    explained = (
        update(Question)
        .where(Question.id == question_id, _of(user_id))
        .values(rating=-1, **said)
        .returning(Question.id)
    )
    return await session.scalar(explained) is not None


async def rate(session: AsyncSession, question_id: int, user_id: int, rating: int) -> bool:
    """Stores +1 or -1. False when the question isn't this user's."""
    kept = {} if rating < 0 else {"reason": None, "comment": None}
    rated = (
        update(Question)
        .where(Question.id == question_id, _of(user_id))
        .values(rating=rating, **kept)
        .returning(Question.id)
    )
    return await session.scalar(rated) is not None


def _of(user_id: int) -> ColumnElement[bool]:
    """As `is_theirs`."""
    return or_(Question.user_id == user_id, and_(Question.user_id.is_(None), Question.id < 0))


async def set_answer(session: AsyncSession, question_id: int, text: str, mode: str) -> None:
    """Keeps the wording that replaced the first one."""
    await session.execute(
        update(Question).where(Question.id == question_id).values(answer=text, mode=mode)
    )


async def count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Question).where(*where)) or 0


async def counts(session: AsyncSession, since: datetime) -> tuple[int, int]:
    """(asked, refused) since a time."""
    query = select(func.count(), func.count().filter(Question.refused)).where(
        Question.asked_at >= since
    )
    asked, refused = (await session.execute(query)).one()
    return asked, refused
