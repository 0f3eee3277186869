"""Lessons in the chat: their buttons, and their text as messages."""

from collections.abc import Iterator
from itertools import takewhile

from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Lesson
from bot.chats import escape
from retrieval.documents import Document
from retrieval.sections import ROW
from services.content.library import Library
from services.lengths import LIMIT, length
from wording.formatting import split
from wording.texts import Markup, Texts

# A heading is followed by this much of what it heads, in UTF-16 units, or begins a new message.
TOGETHER = 200


def lesson_buttons(library: Library, course: str, texts: Texts) -> InlineKeyboardMarkup | None:
    shelf = library.lessons(course, texts.language)
    if not shelf:
        return None
    keyboard = Buttons()
    for number, document in enumerate(shelf):
        data = Lesson(course=course, number=number)
        keyboard.button(text=f"{number + 1}. {document.title}", callback_data=data)
    return keyboard.rows(1)


def next_button(
    library: Library, course: str, number: int, texts: Texts
) -> InlineKeyboardMarkup | None:
    if number + 1 >= len(library.lessons(course, texts.language)):
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
