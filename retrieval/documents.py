"""Source files to documents: their text in sections, with what they say about themselves."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import frontmatter
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from retrieval.sentences import language

MAX_BYTES = 20 * 1024 * 1024
MAX_ID = 128


class DocumentError(Exception):
    """The file can't become a document; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Section:
    """The paragraphs under one heading; `headings` is the path to it."""

    headings: tuple[str, ...]
    paragraphs: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Document:
    """`course` is an opaque id of whatever the document belongs to; `digest` is of its bytes."""

    id: str
    title: str
    language: str
    course: str | None
    course_title: str | None
    lesson: int | None
    topics: tuple[str, ...]
    sections: tuple[Section, ...]
    digest: str


def parse(name: str, data: bytes) -> Document:
    """Reads one file by its suffix. Raises DocumentError."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in PARSERS:
        raise DocumentError(
            f"{name}: a {suffix or 'nameless'} file. I read {', '.join(sorted(PARSERS))}."
        )
    if len(data) > MAX_BYTES:
        raise DocumentError(f"{name} is over {MAX_BYTES // 1024 // 1024} MB: split it.")
    meta, sections = PARSERS[suffix](name, _decode(name, data))
    if not any(section.paragraphs for section in sections):
        raise DocumentError(f"{name} has no text in it.")
    text = "\n".join(section.text for section in sections)
    document_id = str(meta.get("id") or PurePath(name).stem)
    if len(document_id) > MAX_ID:
        raise DocumentError(f"{name}: its id is over {MAX_ID} characters: give it a shorter `id`.")
    return Document(
        id=document_id,
        title=str(meta.get("title") or _first_heading(sections) or PurePath(name).stem),
        language=_language(name, meta) or language(text),
        course=_text(meta.get("course")),
        course_title=_text(meta.get("course_title")),
        lesson=int(meta["lesson"]) if str(meta.get("lesson", "")).isdecimal() else None,
        topics=_topics(meta.get("topics")),
        sections=tuple(section for section in sections if section.paragraphs),
        digest=hashlib.sha256(data).hexdigest(),
    )


def _decode(name: str, data: bytes) -> str:
    if b"\x00" in data:
        raise DocumentError(f"{name} is not a text file: save it as UTF-8 text.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DocumentError(f"{name} is neither UTF-8 nor GB18030 text: save it as UTF-8.")


def _markdown(name: str, text: str) -> tuple[dict[str, Any], list[Section]]:
    try:
        post = frontmatter.loads(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
        raise DocumentError(f"{name}: the block between --- is not valid YAML: {error}") from error
    # The open headings with their levels, and each section's path and paragraphs.
    path: list[tuple[int, str]] = []
    sections: list[tuple[tuple[str, ...], list[str]]] = [((), [])]
    tokens = MarkdownIt("commonmark").enable("table").parse(post.content)
    level = 0
    for token in tokens:
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type in ("inline", "fence", "code_block"):
            content = _plain(token)
            if level:
                path = [(above, text) for above, text in path if above < level]
                path.append((level, content))
                sections.append((tuple(heading for _, heading in path), []))
            elif content:
                sections[-1][1].append(content)
    meta: dict[str, Any] = dict(post.metadata)
    return meta, [Section(headings, tuple(body)) for headings, body in sections]


def _plain(token: Token) -> str:
    """The text of an inline token without its markup."""
    if token.children is None:
        return token.content.strip()
    parts = []
    for child in token.children:
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
    # A line break inside a Chinese sentence is no space.
    joined = "".join(parts).strip()
    return re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", joined)


def _plain_text(_name: str, text: str) -> tuple[dict[str, Any], list[Section]]:
    paragraphs = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text)]
    return {}, [Section((), tuple(paragraph for paragraph in paragraphs if paragraph))]


PARSERS: dict[str, Callable[[str, str], tuple[dict[str, Any], list[Section]]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _plain_text,
}
SUFFIXES = frozenset(PARSERS)


def _first_heading(sections: list[Section]) -> str | None:
    return next((section.headings[0] for section in sections if section.headings), None)


def _language(name: str, meta: dict[str, Any]) -> str | None:
    """What the front matter says, without a region: zh-CN is zh."""
    said = _text(meta.get("language"))
    if said is None:
        return None
    short = said.lower().replace("_", "-").partition("-")[0]
    if short not in ("zh", "en"):
        raise DocumentError(f"{name}: language is {said!r}; it is zh or en.")
    return short


def _topics(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value] if value else []
    return tuple(map(str, listed))


def _text(value: object) -> str | None:
    return str(value) if value else None
