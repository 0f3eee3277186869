"""Lessons in the chat: their buttons, and their text as messages."""

from collections.abc import Iterator
from itertools import takewhile

from aiogram.types import InlineKeyboardMarkup

from activities.learning import Progress
from bot.buttons import Buttons
from bot.callbacks import Learn, Lesson, QuizTap
from bot.chats import escape
from retrieval.documents import Document
from retrieval.sections import ROW
from services.content.quizzes import Quiz
from services.lengths import LIMIT, length
from storage.models import Item
from wording.answers import place
from wording.formatting import split
from wording.items import short_title
from wording.texts import Markup, Texts

# A heading is followed by this much of what it heads, in UTF-16 units, or begins a new message.
TOGETHER = 200
LETTERS = "ABCD"
# So many characters of a question's key fit on a button.
KEY = 6


def lesson_buttons(progress: Progress, course: str, texts: Texts) -> InlineKeyboardMarkup | None:
    """The lessons of a course, those that were read with a mark, and where to go on."""
    if not progress.lessons:
        return None
    keyboard = Buttons()
    if progress.finished:
        keyboard.button(
            text=texts("button-certificate"), callback_data=Learn(act="cert", course=course)
        )
    elif progress.read:
        keyboard.button(text=texts("button-go-on"), callback_data=Learn(act="on", course=course))
    for number, document in enumerate(progress.lessons):
        mark = "✓ " if number in progress.read else ""
        data = Lesson(course=course, number=number)
        keyboard.button(text=f"{mark}{number + 1}. {document.title}", callback_data=data)
    return keyboard.rows(1)


def go_on_button(item: Item, progress: Progress, texts: Texts) -> tuple[str, Learn]:
    """The button by which a person goes on with a course, and what it carries."""
    text = texts(
        "button-go-on-course",
        title=short_title(item, texts),
        read=len(progress.read),
        lessons=len(progress.lessons),
    )
    return text, Learn(act="on", course=item.id)


def lesson_end(
    progress: Progress, course: str, number: int, texts: Texts, quizzes: int = 0
) -> InlineKeyboardMarkup | None:
    """Under a lesson: its quiz, the next one, the certificate."""
    keyboard = Buttons()
    if quizzes:
        tap = QuizTap(course=course, number=number)
        keyboard.button(text=texts("button-quiz", questions=quizzes), callback_data=tap)
    if number + 1 < len(progress.lessons):
        data = Lesson(course=course, number=number + 1)
        keyboard.button(text=texts("button-next"), callback_data=data)
    if not keyboard:
        return None
    return keyboard.rows(1)


def certificate_button(course: str, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    keyboard.button(
        text=texts("button-certificate"), callback_data=Learn(act="cert", course=course)
    )
    return keyboard.rows()


def quiz_text(
    quiz: Quiz, at: int, questions: int, texts: Texts, chosen: int | None = None
) -> Markup:
    """A question with its choices; once one is chosen, which is right and where it stands."""
    lines = [
        texts.html("quiz-question", number=at + 1, questions=questions, question=quiz.question),
        choices_text(quiz, chosen),
    ]
    if chosen is not None:
        where = place(quiz.place, quiz.title)
        lines.append(texts.html("quiz-source", title=quiz.title, place=where))
    return Markup("\n\n".join(lines))


def choices_text(quiz: Quiz, chosen: int | None = None) -> Markup:
    """The choices with their letters."""
    lines = []
    for number, choice in enumerate(quiz.choices):
        mark = ""
        if chosen is not None and number in (chosen, quiz.right):
            mark = "✅ " if number == quiz.right else "❌ "
        lines.append(f"{mark}<b>{LETTERS[number]}</b> {escape(choice)}")
    return Markup("\n\n".join(lines))


def quiz_buttons(quiz: Quiz, tapped: QuizTap) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    for number, tag in enumerate(quiz.tags):
        data = tapped.model_copy(update={"question": quiz.key[:KEY], "choice": tag})
        keyboard.button(text=LETTERS[number], callback_data=data)
    return keyboard.rows(len(quiz.choices))


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
