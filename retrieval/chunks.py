"""Documents to chunks: passages that follow the document's structure and never cut a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.documents import Document, Section
from retrieval.sections import ROW
from retrieval.sentences import sentences, size

# Raised when documents are read or cut in another way: what an index holds is then cut anew.
RULES = 2
GOES_ON = "+"
"""The mark of a sentence that goes on in a list's entry."""


@dataclass(frozen=True, slots=True)
class Chunking:
    """`max_size` and `overlap` in units of `retrieval.sentences.size`: Han characters."""

    max_size: int = 250
    overlap: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage. `context` is put before the text when it is embedded.

    `marks`, where a sentence has one: what stands before it, as in `Section`, or GOES_ON.
    """

    id: str
    document: str
    title: str
    course: str | None
    course_title: str | None
    language: str
    locator: str
    context: str
    sentences: tuple[str, ...]
    marks: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return ("" if self.language == "zh" else " ").join(self.sentences)

    @property
    def embedded(self) -> str:
        return f"{self.context}\n{self.text}" if self.context else self.text


def chunks(document: Document, chunking: Chunking) -> list[Chunk]:
    r"""The chunks of a document, in reading order.

    Example:
        >>> from retrieval.documents import parse
        >>> lesson = parse("brakes.md", b"# Brakes\n\nChange the fluid every two years.")
        >>> [(chunk.locator, chunk.text) for chunk in chunks(lesson, Chunking())]
        [('Brakes › ¶1', 'Change the fluid every two years.')]
    """
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
                    sentences=tuple(piece.text for piece in group),
                    marks=tuple(marks) if any(marks := [piece.mark for piece in group]) else (),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a row of a table, which stays whole; `number` is its paragraph's."""

    number: int
    text: str
    mark: str

    @property
    def size(self) -> int:
        return size(self.text)


def _groups(section: Section, chunking: Chunking) -> Iterator[tuple[int, list[_Piece]]]:
    """(number of the first paragraph, pieces) of each chunk of a section."""
    group: list[_Piece] = []
    for piece in _pieces(section, chunking.max_size):
        room = chunking.max_size - piece.size
        if group and _size(group) > room:
            yield group[0].number, group
            group = _tail(group, min(chunking.overlap, room))
        group.append(piece)
    if group:
        yield group[0].number, group


def _pieces(section: Section, max_size: int) -> Iterator[_Piece]:
    marks = section.marks or ("",) * len(section.paragraphs)
    for number, (paragraph, mark) in enumerate(
        zip(section.paragraphs, marks, strict=True), start=1
    ):
        if mark == ROW and size(paragraph) <= max_size:
            yield _Piece(number, paragraph, mark)
            continue
        for n, sentence in enumerate(sentences(paragraph)):
            on = GOES_ON if n and mark and mark != ROW else mark
            yield _Piece(number, sentence, on)


def _tail(group: list[_Piece], overlap: int) -> list[_Piece]:
    """The last pieces that together are no longer than `overlap`."""
    start = len(group)
    while start > 0 and _size(group[start - 1 :]) <= overlap:
        start -= 1
    return group[start:]


def _size(group: list[_Piece]) -> int:
    return sum(piece.size for piece in group)
