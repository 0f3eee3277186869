"""Quizzes from golden questions: nothing in them is invented.

The right choice is the sentence of a lesson with which the question is answered. The wrong ones are
such sentences of other questions of the same topic, from documents that don't answer this one.
Where there are fewer than three sound choices there is no quiz.
"""

import random
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from retrieval.answer_service import AnswerService
from retrieval.chunks import Chunk
from retrieval.documents import Document
from retrieval.words import folded
from services.clock import Clock
from services.content.library import Library
from services.lengths import length
from storage.database import Database
from storage.models import GoldenQuestion
from storage.repositories import golden

MOST_CHOICES, FEWEST_CHOICES = 4, 3
# So many other questions are looked at for wrong choices, and so many questions for one to play.
LOOKED_AT, TRIED = 12, 6
# Golden questions are read again after this.
READ_EVERY = timedelta(minutes=1)
KEPT = 2000
# The log-odds from which on the reader may hold that a sentence answers a question.
ANSWERS = 0.0
# Sentences that share so much say too much of the same.
ALIKE = 0.6
LEADS = ("：", ":", "；", ";", "，", ",")


@dataclass(frozen=True, slots=True)
class Quiz:
    """A question with its choices; `title` and `place` say where the right one stands."""

    key: str
    question: str
    choices: tuple[str, ...]
    right: int
    document: str
    title: str
    place: str

    @property
    def tags(self) -> list[str]:
        """Each choice, told by its words."""
        return [sha256(choice.encode()).hexdigest()[:4] for choice in self.choices]

    def choice(self, tag: str) -> int | None:
        return self.tags.index(tag) if self.tags.count(tag) == 1 else None


@dataclass(frozen=True, slots=True)
class _Said:
    """The sentence that answers a question."""

    text: str
    document: str
    title: str
    place: str


class Quizzes:
    def __init__(
        self, database: Database, answers: AnswerService, library: Library, clock: Clock
    ) -> None:
        self.database = database
        self.answers = answers
        self.library = library
        self.clock = clock
        self._made: OrderedDict[str, Quiz | None] = OrderedDict()
        self._made_of: tuple[int, datetime] | None = None
        self._read_at: datetime | None = None
        self._of_document: dict[str, list[GoldenQuestion]] = {}
        self._of_topic: dict[tuple[str, str], list[GoldenQuestion]] = {}
        self._by_key: dict[str, GoldenQuestion] = {}

    async def of_lesson(self, document: Document) -> list[Quiz]:
        """The sound quizzes of a lesson, in its own language. Raises Busy as `answer` does."""
        await self._look()
        asked = [q for q in self._of_document.get(document.id, ()) if _in(q, document.language)]
        made = [await self._quiz(question) for question in asked]
        return [quiz for quiz in made if quiz is not None and quiz.document == document.id]

    async def keys(self, topics: Sequence[str], language: str) -> list[str]:
        """Of the questions of some topics, or of all without any."""
        await self._look()
        if not topics:
            topics = [topic for topic, spoken in self._of_topic if spoken == language]
        found = (q for topic in topics for q in self._of_topic.get((topic, language), ()))
        return list(dict.fromkeys(map(key_of, found)))

    async def to_play(self, keys: Sequence[str]) -> Quiz | None:
        """The first of some questions of which a quiz can be made. None where the first few have
        none."""
        await self._look()
        for key in keys[:TRIED]:
            question = self._by_key.get(key)
            if question is None or length(question.question) > MOST_QUESTION:
                continue
            if quiz := await self._quiz(question):
                return quiz
        return None

    async def _look(self) -> None:
        """Reads the golden questions where that is long ago."""
        now = self.clock()
        if self._read_at is None or not timedelta() <= now - self._read_at < READ_EVERY:
            async with self.database.read() as session:
                found = await golden.listed(session)
            by_document, by_topic = defaultdict(list), defaultdict(list)
            for question in found:
                for document in question.documents:
                    by_document[document].append(question)
                for topic in self._topics(question):
                    by_topic[topic, question.language].append(question)
            self._of_document, self._of_topic = dict(by_document), dict(by_topic)
            self._by_key = {key_of(question): question for question in found}
            self._read_at = now
        state = self.library.dealt_out, self._read_at
        if self._made_of != state:
            self._made_of = state
            self._made.clear()

    def _topics(self, question: GoldenQuestion) -> set[str]:
        found = (self.library.document(one) for one in question.documents)
        return {topic for document in found if document for topic in document.topics}

    async def _quiz(self, question: GoldenQuestion) -> Quiz | None:
        key = key_of(question)
        if key not in self._made:
            state = self._made_of
            quiz = await self._make(question)
            if self._made_of != state:  # another index meanwhile
                return quiz
            self._made[key] = quiz
            if len(self._made) > KEPT:
                self._made.popitem(last=False)
        return self._made[key]

    async def _make(self, question: GoldenQuestion) -> Quiz | None:
        right = await self._said(question)
        if right is None:
            return None
        chance = random.Random(key_of(question))  # noqa: S311 (the same each time it is shown)
        others = {
            other.question: other
            for topic in sorted(self._topics(question))
            for other in self._of_topic.get((topic, question.language), ())
            if not set(other.documents) & set(question.documents)
        }
        listed = [others[words] for words in sorted(others)]
        wrong: list[str] = []
        for other in chance.sample(listed, min(LOOKED_AT, len(listed))):
            said = await self._said(other)
            if said is None or said.document in question.documents:
                continue
            if not any(_alike(said.text, text) for text in (right.text, *wrong)):
                wrong.append(said.text)
        wrong = (await self._silent(question, wrong, right))[: MOST_CHOICES - 1]
        if len(wrong) + 1 < FEWEST_CHOICES:
            return None
        choices = [right.text, *wrong]
        chance.shuffle(choices)
        return Quiz(
            key_of(question),
            question.question,
            tuple(choices),
            choices.index(right.text),
            right.document,
            right.title,
            right.place,
        )

    async def _said(self, question: GoldenQuestion) -> _Said | None:
        """The sentence that answers; None where the base has none, or no whole one."""
        answer = await self.answers.answer(question.question)
        if answer.refused or answer.missing or not answer.sentences:
            return None
        told = next((each for each in answer.sentences if each.bold), answer.sentences[0])
        source = answer.citations[told.citation - 1]
        text = told.text.strip()
        if source.document not in question.documents or text.endswith(LEADS):
            return None
        return _Said(text, source.document, source.title, source.locator)

    async def _silent(
        self, question: GoldenQuestion, texts: Sequence[str], right: _Said
    ) -> list[str]:
        """Those of the sentences that don't answer the question, as far as the reader can tell."""
        about = Chunk("", "", right.title, None, None, question.language, "", "", ())
        pairs = [(question.question, replace(about, sentences=(text,))) for text in texts]
        readings = await self.answers.read(pairs) if pairs else ()
        if not readings:
            return list(texts)
        return [t for t, reading in zip(texts, readings, strict=True) if reading.score < ANSWERS]


# What Telegram takes as a quiz's question, in characters.
MOST_QUESTION = 300


def key_of(question: GoldenQuestion) -> str:
    """Tells a question by its words, for as long as these stand."""
    return sha256(question.question.encode()).hexdigest()[:32]


def _in(question: GoldenQuestion, language: str) -> bool:
    return question.language == language


def _alike(some: str, other: str) -> bool:
    """Whether two sentences share most of their pairs of characters, or one holds the other."""
    a, b = (folded(text) for text in (some, other))
    if a in b or b in a:
        return True
    mine, theirs = ({text[n : n + 2] for n in range(len(text) - 1)} for text in (a, b))
    return len(mine & theirs) > ALIKE * min(len(mine), len(theirs))
