"""How an answer looks in a chat."""

from collections.abc import Sequence
from dataclasses import replace

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Ask, Human, ItemAct, Rate, Source
from bot.chats import escape
from bot.forms import Form
from bot.rich import rich_answer
from retrieval.answer import Answer, Citation
from retrieval.manners import Declined
from services.answering.asking import Asked
from services.lengths import LIMIT, length
from storage.models import Item, Question
from wording.formatting import plain, split
from wording.items import label, shorten
from wording.texts import Markup, Texts

# A button shows about this much of a title.
BUTTON_TITLE = 28
# Of a passage that is only offered, so much.
SHOWN_OFFER = 600


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


def understood_line(understood: str | None, texts: Texts) -> Markup:
    """The line that says what a follow-up was taken for; empty where there is none."""
    if understood is None:
        return Markup("")
    return Markup(texts.html("answer-understood", question=understood) + "\n\n")


def parts(answer: Answer, texts: Texts) -> list[Markup]:
    """The answer as one or more messages of HTML."""
    if answer.refused:
        said = refusal(answer, texts)
        if answer.nearest and answer.declined is None:
            said = Markup(f"{said}\n{texts('answer-nearest')}")
        return [said]
    after = foot(answer, texts)
    *before, last = body(answer)
    whole = [Markup(last + after)] if length(last + after) <= LIMIT else [last, after]
    return [*before, *whole]


def bold_words(answer: Answer) -> list[tuple[int, int]]:
    """Begin and end, in the answer's text, of the words that answer."""
    spans, at = [], 0
    for sentence in answer.sentences:
        at = answer.text.find(sentence.text, at)
        if at < 0:  # the text is no longer made of them
            break
        if sentence.bold is not None:
            spans.append((at + sentence.bold[0], at + sentence.bold[1]))
        at += len(sentence.text)
    return spans


def body(answer: Answer) -> list[Markup]:
    """The answer's text as one or more messages of HTML, the words that answer in bold."""
    spans = bold_words(answer)
    found, start = [], 0
    for part in split(answer.text, LIMIT):
        start = answer.text.index(part, start)
        end = start + len(part)
        mine = [(a - start, b - start) for a, b in spans if start <= a and b <= end]
        found.append(_bold(part, mine))
        start = end
    return found


def _bold(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    html, at = "", 0
    for begin, end in spans:
        html += f"{escape(text[at:begin])}<b>{escape(text[begin:end])}</b>"
        at = end
    return Markup(html + escape(text[at:]))


def refusal(answer: Answer, texts: Texts) -> Markup:
    """Why there is no answer, as HTML; with the passage that may have it all the same, and the
    caution that an answer would have.
    """
    if answer.declined:
        return Markup(texts(f"answer-{answer.declined}"))
    said = texts("answer-refused")
    if answer.offered is not None:
        said = texts.html("answer-near", **_offer(answer.offered))
    return Markup(said + foot(answer, texts))


def _offer(offered: Citation) -> dict[str, str]:
    quote = shorten(offered.quote, SHOWN_OFFER)
    return {"quote": quote, "title": offered.title, "place": place(offered.locator, offered.title)}


def place(locator: str, title: str) -> str:
    """Where in a lesson a passage is, without the title: its first heading, which stands beside."""
    return locator.removeprefix(f"{title} › ")


def notes(answer: Answer, texts: Texts) -> list[Markup]:
    """What is added to an answer, as lines of HTML; none for most.

    Which of several questions has none, that the sources are in the other language, and a caution
    about parts whose faults could kill.
    """
    lines = [texts.html("answer-missing", question=question) for question in answer.missing]
    if answer.missing and answer.offered is not None:
        lines.append(texts.html("answer-near", **_offer(answer.offered)))
    if answer.crosses:
        lines.append(texts.html("answer-crosses", language=answer.language))
    if answer.dangerous:
        lines.append(texts.html("answer-dangerous"))
    return [Markup(line) for line in lines]


def foot(answer: Answer, texts: Texts) -> Markup:
    """The notes as they stand below an answer."""
    return Markup("".join(f"\n\n{line}" for line in notes(answer, texts)))


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
