"""What a question means after the ones before it."""

from collections.abc import Sequence

from bot.people import Person
from retrieval.answer import Answer
from retrieval.answer_service import AnswerService
from retrieval.followup import reworded
from retrieval.generator import Generator
from retrieval.intents import Kind
from services.answering.recent import TURNS, WINDOW
from storage.repositories import questions, users
from wording.texts import Markup


async def begin_anew(person: Person) -> None:
    """/new: nothing before this moment is looked back to."""
    async with person.database.write() as session:
        await users.change(session, person.id, conversation_from=person.now)


async def answered(
    person: Person,
    text: str,
    answer_service: AnswerService,
    generator: Generator | None = None,
    group_id: int | None = None,
) -> tuple[Answer, str | None]:
    """The answer, and the whole question if the text was taken for a follow-up.

    What was taken for a follow-up and has no answer as such may have one as it stands.
    Raises as `AnswerService.answer`.
    """
    before = await _before(person, group_id)
    understood = await reworded(text, before, generator)
    if understood is None or (await answer_service.intent(text)).kind is not Kind.QUESTION:
        return await answer_service.answer(text), None
    found = await answer_service.answer(understood)
    if found.refused:
        alone = await answer_service.answer(text)
        if not alone.refused:
            return alone, None
    return found, understood


async def _before(person: Person, group_id: int | None) -> Sequence[str]:
    """What a follow-up follows: the question whose answer the person replies to, else their last
    ones in this chat, oldest first."""
    if person.about is not None:
        return [person.about]
    since = person.now - WINDOW
    if person.row.conversation_from is not None:
        since = max(since, person.row.conversation_from)
    async with person.database.read() as session:
        before = await questions.turns(session, person.id, group_id, since, TURNS)
    return [*before, *person.recent.since(person.id, group_id, since)][-TURNS:]


def told(person: Person, understood: str | None) -> Markup:
    """The line that says what a follow-up was taken for; empty where there is none."""
    if understood is None:
        return Markup("")
    return Markup(person.texts.html("answer-understood", question=understood) + "\n\n")
