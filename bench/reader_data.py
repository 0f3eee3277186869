"""Articles with questions as a reader learns from them: chunks as the bot cuts them, and spans.

DIR has `articles.jsonl` ({"article", "language", "paragraphs"}) and `questions.jsonl` ({"id",
"article", "language", "paragraph", "question", "answer", "start"}). Articles `NAME-zh` and
`NAME-en` are one article in two languages, and questions share their `id`.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.chunks import Chunk, Chunking, chunks
from retrieval.documents import Document, Section


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk's text, its language, and (begin, end) of its sentences there."""

    text: str
    language: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the passage that answers it, the sentence, and (start, end) in the passage."""

    id: str
    text: str
    passage: int
    sentence: int
    start: int
    end: int
    answer: str


@dataclass(slots=True)
class Article:
    """All passages of one article, and the questions about it; of both languages if it has two."""

    name: str
    passages: list[Passage] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)

    @property
    def languages(self) -> int:
        return len({passage.language for passage in self.passages})


def read_articles(folder: Path) -> list[Article]:
    """The articles in the file's order; a question whose answer was cut apart is left out."""
    asked: dict[str, list[dict[str, object]]] = {}
    for line in (folder / "questions.jsonl").read_text("utf-8").split("\n"):
        if line:
            question = json.loads(line)
            asked.setdefault(question["article"], []).append(question)
    found: dict[str, Article] = {}
    for line in (folder / "articles.jsonl").read_text("utf-8").split("\n"):
        if not line:
            continue
        article = json.loads(line)
        name = re.sub(r"^(x.*)-(?:zh|en)$", r"\1", article["article"])
        whole = found.setdefault(name, Article(name))
        questions = asked.get(article["article"], [])
        for number, paragraph in enumerate(article["paragraphs"]):
            mine = [question for question in questions if question["paragraph"] == number]
            _add(whole, paragraph, article["language"], mine)
    return list(found.values())


def _add(
    article: Article, paragraph: str, language: str, questions: list[dict[str, object]]
) -> None:
    # (begin and end in the paragraph, passage, begin in it, number of the sentence)
    places: list[tuple[int, int, int, int, int]] = []
    at = 0
    for chunk in _cut(paragraph, language):
        gap, length, sentences = ("" if language == "zh" else " "), 0, []
        for number, sentence in enumerate(chunk.sentences):
            begin = paragraph.index(sentence, at)
            at = begin + len(sentence)
            places.append((begin, at, len(article.passages), length, number))
            sentences.append((length, length + len(sentence)))
            length += len(sentence) + len(gap)
        article.passages.append(Passage(chunk.text, language, tuple(sentences)))
    for question in questions:
        start, answer = int(str(question["start"])), str(question["answer"])
        for begin, end, passage, offset, number in places:
            if begin <= start and start + len(answer) <= end:
                first = offset + start - begin
                article.questions.append(
                    Asked(
                        id=str(question["id"]),
                        text=str(question["question"]),
                        passage=passage,
                        sentence=number,
                        start=first,
                        end=first + len(answer),
                        answer=answer,
                    )
                )


def _cut(paragraph: str, language: str) -> list[Chunk]:
    document = Document(
        id="",
        title="",
        language=language,
        course=None,
        course_title=None,
        lesson=None,
        topics=(),
        sections=(Section((), (paragraph,)),),
        digest="",
    )
    return chunks(document, Chunking())
