"""Learning: the lessons of a course one after the other, and how far a person is."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal

from activities.items import standing
from retrieval.documents import Document
from services.content.library import Library
from services.people import Person
from storage.models import Item
from storage.repositories import items, learning, touches

# So many of the courses that a person began are looked at.
MOST_UNDER_WAY = 10

Closed = Literal["not-owned", "gone"]


@dataclass(frozen=True, slots=True)
class Progress:
    """A course's lessons in a person's language, and which of them they read; `last` is the one
    that they opened last of those that were new to them."""

    lessons: Sequence[Document]
    read: Set[int]
    last: int | None

    @property
    def finished(self) -> bool:
        return bool(self.lessons) and len(self.read) == len(self.lessons)

    @property
    def next(self) -> int:
        """Where to go on: the first unread one after the last, or before it; else the last."""
        count = len(self.lessons)
        for step in range(count):
            number = ((self.last or 0) + step) % count
            if number not in self.read:
                return number
        return max(count - 1, 0)


@dataclass(frozen=True, slots=True)
class Opened:
    """A lesson that was opened; `completed` where it was the last of its course to be read."""

    document: Document
    progress: Progress
    completed: bool


async def progress(person: Person, library: Library, course: str, language: str) -> Progress:
    async with person.database.read() as session:
        known = await learning.lessons_read(session, person.id, course)
    return _progress(library.lessons(course, language), known)


async def under_way(person: Person, library: Library, language: str) -> list[tuple[Item, Progress]]:
    """The courses that a person began and may go on with, the last one first."""
    async with person.database.read() as session:
        begun = await learning.courses_begun(session, person.id, MOST_UNDER_WAY)
        found = await items.by_ids(session, begun)
    listed = []
    for course in begun:
        now = await progress(person, library, course, language)
        if course not in found or now.finished or not now.lessons:
            continue
        if (await standing(person, course)).may_read:
            listed.append((found[course], now))
    return listed


async def open_lesson(
    person: Person, library: Library, course: str, number: int, language: str
) -> Opened | Closed:
    """Opens a lesson for whoever may read its course, and notes how far they are."""
    if not (await standing(person, course)).may_read:
        return "not-owned"
    lessons = library.lessons(course, language)
    if not 0 <= number < len(lessons):
        return "gone"
    name = lesson_names(lessons)[number]
    async with person.database.write() as session:
        new = await learning.read(session, person.id, course, name, person.now)
        known = await learning.lessons_read(session, person.id, course)
        now = _progress(lessons, known)
        completed = bool(new) and now.finished
        share = len(now.read) / len(lessons)
        acts = [person.signal("progressed", "item", course, value=share)]
        acts += [person.signal("completed", "item", course)] if completed else []
        for act in acts:
            if act is not None:
                await touches.record(session, act)
    return Opened(lessons[number], now, completed)


def lesson_names(lessons: Sequence[Document]) -> list[str]:
    """What each lesson is called in the database: its number, where no other has the same."""
    numbers = Counter(document.lesson for document in lessons)
    return [
        str(document.lesson)
        if document.lesson is not None and numbers[document.lesson] == 1
        else document.id
        for document in lessons
    ]


def _progress(lessons: Sequence[Document], known: Sequence[str]) -> Progress:
    places = {name: number for number, name in enumerate(lesson_names(lessons))}
    read = [places[name] for name in known if name in places]
    return Progress(lessons, frozenset(read), read[-1] if read else None)
