"""Source files to documents: their text in sections, with what they say about themselves."""

import hashlib
from collections.abc import Iterable
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from retrieval.files import MAX_BYTES, SUFFIXES, Reader
from retrieval.parsers.meta import LABELS, MAX_LABEL
from retrieval.sections import DocumentError, Note, Section, tidy
from retrieval.sentences import language

__all__ = [
    "BESIDE",
    "LABELS",
    "MAX_BYTES",
    "MAX_LABEL",
    "SUFFIXES",
    "Document",
    "DocumentError",
    "Note",
]
__all__ += ["Reader", "Section", "parse", "parse_all"]

BESIDE = ".yaml"
"""manual.pdf.yaml says what manual.pdf can't say of itself."""
MAX_ID, MAX_NAME, MAX_TITLE = 128, 256, 300


@dataclass(frozen=True, slots=True)
class Document:
    """`course` is an opaque id of whatever the document belongs to; `digest` is of its bytes and
    its label.

    `remarks` tell what of the file was left out or guessed.
    """

    id: str
    title: str
    language: str
    course: str | None
    course_title: str | None
    lesson: int | None
    topics: tuple[str, ...]
    sections: tuple[Section, ...]
    digest: str
    remarks: tuple[Note, ...] = ()


def parse(name: str, data: bytes, label: str = "", reader: Reader | None = None) -> Document:
    """Reads one file by its suffix.

    `label` is YAML that says about a file what it can't say itself (a PDF knows no course); it wins
    over what the file says. Who reads many files gives one `reader` for all. Raises DocumentError.
    """
    if len(name) > MAX_NAME:
        raise DocumentError("name-long", limit=MAX_NAME)
    with nullcontext(reader) if reader else closing(Reader()) as reading:
        parsed = reading.read(name, data, label)
    meta = parsed.meta
    sections = tuple(s for s in parsed.sections if s.paragraphs)
    if not sections:
        raise DocumentError("no-text")
    document_id = _text(meta, "id") or tidy(PurePath(name).stem)
    if len(document_id) > MAX_ID:
        raise DocumentError("id-long", limit=MAX_ID)
    lesson = _text(meta, "lesson") or ""
    return Document(
        id=document_id,
        title=(_text(meta, "title") or tidy(PurePath(name).stem))[:MAX_TITLE],
        language=_language(meta) or language("\n".join(section.text for section in sections)),
        course=_text(meta, "course"),
        course_title=_text(meta, "course_title"),
        lesson=int(lesson) if lesson.isdecimal() and len(lesson) < 6 else None,
        topics=_topics(meta.get("topics")),
        sections=sections,
        digest=hashlib.sha256(data + label.encode()).hexdigest(),
        remarks=tuple(parsed.notes),
    )


def parse_all(files: Iterable[tuple[str, bytes]]) -> list[Document]:
    """Reads many files, as (name, bytes), in one process. Raises as `parse`."""
    with Reader() as reader:
        return [parse(name, data, reader=reader) for name, data in files]


def _language(meta: dict[str, Any]) -> str | None:
    """What the front matter says, without a region: zh-CN is zh."""
    said = _text(meta, "language")
    if said is None:
        return None
    short = said.lower().replace("_", "-").partition("-")[0]
    if short not in ("zh", "en"):
        raise DocumentError("language", said=said[:20])
    return short


def _topics(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if value else []
    return tuple(map(tidy, listed))


def _text(meta: dict[str, Any], name: str) -> str | None:
    return tidy(meta.get(name) or "") or None
