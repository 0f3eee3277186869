"""What people think of an answer: a thumb, a reason, their own words."""

from typing import Literal

from services.people import Person
from storage.repositories import questions

Rated = Literal["rated", "turned", "gone"]


async def rate(person: Person, question_id: int, rating: int) -> Rated:
    """Stores +1 or -1: "turned" where it was another before, "gone" where the question is none of
    theirs."""
    async with person.database.write() as session:
        before = await questions.get(session, question_id)
        was = before.rating if before else None
        rated = await questions.rate(session, question_id, person.id, rating)
    if not rated:
        return "gone"
    await person.note("answer_rated", "question", question_id, value=rating)
    return "rated" if was == rating else "turned"


async def explain(person: Person, question_id: int, **why: str) -> bool:
    """Keeps the `reason` or the `comment` on an answer that was no good. False where the question
    is none of theirs."""
    async with person.database.write() as session:
        return await questions.explain(session, question_id, person.id, **why)
