"""How an answer looks in a chat: its forms and buttons."""

from collections.abc import Sequence
from dataclasses import replace

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Ask, Human, ItemAct, Rate, Source
from bot.forms import Form
from bot.rich import rich_answer
from retrieval.answer import Answer, Citation
from retrieval.manners import Declined
from services.answering.asking import Asked
from services.lengths import LIMIT, length
from storage.models import Item, Question
from wording.answers import bold_words, notes, parts, place, understood_line
from wording.formatting import plain
from wording.items import label, shorten
from wording.texts import Markup, Texts

# A button shows about this much of a title.
BUTTON_TITLE = 28


def answer_form(asked: Asked, question: Question, suggested: Sequence[Item], texts: Texts) -> Form:
    """An answer in both forms; a refusal has the classic one alone."""
    answer = asked.answer
    head = understood_line(asked.understood, texts)
    first, *rest = parts(answer, texts)
    begun = [Markup(head + first)] if length(head + first) <= LIMIT else [head, first]
    form = Form([*begun, *rest], buttons(answer, question, suggested, texts))
    if answer.refused:
        return form
    sources = [
        (
            " · ".join(filter(None, (c.title, place(c.locator, c.title), c.course_title))),
            c.text,
            _source_buttons(question, number, c, texts),
        )
        for number, c in enumerate(answer.citations, start=1)
    ]
    rich = rich_answer(
        answer.text,
        bold_words(answer),
        sources,
        plain(head).strip(),
        notes(answer, texts),
        _next_buttons(question, suggested, texts).rows(*[1] * len(suggested), 2),
    )
    return replace(form, rich=rich)


def _source_buttons(
    question: Question, number: int, citation: Citation, texts: Texts
) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    if citation.course:
        data: CallbackData = ItemAct(act="open", item=citation.course, origin="source")
        keyboard.button(text=texts("source-course"), callback_data=data)
    data = Source(question=question.id, number=number)
    keyboard.button(text=texts("source-open"), callback_data=data)
    return keyboard.rows(2)


def buttons(
    answer: Answer, question: Question, suggested: Sequence[Item], texts: Texts
) -> InlineKeyboardMarkup:
    """The sources, what fits next, and thumbs; under a refusal, the nearest topics and a person."""
    keyboard = Buttons()
    rows: list[int] = []
    if answer.declined is Declined.ABUSIVE:
        return keyboard.rows()
    if answer.refused:
        for number, nearest in enumerate(answer.nearest if answer.declined is None else ()):
            ask = Ask(question=question.id, number=number)
            # Whole, since a tap asks for what the button says.
            keyboard.button(text=nearest.title, callback_data=ask)
            rows.append(1)
        keyboard.button(text=texts("ask-a-person"), callback_data=Human(question=question.id))
        return keyboard.rows(*rows, 1)
    for number, citation in enumerate(answer.citations, start=1):
        title = texts("answer-source", number=number, title=shorten(citation.title, BUTTON_TITLE))
        keyboard.button(text=title, callback_data=Source(question=question.id, number=number))
        rows.append(1)
    rows += [1] * len(suggested)
    keyboard.attach(_next_buttons(question, suggested, texts))
    return keyboard.rows(*rows, 2)


def _next_buttons(question: Question, suggested: Sequence[Item], texts: Texts) -> Buttons:
    """What fits next, then thumbs."""
    keyboard = Buttons()
    for item in suggested:
        data = ItemAct(act="open", item=item.id, origin="answer")
        keyboard.button(text=label(item, texts), callback_data=data)
    for key, rating in (("answer-helpful", 1), ("answer-wrong", -1)):
        keyboard.button(text=texts(key), callback_data=Rate(question=question.id, rating=rating))
    return keyboard
