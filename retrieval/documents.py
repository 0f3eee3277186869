"""Source files to documents: their text in sections, with what they say about themselves."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import yaml

from retrieval.files import MAX_BYTES, SUFFIXES, read
from retrieval.sections import DocumentError, Note, Section, tidy
from retrieval.sentences import language

__all__ = ["MAX_BYTES", "SUFFIXES", "Document", "DocumentError", "Note", "Section", "parse"]

MAX_ID, MAX_NAME, MAX_TITLE, MAX_LABEL = 128, 256, 300, 2000
LABELS = ("id", "title", "course", "course_title", "lesson", "language", "topics")
"""What a file, or a label beside it, may say about the document."""


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


def parse(name: str, data: bytes, label: str = "") -> Document:
    """Reads one file by its suffix.

    `label` is YAML that says about a file what it can't say itself (a PDF knows no course); it wins
    over what the file says. Raises DocumentError.
    """
    if len(name) > MAX_NAME:
        raise DocumentError("name-long", limit=MAX_NAME)
    parsed = read(name, data)
    meta = parsed.meta | _labelled(label)
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


def _labelled(label: str) -> dict[str, Any]:
    """Raises DocumentError for anything but lines of `name: value` with names of LABELS."""
    if not label:
        return {}
    try:
        said = yaml.safe_load(label) if len(label) <= MAX_LABEL else None
    # ValueError: a date such as 2026-13-45. RecursionError: hundreds of brackets.
    except (yaml.YAMLError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not said.keys() <= set(LABELS):
        raise DocumentError("label", names=", ".join(LABELS))
    return {name: value for name, value in said.items() if value is not None}


def _language(meta: dict[str, Any]) -> str | None:
    """What the front matter says, without a region: zh-CN is zh."""
    said = _text(meta, "language")
    if said is None:
        return None
    short = said.lower().replace("_", "-").partition("-")[0]
    if short not in ("zh", "en"):
        raise DocumentError("language", said=said[:20])
    return short


def _topics(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if value else []
    return tuple(tidy(str(topic)) for topic in listed if not isinstance(topic, list | dict))


def _text(meta: dict[str, Any], name: str) -> str | None:
    """One line of front matter. Raises DocumentError for a list or a block there."""
    value = meta.get(name)
    # A list may hold itself many times over, and would be endless as text.
    if isinstance(value, list | dict | set | tuple):
        raise DocumentError("front-matter", reason=f"{name}: …")
    return (tidy(str(value)) or None) if value else None
