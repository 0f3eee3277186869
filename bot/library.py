"""The lessons of courses, for those who own them: read from the knowledge base's documents."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Lesson
from bot.chats import escape
from bot.formatting import LIMIT, length, split
from bot.texts import Markup, Texts
from retrieval.documents import Document
from retrieval.sections import ROW

# A heading is followed by this much of what it heads, in UTF-16 units, or begins a new message.
TOGETHER = 200


class Library:
    """Documents by course and language, in order of lesson."""

    def __init__(self) -> None:
        self._lessons: dict[tuple[str, str], list[Document]] = {}
        self._course_of: dict[str, str] = {}

    def fill(self, documents: Iterable[Document]) -> None:
        """Takes the documents of a new index."""
        lessons: dict[tuple[str, str], list[Document]] = defaultdict(list)
        for document in documents:
            if document.course:
                lessons[document.course, document.language].append(document)
        for shelf in lessons.values():
            shelf.sort(key=lambda document: document.lesson or 0)
        self._course_of = {d.id: d.course for shelf in lessons.values() for d in shelf if d.course}
        self._lessons = dict(lessons)

    def course_of(self, document_id: str) -> str | None:
        return self._course_of.get(document_id)

    def lessons(self, course: str, language: str) -> Sequence[Document]:
        """In the reader's language, or in the other one where there are none."""
        other = "en" if language == "zh" else "zh"
        return self._lessons.get((course, language)) or self._lessons.get((course, other), [])

    def lesson_buttons(self, course: str, texts: Texts) -> InlineKeyboardMarkup | None:
        shelf = self.lessons(course, texts.language)
        if not shelf:
            return None
        keyboard = Buttons()
        for number, document in enumerate(shelf):
            data = Lesson(course=course, number=number)
            keyboard.button(text=f"{number + 1}. {document.title}", callback_data=data)
        return keyboard.rows(1)

    def next_button(self, course: str, number: int, texts: Texts) -> InlineKeyboardMarkup | None:
        if number + 1 >= len(self.lessons(course, texts.language)):
            return None
        keyboard = Buttons()
        data = Lesson(course=course, number=number + 1)
        keyboard.button(text=texts("button-next"), callback_data=data)
        return keyboard.rows()


def lesson_parts(document: Document) -> list[Markup]:
    """A lesson as messages of HTML: headings in bold, lists and rows of tables line by line."""
    parts: list[str] = []
    room = 0
    for gap, text, bold in _blocks(document):
        rest = text
        while rest:
            fits = length(gap + rest) <= room
            if (not fits and (bold or room < TOGETHER)) or (bold and room < 2 * TOGETHER):
                parts.append("")
                room, gap = LIMIT, ""
            piece = next(split(rest, room - length(gap)))
            rest = rest[len(piece) :].lstrip()
            shown = escape(piece)
            parts[-1] += gap + (f"<b>{shown}</b>" if bold else shown)
            room -= length(gap + piece)
            gap = " "
    return [Markup(part) for part in parts]


def _blocks(document: Document) -> Iterator[tuple[str, str, bool]]:
    """(what separates it from the one before, text, whether it is a heading), in reading order."""
    yield "", document.title, True
    before: tuple[str, ...] = (document.title,)
    for section in document.sections:
        path = section.headings
        # What the section before stood under is not said again, nor the title.
        pairs = zip(path, before, strict=False)
        known = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        for heading in path[known:]:
            if heading != document.title:
                yield "\n\n", heading, True
        before = path
        marks = section.marks or ("",) * len(section.paragraphs)
        listed = False
        for paragraph, mark in zip(section.paragraphs, marks, strict=True):
            lead = "▪" if mark == ROW else mark
            yield "\n" if listed and mark else "\n\n", f"{lead} {paragraph}".strip(), False
            listed = bool(mark)
