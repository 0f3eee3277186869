"""What parsers make of a file: sections of paragraphs, each with its place, and remarks."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

NoteCode = Literal[
    "broken",
    "cues",
    "encoding",
    "faq-columns",
    "faq-left-out",
    "faq-row",
    "front-matter",
    "hidden",
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
    "parts",
    "pictures",
    "read-as",
    "replaces",
    "same-id",
    "scanned",
    "scans",
    "too-big",
    "too-heavy",
    "too-long",
    "too-many",
    "too-slow",
    "unpacked",
    "unread",
    "unreadable",
    "watermarks",
]


@dataclass(frozen=True, slots=True)
class Note:
    """What an editor should know of a file: a code and its values, which the bot puts in words."""

    code: NoteCode
    values: dict[str, str | int] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.values.items())])


ROW = "|"
"""The mark of a table's row."""


class DocumentError(Exception):
    """The file can't become a document; the note says why."""

    def __init__(self, code: NoteCode, **values: str | int) -> None:
        self.note = Note(code, values)
        super().__init__(str(self.note))


@dataclass(frozen=True, slots=True)
class Section:
    """The paragraphs under one heading; `headings` is the path to it.

    `places` has the page (int, from 1) or time (hh:mm:ss) of each paragraph, where a file has such.
    `marks` has what stands before each: "•" or "1." of a list's entry, ROW of a table's, else "".
    """

    headings: tuple[str, ...]
    paragraphs: tuple[str, ...]
    places: tuple[int | str, ...] = ()
    marks: tuple[str, ...] = ()

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
    """Collects headings and paragraphs in reading order into sections."""

    def __init__(self) -> None:
        # The open headings with their levels, and each section's path, paragraphs and marks.
        self._path: list[tuple[int, str]] = []
        self._sections: list[tuple[tuple[str, ...], list[str], list[str]]] = [((), [], [])]

    def heading(self, level: int, text: str) -> None:
        if not (text := tidy_heading(text)):
            return
        self._path = [(above, title) for above, title in self._path if above < level]
        self._path.append((level, text))
        self._sections.append((tuple(title for _, title in self._path), [], []))

    def paragraph(self, text: str, mark: str = "") -> None:
        if not (text := tidy(text)):
            return
        headings, body, marks = self._sections[-1]
        # Printed as a heading and as a paragraph, it is a heading.
        if headings and not body and "".join(text.split()) == "".join(headings[-1].split()):
            return
        body.append(text)
        marks.append(mark)

    def sections(self) -> list[Section]:
        """All of them; a heading without paragraphs of its own is an empty section."""
        return [
            Section(headings, tuple(body), marks=tuple(marks) if any(marks) else ())
            for headings, body, marks in self._sections
        ]


def first_heading(sections: Sequence[Section]) -> str | None:
    return next((section.headings[0] for section in sections if section.headings), None)


_BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])")
_BROKEN_HAN = re.compile(
    r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])"
)
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


def tidy_heading(text: str) -> str:
    """One line, with the spaces that a Chinese heading is written with."""
    return " ".join(_BROKEN_HAN.sub("", clean(text)).split())
