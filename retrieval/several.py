"""Several questions in one message: told apart, and their answers put together again."""

import re
from collections.abc import Sequence
from dataclasses import replace

from retrieval.answer import Answer, Citation
from retrieval.compose import Sentence, joined
from retrieval.followup import has_topic, standalone
from retrieval.followup_words import TOPICS

# Who asks more than this at once is answered as a whole.
MOST = 3
_MARK = re.compile(r"(?<=[?？])\s*")
_ASKING_EN = r"(?:how|what|when|why|where|which|who|is|are|can|do|does|should|must|will)\b"
# What joins two questions without a doubt.
_JOINING = re.compile(
    r"\s*[，,;；]?\s*(?:还有|另外|以及)\s*[，,]?\s*|[,;]\s*(?:and )?also\s+", re.I
)
# "机油多久换，轮胎什么时候换": a comma, or a word that joins, between two questions.
_JOINT = re.compile(
    r"[，,;；]\s*(?:还有|另外|以及|(?:and|also)\s+)?\s*|还有|另外|以及"
    rf"|\s+and\s+(?=(?:also\s+)?{_ASKING_EN})",
    re.IGNORECASE,
)
_ASKING = re.compile(
    rf"什么|怎么|怎样|如何|多久|多少|哪|吗|谁|有没有|([\u4e00-\u9fff])[不没]\1|^\s*{_ASKING_EN}",
    re.IGNORECASE,
)


def parts(text: str) -> list[str]:
    """The questions of a text, each such that it can be asked alone; the whole text if it is one.

    A part that leans on the one before it ("why?") is asked in full; one that asks nothing belongs
    to the next.
    """
    pieces = [piece for piece in _MARK.split(text.strip()) if piece]
    if len(pieces) == 1:
        pieces = _joined_questions(pieces[0])
    if not 1 < len(pieces) <= MOST or not all(_asks(piece) for piece in pieces):
        return [text]
    whole: list[str] = []
    for piece in pieces:
        leaning = standalone(piece, whole)
        if leaning is None and not has_topic(piece):
            return [text]
        whole.append(leaning or piece)
    return whole


def _joined_questions(text: str) -> list[str]:
    """The parts of a text without marks between them, if each asks of a topic of its own.

    A clause before a question is more often its condition, so the topics must be known ones.
    """
    joined = [piece.strip() for piece in _JOINING.split(text) if piece.strip()]
    if len(joined) > 1 and all(_ASKING.search(piece) and has_topic(piece) for piece in joined):
        return joined
    pieces = [piece.strip() for piece in _JOINT.split(text) if piece.strip()]
    whole = all(
        _ASKING.search(piece) and any(kind.search(piece) for kind in TOPICS) for piece in pieces
    )
    return pieces if whole else [text]


def _asks(text: str) -> bool:
    return text.rstrip().endswith(("?", "？")) or _ASKING.search(text) is not None


def merged(asked: Sequence[str], answers: Sequence[Answer]) -> Answer:
    """One answer of those to the parts of a text: what is known is given, the rest is named."""
    if len(answers) == 1:
        return answers[0]
    given = [answer for answer in answers if not answer.refused]
    if not given:
        return max(answers, key=lambda answer: answer.confidence - answer.needed)
    sentences: list[Sentence] = []
    citations: list[Citation] = []
    numbers: dict[str, int] = {}
    told: list[str] = []
    for answer in given:
        mine = []
        for sentence in answer.sentences:
            cited = answer.citations[sentence.citation - 1]
            if cited.chunk not in numbers:
                numbers[cited.chunk] = len(numbers) + 1
                citations.append(cited)
            mine.append(replace(sentence, citation=numbers[cited.chunk]))
        # Parts that one sentence answers are told it once.
        if not any(mine[0].text == before.text for before in sentences):
            sentences += mine
            told.append(joined(mine))
    missing = tuple(q for q, answer in zip(asked, answers, strict=True) if answer.refused)
    refused = (answer.offered for answer in answers if answer.refused)
    offers = [offer for offer in refused if offer and offer.chunk not in numbers]
    first = given[0]
    return replace(
        first,
        text="\n\n".join(told),
        sentences=tuple(sentences),
        citations=tuple(citations),
        confidence=min(answer.confidence for answer in answers),
        dangerous=any(answer.dangerous for answer in answers),
        offered=offers[0] if offers else None,
        crosses=any(answer.crosses for answer in given),
        missing=missing,
        timings_ms={
            name: round(max(answer.timings_ms.get(name, 0.0) for answer in answers), 1)
            for name in first.timings_ms
        },
    )
