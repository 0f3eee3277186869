"""Answers in words: what is said, where it stands, and what is added to it."""

import html
from collections.abc import Sequence

from retrieval.answer import Answer, Citation
from retrieval.intents import Intent
from services.lengths import LIMIT, length
from wording.formatting import split
from wording.items import shorten
from wording.texts import Markup, Texts

# Of a passage that is only offered, so much.
SHOWN_OFFER = 600


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
    told, at = "", 0
    for begin, end in spans:
        told += f"{_escape(text[at:begin])}<b>{_escape(text[begin:end])}</b>"
        at = end
    return Markup(told + _escape(text[at:]))


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


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


def said(intent: Intent, texts: Texts) -> Markup:
    """The reply to what is no question."""
    name = f"{intent.kind}-{intent.of}" if intent.of else intent.kind
    return Markup(texts(f"intent-{name.replace('_', '-')}"))
