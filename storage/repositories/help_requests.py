"""Requests for a person's answer: handed over once, answered once, delivered at most once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import HelpForward, HelpRequest, Question
from storage.repositories import questions
from storage.repositories.upserts import insert_new


async def hand_over(
    session: AsyncSession, question_id: int, user_id: int, most_open: int, now: datetime
) -> str:
    """Opens a request. Returns "opened", "known" (it is open already), "many" (the person has
    `most_open` that wait), or "gone" (the question isn't this person's).
    """
    question = await session.get(Question, question_id)
    if question is None or not question.text or not questions.is_theirs(question, user_id):
        return "gone"
    waiting = select(func.count()).where(
        HelpRequest.user_id == user_id, HelpRequest.status == "open"
    )
    row = {"question_id": question_id, "user_id": user_id, "status": "open", "created_at": now}
    if await session.scalar(select(exists().where(HelpRequest.question_id == question_id))):
        return "known"
    if (await session.scalar(waiting) or 0) >= most_open:
        return "many"
    return "opened" if await insert_new(session, HelpRequest, [row]) else "known"


async def get(session: AsyncSession, request_id: int) -> tuple[HelpRequest, Question] | None:
    query = (
        select(HelpRequest, Question)
        .join(Question, Question.id == HelpRequest.question_id)
        .where(HelpRequest.id == request_id)
    )
    row = (await session.execute(query)).one_or_none()
    return (row[0], row[1]) if row else None


async def with_status(session: AsyncSession, status: str) -> Sequence[int]:
    query = select(HelpRequest.id).where(HelpRequest.status == status).order_by(HelpRequest.id)
    return (await session.scalars(query)).all()


async def unseen(session: AsyncSession) -> Sequence[int]:
    """Open requests that no editor has been shown yet."""
    query = (
        select(HelpRequest.id)
        .where(
            HelpRequest.status == "open",
            ~exists().where(HelpForward.request_id == HelpRequest.id),
        )
        .order_by(HelpRequest.id)
    )
    return (await session.scalars(query)).all()


async def shown_to(session: AsyncSession, request_id: int) -> set[int]:
    """The editors who have been shown a request."""
    query = select(HelpForward.editor_id).where(HelpForward.request_id == request_id)
    return set(await session.scalars(query))


async def note_shown(
    session: AsyncSession, request_id: int, editor_id: int, message_id: int
) -> None:
    row = {"request_id": request_id, "editor_id": editor_id, "message_id": message_id}
    await insert_new(session, HelpForward, [row])


async def behind(session: AsyncSession, editor_id: int, message_id: int) -> int | None:
    """The request that a message showed to an editor."""
    query = select(HelpForward.request_id).where(
        HelpForward.editor_id == editor_id, HelpForward.message_id == message_id
    )
    return await session.scalar(query)


async def answer(
    session: AsyncSession, request_id: int, editor_id: int, words: str, now: datetime
) -> bool:
    """Takes the first answer. False when somebody answered before."""
    answered = (
        update(HelpRequest)
        .where(HelpRequest.id == request_id, HelpRequest.status == "open")
        .values(status="answered", answer=words, answered_by=editor_id, answered_at=now)
        .returning(HelpRequest.id)
    )
    return await session.scalar(answered) is not None


async def move(session: AsyncSession, request_id: int, before: str, after: str) -> bool:
    """Changes the status; False when it was another than `before`."""
    moved = (
        update(HelpRequest)
        .where(HelpRequest.id == request_id, HelpRequest.status == before)
        .values(status=after)
        .returning(HelpRequest.id)
    )
    return await session.scalar(moved) is not None


async def abandon_sending(session: AsyncSession) -> Sequence[int]:
    """After a crash: what was being sent may have arrived, so it is `unknown`, never repeated."""
    abandoned = (
        update(HelpRequest)
        .where(HelpRequest.status == "sending")
        .values(status="unknown")
        .returning(HelpRequest.id)
    )
    return (await session.scalars(abandoned)).all()


async def published(session: AsyncSession, request_id: int, document_id: str) -> None:
    await session.execute(
        update(HelpRequest).where(HelpRequest.id == request_id).values(document_id=document_id)
    )
