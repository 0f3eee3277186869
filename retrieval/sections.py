"""What parsers make of a file: sections of paragraphs, each with its place, and remarks."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

NoteCode = Literal[
    "broken",
    "encoding",
    "faq-columns",
    "faq-left-out",
    "faq-row",
    "front-matter",
    "label",
    "id-long",
    "kind",
    "language",
    "locked",
    "lost-characters",
    "name-long",
    "no-text",
    "not-text",
    "old-word",
    "read-as",
    "replaces",
    "same-id",
    "scanned",
    "scans",
    "too-big",
    "too-heavy",
    "too-long",
    "too-slow",
    "unpacked",
    "unreadable",
]


@dataclass(frozen=True, slots=True)
class Note:
    """What an editor should know of a file: a code and its values, which the bot puts in words."""

    code: NoteCode
    values: dict[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.values.items())])


class DocumentError(Exception):
    """The file can't become a document; the note says why."""

    def __init__(self, code: NoteCode, **values: str | int) -> None:
        self.note = Note(code, values)
        super().__init__(str(self.note))


@dataclass(frozen=True, slots=True)
class Section:
    """The paragraphs under one heading; `headings` is the path to it.

    `places` has the page (int, from 1) or time (hh:mm:ss) of each paragraph, where a file has such.
    """

    headings: tuple[str, ...]
    paragraphs: tuple[str, ...]
    places: tuple[int | str, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)

    def place(self, number: int, language: str) -> str:
        """Where paragraph `number` (from 1) is, as it is cited: a page, a time, or its number."""
        place = self.places[number - 1] if self.places else None
        if isinstance(place, int):
            return f"第{place}页" if language == "zh" else f"p. {place}"
        return place or f"¶{number}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """`meta` is what the file says about itself: id, title, course and so on."""

    sections: list[Section]
    meta: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


class Builder:
    """Collects headings, paragraphs and tables in reading order into sections."""

    def __init__(self) -> None:
        # The open headings with their levels, and each section's path and paragraphs.
        self._path: list[tuple[int, str]] = []
        self._sections: list[tuple[tuple[str, ...], list[str]]] = [((), [])]

    def heading(self, level: int, text: str) -> None:
        if not (text := tidy(text)):
            return
        self._path = [(above, title) for above, title in self._path if above < level]
        self._path.append((level, text))
        self._sections.append((tuple(title for _, title in self._path), []))

    def paragraph(self, text: str) -> None:
        if text := tidy(text):
            self._sections[-1][1].append(text)

    def table(self, rows: Sequence[Sequence[str]], *, headed: bool) -> None:
        """One paragraph a row, so that a row stays whole; with the column's name at each cell."""
        names = [tidy(name) for name in rows[0]] if headed and len(rows) > 1 else []
        for row in rows[1:] if names else rows:
            cells = [tidy(cell) for cell in row]
            han = _HAN.search("".join((*names, *cells)))
            colon, comma = ("：", "，") if han else (": ", ", ")
            if len(names) == len(cells):
                pairs = zip(names, cells, strict=True)
                cells = [colon.join(filter(None, pair)) for pair in pairs if pair[1]]
            self.paragraph(comma.join(filter(None, cells)))

    def sections(self) -> list[Section]:
        """All of them; a heading without paragraphs of its own is an empty section."""
        return [Section(headings, tuple(body)) for headings, body in self._sections]


def first_heading(sections: Sequence[Section]) -> str | None:
    return next((section.headings[0] for section in sections if section.headings), None)


_HAN = re.compile(r"[\u4e00-\u9fff]")
_BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
# Control characters, zero-width ones, lone surrogates, private and non-characters.
_UNREADABLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u2060\ufeff\ud800-\uf8ff\ufffe\uffff]"
)
# Radicals that stand for characters in PDFs, compatibility ideographs, ligatures.
_VARIANTS = re.compile(r"[\u2e9f\u2ef3\u2f00-\u2fd5\uf900-\ufaff\ufb00-\ufb06]")


def clean(text: str) -> str:
    """Without characters that nobody can read, and with the usual form of the others."""
    return _VARIANTS.sub(
        lambda found: unicodedata.normalize("NFKC", found[0]), _UNREADABLE.sub("", text)
    )


def tidy(text: str) -> str:
    """One line; a line break inside a Chinese sentence is no space."""
    return _BETWEEN_HAN.sub("", " ".join(clean(text).split()))
