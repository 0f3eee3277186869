"""Without consent, what was asked stands without a name, for under a day, and all still works."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from playground.client import Person, PlaygroundClient
from services.brain import Brain
from services.clock import utc_now
from storage.database import Database
from storage.models import HelpRequest, Question, Signal
from storage.repositories import questions, rights, users
from tests.bot.acts import button_data, tap, with_button
from tests.storage.rows import NOW, user

WORDS = "When should brake fluid be changed?"


async def asked(client: PlaygroundClient, choice: str | None) -> Person:
    person = await client.persona(language_code="en")
    await person.start()
    shown = await with_button(person, "consent:")
    if choice:
        await person.click_text(shown, choice)
    mark = person.now
    await person.send(WORDS)
    await with_button(person, "rate:", since=mark)
    return person


async def kept(database: Database) -> list[Question]:
    async with database.read() as session:
        return list(await session.scalars(select(Question).order_by(Question.asked_at)))


@pytest.mark.parametrize("choice", [None, "No, thanks"])
async def test_nothing_says_who_asked(
    client: PlaygroundClient, brain: Brain, choice: str | None
) -> None:
    person = await asked(client, choice)
    (question,) = await kept(brain.database)
    assert question.user_id is None
    assert question.embedding is None
    assert question.id < 0
    async with brain.database.read() as session:
        assert not (await session.scalars(select(Signal).where(Signal.verb == "asked"))).all()
        assert WORDS not in str(await rights.export(session, person.id))


async def test_sources_ratings_follow_ups_and_a_person_work_all_the_same(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await asked(client, "No, thanks")
    answer = await with_button(person, "rate:")
    data = button_data(answer)
    mark = person.now
    await tap(person, answer, next(each for each in data if each.startswith("source:")))
    await person.wait_text("every two years", since=mark)
    await tap(person, answer, data[-1])
    (question,) = await kept(brain.database)
    assert question.rating == -1
    reasons = await with_button(person, "human:", since=mark)
    await tap(person, reasons, next(d for d in button_data(reasons) if d.startswith("human:")))
    async with brain.database.read() as session:
        (request,) = await session.scalars(select(HelpRequest))
    assert (request.question_id, request.user_id) == (question.id, person.id)
    mark = person.now
    await person.send("And the coolant?")
    shown = await with_button(person, "", since=mark)
    assert "coolant" in shown["text"]
    assert "When should coolant be changed" in shown["text"]


async def test_a_strangers_questions_cant_be_used(client: PlaygroundClient, brain: Brain) -> None:
    person = await asked(client, "Agree")
    (question,) = await kept(brain.database)
    assert question.user_id == person.id
    async with brain.database.write() as session:
        await users.choose_personalisation(session, person.id, False, utc_now())
        assert not await questions.rate(session, question.id, person.id + 1, 1)
    (question,) = await kept(brain.database)
    assert question.user_id is None


async def test_the_words_go_in_less_than_a_day_and_the_count_stays(database: Database) -> None:
    rows = [
        Question(
            id=questions.unlinked_id() if owner is None else None,
            user_id=owner,
            text=WORDS,
            language="en",
            answer="Every two years.",
            refused=False,
            mode="extractive",
            citations=[{"text": "x"}],
            asked_at=NOW - timedelta(hours=hours),
        )
        for owner, hours in ((None, 30), (None, 2), (1, 30))
    ]
    async with database.write() as session:
        await users.save(session, [user(1)])
        session.add_all(rows)
    async with database.write() as session:
        await questions.forget_unlinked(session, NOW)
        assert await questions.counts(session, NOW - timedelta(days=7)) == (3, 0)
    old, owned, new = sorted(await kept(database), key=lambda q: (q.asked_at, q.user_id or 0))
    assert (old.text, old.answer, old.citations) == ("", "", [])
    assert owned.text == new.text == WORDS
    assert timedelta(0) < questions.KEPT_UNLINKED < timedelta(days=1)


async def test_linked_questions_count_up_from_1_beside_unlinked_ones(database: Database) -> None:
    """On SQLite the next id is the highest plus 1, which may be next to one that nobody knows."""
    async with database.write() as session:
        await users.save(session, [user(7)])
        said = {"text": "?", "language": "zh", "answer": "", "refused": True, "mode": "extractive"}
        said |= {"citations": [], "asked_at": NOW}
        session.add(Question(id=questions.unlinked_id(), user_id=None, **said))
        await session.flush()
        linked = Question(user_id=7, **said)
        session.add(linked)
        await session.flush()
        assert linked.id > 0
