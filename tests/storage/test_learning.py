"""Answers count once, and so do points, however many come at once, on both databases."""

import asyncio
from datetime import date

from storage.database import Database
from storage.repositories import learning, quizzes, users
from tests.storage.rows import NOW, user

WEEK = date(2026, 11, 23)


async def test_of_many_answers_to_a_question_the_first_counts(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(1), user(2), user(3)])

    async def answer(user_id: int, question: str, right: bool = True) -> bool:
        async with database.write() as session:
            return await quizzes.answer(session, user_id, question, right, WEEK, NOW)

    told = await asyncio.gather(*(answer(1, "a") for _ in range(8)))
    assert sum(told) == 1
    assert await answer(1, "b", False)
    assert not await answer(1, "b")
    await answer(2, "a")
    await answer(2, "c")
    await answer(3, "a")
    async with database.write() as session:
        await learning.set_names(session, 2, leaderboard_name="Two")
        await learning.set_names(session, 2, certificate_name="Bea")
        await learning.set_names(session, 1, leaderboard_name="One")
        await learning.set_names(session, 1, leaderboard_name=None)
    async with database.read() as session:
        assert await quizzes.points(session, 1, WEEK) == 1
        assert await quizzes.answered(session, 1, ["a", "b", "c"]) == {"a", "b"}
        assert await quizzes.leaders(session, WEEK, 10) == [("Two", 2, 2)]
        assert await quizzes.place(session, WEEK, 1) == 2
        known = await learning.learner(session, 2)
    assert known is not None
    assert known.certificate_name == "Bea"


async def test_few_quizzes_wait_and_each_is_taken_once(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(1)])
        for number in range(quizzes.OPEN_POLLS + 5):
            row = {"poll_id": f"{number:03}", "user_id": 1, "question": "q", "right": 0}
            await quizzes.sent(session, row | {"game": None, "sent_at": NOW})

    async def take(poll_id: str, user_id: int = 1) -> bool:
        async with database.write() as session:
            return await quizzes.take(session, poll_id, user_id) is not None

    assert not await take("000", 2)
    assert sum(await asyncio.gather(*(take("010") for _ in range(4)))) == 1
    taken = [await take(f"{n:03}") for n in range(quizzes.OPEN_POLLS + 5)]
    assert sum(taken) == quizzes.OPEN_POLLS - 1
