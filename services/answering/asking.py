"""A question: what it means after the ones before it, its answer, and what is kept of both."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from retrieval.answer import Answer
from retrieval.answer_service import AnswerService
from retrieval.followup import reworded
from retrieval.generator import Generator
from retrieval.intents import Kind
from services.people import Person
from services.recent import TURNS, WINDOW
from services.recommending.serving import Recommendations
from storage.database import Database
from storage.models import Item, Question
from storage.repositories import questions, touches

SUGGESTIONS = 2


@dataclass(frozen=True, slots=True)
class Asked:
    answer: Answer
    understood: str | None
    """The whole question, where the text was taken for a follow-up."""

    @property
    def is_question(self) -> bool:
        return self.answer.intent.kind is Kind.QUESTION


class Asking:
    def __init__(
        self,
        answer_service: AnswerService,
        recommendations: Recommendations,
        generator: Generator | None = None,
    ) -> None:
        """`generator` may word follow-ups, where rules have none."""
        self.answer_service = answer_service
        self.recommendations = recommendations
        self.generator = generator

    async def ask(
        self, person: Person, text: str, *, group: int | None = None, about: str | None = None
    ) -> Asked:
        """The answer to a person's own words in their chat or in a group.

        `about` is the question whose answer they reply to. What was taken for a follow-up and has
        no answer as such may have one as it stands. Raises as `AnswerService.answer`.
        """
        before = [about] if about is not None else await turns_before(person, group)
        # In a group rules alone decide: a model's wording takes longer than a group waits.
        understood = await reworded(text, before, self.generator if group is None else None)
        service = self.answer_service
        if understood is None or (await service.intent(text)).kind is not Kind.QUESTION:
            return Asked(await service.answer(text), None)
        answer = await service.answer(understood)
        if answer.refused:
            alone = await service.answer(text)
            if not alone.refused:
                return Asked(alone, None)
        return Asked(answer, understood)

    async def ask_again(self, title: str) -> Asked:
        """The answer to a title that was tapped: it stands for itself."""
        return Asked(await self.answer_service.answer(title), None)

    async def suggest(self, person: Person, answer: Answer) -> Sequence[Item]:
        """What fits beside an answer; nothing beside a refusal."""
        if answer.refused:
            return []
        courses = [citation.course for citation in answer.citations if citation.course]
        return await self.recommendations.beside_answer(
            person, answer.embedding, courses, SUGGESTIONS
        )


async def keep(person: Person, text: str, asked: Asked, group: int | None = None) -> Question:
    """Stores a question with the answer that is shown, and what a follow-up was taken for.

    Of who didn't agree to a profile, what the buttons need is kept without their name, and for
    under a day; what a follow-up needs stays in memory.
    """
    answer, understood = asked.answer, asked.understood
    linked = {"user_id": person.id, "group_id": group}
    if not person.agreed:
        linked = {"id": questions.unlinked_id()}
    question = Question(
        **linked,
        text=text,
        understood=understood,
        language=answer.language,
        answer=answer.text,
        refused=answer.refused,
        confidence=answer.confidence,
        needed=answer.needed,
        reader_score=answer.reader_score,
        mode=answer.mode,
        citations=[asdict(citation) for citation in answer.citations],
        index_version=answer.index_version,
        # It is kept to learn what interests a person, so only of those who agreed to that.
        embedding=answer.embedding.astype("<f2").tobytes() if person.agreed else None,
        encoder=answer.encoder,
        asked_at=person.now,
    )
    async with person.database.write() as session:
        session.add(question)
        await session.flush()
        signal = person.signal("asked", "question", question.id)
        if signal is not None:
            await touches.record(session, signal)
        if not person.agreed:
            await questions.forget_unlinked(session, person.now)
    if not person.agreed:
        person.recent.note(person.id, group, understood or text, question.id, person.now)
    return question


async def forget_unlinked(database: Database, now: datetime) -> None:
    """Empties the unlinked questions whose time is over."""
    async with database.write() as session:
        await questions.forget_unlinked(session, now)


async def turns_before(person: Person, group: int | None) -> Sequence[str]:
    """What a follow-up follows: the person's last questions in this chat, oldest first."""
    since = person.now - WINDOW
    if person.row.conversation_from is not None:
        since = max(since, person.row.conversation_from)
    async with person.database.read() as session:
        before = await questions.turns(session, person.id, group, since, TURNS)
    return [*before, *person.recent.since(person.id, group, since)][-TURNS:]
