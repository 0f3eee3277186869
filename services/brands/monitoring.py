"""How people speak of a brand, week by week: how many, how they feel, and sudden turns.

Only questions whose vector may be kept are looked at: those of people who agree to that today.
Nothing is stored but which turns were told, so what a person deletes is gone from here with it.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from retrieval.batching import BatchingEncoder, Vectors
from retrieval.clusters import SAME, clusters
from retrieval.cosines import cosines_of
from services.brands import shelf
from services.brands.checking import Books
from services.brands.feelings import FEELINGS, Feelings
from services.brands.turns import Counted, Turn, turns
from services.clock import Clock
from services.content.scrub import scrub
from services.operators import Operators
from storage.arrays import vector
from storage.database import Database
from storage.repositories import brands, questions
from storage.repositories.questions import Spoken

WEEK = timedelta(days=7)
# Whole weeks that are shown; a turn needs five of them.
WEEKS = 12
# The newest questions of these weeks that are read, and of a brand those that are held to one
# another: clustering needs the square of that in memory.
MOST_READ, MOST_ALIKE = 50_000, 1500
# What so many people ask alike is shown as an example, and at most so many.
ALIKE, EXAMPLES = 3, 3


@dataclass(frozen=True, slots=True)
class Week:
    """Of the week from `begins` on (a Monday, UTC): `asked` people asked anything, `people` spoke
    of the brand in `questions`, which were meant so (FEELINGS); `ill` of them spoke ill once."""

    begins: datetime
    asked: int
    people: int
    questions: int
    positive: int
    neutral: int
    negative: int
    ill: int


@dataclass(frozen=True, slots=True)
class Example:
    """What several people asked alike, in one's words, without personal data."""

    text: str
    people: int
    feeling: str


@dataclass(frozen=True, slots=True)
class Talk:
    """How a brand is spoken of; `turns` are of the last week."""

    brand: str
    title: dict[str, str]
    weeks: tuple[Week, ...]
    turns: tuple[Turn, ...]
    examples: tuple[Example, ...]


@dataclass(slots=True)
class _Heard:
    """What was read: who asked in which week, and what was said of each brand."""

    asked: list[set[int]]
    said: dict[str, list[tuple[int, Spoken]]] = field(default_factory=dict)

    def forget(self, last: int) -> None:
        """Leaves out the weeks up to number `last`."""
        self.asked = [set() if week <= last else who for week, who in enumerate(self.asked)]
        self.said = {
            brand: [one for one in said if one[0] > last] for brand, said in self.said.items()
        }


class Monitor:
    def __init__(
        self, database: Database, encoder: BatchingEncoder, encoder_name: str, clock: Clock
    ) -> None:
        self.database = database
        self.encoder = encoder
        self.encoder_name = encoder_name
        self.clock = clock
        self._feelings: Feelings | None = None
        self._looked: datetime | None = None
        self._untold: list[tuple[Talk, Turn]] = []

    async def look(self) -> list[Talk]:
        """Each brand that has a book, over the last whole weeks. Raises Busy."""
        end = week_of(self.clock())
        async with self.database.read() as session:
            books = await shelf.load(session)
            if not books.brands:
                return []
        heard = await self._listen(books, end)
        if self._feelings is None and any(heard.said.values()):
            self._feelings = await Feelings.fitted(self.encoder)
        same = cosines_of(self.encoder.model).at(SAME)
        return await asyncio.to_thread(_talks, books, heard, end, self._feelings, same)

    async def tell(self, operators: Operators) -> None:
        """Looks once a week, and at each start, and tells admins of turns that they weren't told
        of. Where no admin has it, the next call tries again."""
        week, now = week_of(self.clock()), self.clock()
        if self._looked != week:
            talks = await self.look()
            self._untold = [(talk, turn) for talk in talks for turn in talk.turns]
            self._looked = week
        self._untold = [
            (talk, turn)
            for talk, turn in self._untold
            if not await self._tell(operators, talk, turn, week - WEEK, now)
        ]

    async def _tell(
        self, operators: Operators, talk: Talk, turn: Turn, week: datetime, now: datetime
    ) -> bool:
        async with self.database.write() as session:
            new = await brands.note_turn(session, talk.brand, week, turn.kind, now)
        told = not new or await operators.tell(
            "brand-turn",
            kind=turn.kind,
            brand=f"{talk.title['zh']} · {talk.title['en']}",
            now=turn.now,
            of=turn.of,
            usual=round(turn.usual, 1),
        )
        if not told:
            async with self.database.write() as session:
                await brands.forget_turn(session, talk.brand, week, turn.kind)
        return told

    async def _listen(self, books: Books, end: datetime) -> _Heard:
        """What was said of brands, read in parts: most questions name none."""
        start = end - WEEKS * WEEK
        heard = _Heard([set() for _ in range(WEEKS)])
        before: int | None = None
        for _ in range(MOST_READ // questions.PART):
            async with self.database.read() as session:
                part = await questions.spoken(session, self.encoder_name, start, end, before)
            await asyncio.to_thread(_hear, heard, books, part, start)
            if len(part) < questions.PART:
                return heard
            before = part[-1].id
        # A week of which a part alone was read would seem a quiet one.
        heard.forget((part[-1].asked_at - start) // WEEK)
        return heard


def week_of(moment: datetime) -> datetime:
    """The Monday, 0:00 UTC, on or before a moment."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _hear(heard: _Heard, books: Books, part: Sequence[Spoken], start: datetime) -> None:
    for one in part:
        week = (one.asked_at - start) // WEEK
        heard.asked[week].add(one.user_id)
        for brand in books.named(one.text):
            heard.said.setdefault(brand, []).append((week, one))


def _talks(
    books: Books, heard: _Heard, end: datetime, feelings: Feelings | None, same: float
) -> list[Talk]:
    return [
        _talk(brand, rules.book.title.model_dump(), books, heard, end, feelings, same)
        for brand, rules in books.brands.items()
    ]


def _talk(
    brand: str,
    title: dict[str, str],
    books: Books,
    heard: _Heard,
    end: datetime,
    feelings: Feelings | None,
    same: float,
) -> Talk:
    said = heard.said.get(brand, [])
    vectors = np.array([vector(one.embedding) for _, one in said], dtype=np.float32)
    felt = feelings.of(vectors) if feelings else []
    by_week: list[list[tuple[int, str]]] = [[] for _ in range(WEEKS)]
    for (week, one), feeling in zip(said, felt, strict=True):
        by_week[week].append((one.user_id, feeling))
    weeks = tuple(
        _week(end - (WEEKS - number) * WEEK, len(heard.asked[number]), here)
        for number, here in enumerate(by_week)
    )
    counted = [Counted(week.asked, week.people, week.ill) for week in weeks]
    newest = slice(0, MOST_ALIKE)
    examples = _examples([one for _, one in said][newest], vectors[newest], felt[newest], same)
    return Talk(brand, title, weeks, tuple(turns(counted, len(books.brands))), tuple(examples))


def _week(begins: datetime, asked: int, here: Sequence[tuple[int, str]]) -> Week:
    feelings = Counter(feeling for _, feeling in here)
    return Week(
        begins=begins,
        asked=asked,
        people=len({user for user, _ in here}),
        questions=len(here),
        ill=len({user for user, feeling in here if feeling == "negative"}),
        **{feeling: feelings[feeling] for feeling in FEELINGS},
    )


def _examples(
    said: Sequence[Spoken], vectors: Vectors, felt: Sequence[str], same: float
) -> list[Example]:
    """What most people asked alike, first."""
    if not said:
        return []
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = []
    for group in clusters(unit, same):
        people = len({said[row].user_id for row in group})
        if people >= ALIKE:
            feelings = [felt[row] for row in group]
            feeling = max(FEELINGS, key=feelings.count)
            found.append(Example(scrub(said[group[0]].text), people, feeling))
    return sorted(found, key=lambda example: -example.people)[:EXAMPLES]
