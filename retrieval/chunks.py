"""Documents to chunks: passages that follow the document's structure and never cut a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.documents import Document, Section
from retrieval.sentences import sentences, size

# Raised when documents are read or cut in another way: what an index holds is then cut anew.
RULES = 2


@dataclass(frozen=True, slots=True)
class Chunking:
    """`max_size` and `overlap` in units of `retrieval.sentences.size`: Han characters."""

    max_size: int = 250
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage. `context` is put before the text when it is embedded."""

    id: str
    document: str
    title: str
    course: str | None
    course_title: str | None
    language: str
    locator: str
    context: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return ("" if self.language == "zh" else " ").join(self.sentences)

    @property
    def embedded(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text


def chunks(document: Document, chunking: Chunking) -> list[Chunk]:
    """The chunks of a document, in reading order."""
    found: list[Chunk] = []
    for section in document.sections:
        for paragraph, group in _groups(section, chunking):
            place = " › ".join((*section.headings, section.place(paragraph, document.language)))
            heading = " › ".join((document.title, *section.headings))
            found.append(
                Chunk(
                    id=f"{document.id}#{len(found)}",
                    document=document.id,
                    title=document.title,
                    course=document.course,
                    course_title=document.course_title,
                    language=document.language,
                    locator=place,
                    context=heading,
                    sentences=tuple(group),
                )
            )
    return found


def _groups(section: Section, chunking: Chunking) -> Iterator[tuple[int, list[str]]]:
    """(number of the first paragraph, sentences) of each chunk of a section."""
    group: list[tuple[int, str]] = []
    for number, paragraph in enumerate(section.paragraphs, start=1):
        for sentence in sentences(paragraph):
            room = chunking.max_size - size(sentence)
            if group and _size(group) > room:
                yield group[0][0], [text for _, text in group]
                group = _tail(group, min(chunking.overlap, room))
            group.append((number, sentence))
    if group:
        yield group[0][0], [text for _, text in group]


def _tail(group: list[tuple[int, str]], overlap: int) -> list[tuple[int, str]]:
    """The last sentences that together are no longer than `overlap`."""
    start = len(group)
    while start > 0 and _size(group[start - 1 :]) <= overlap:
        start -= 1
    return group[start:]


def _size(group: list[tuple[int, str]]) -> int:
    return sum(size(text) for _, text in group)
