"""Markdown with front matter."""

import re
from typing import Any

import frontmatter
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from retrieval.parsers.encodings import decode
from retrieval.sections import Builder, DocumentError, Parsed, first_heading


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    meta, body = front_matter(text)
    builder = Builder()
    level = 0
    rows: list[list[str]] | None = None
    for token in MarkdownIt("commonmark").enable("table").parse(body):
        if token.type == "heading_open":
            level = int(token.tag[1:])
        elif token.type == "heading_close":
            level = 0
        elif token.type == "table_open":
            rows = []
        elif token.type == "table_close" and rows is not None:
            builder.table(rows, headed=True)
            rows = None
        elif token.type == "tr_open" and rows is not None:
            rows.append([])
        elif token.type in ("fence", "code_block"):
            for line in token.content.splitlines():
                builder.paragraph(line)
        elif token.type == "inline":
            if rows is not None:
                rows[-1].append(_plain(token))
            elif level:
                builder.heading(level, _plain(token))
            else:
                builder.paragraph(_plain(token))
    sections = builder.sections()
    return Parsed(sections, {"title": first_heading(sections)} | meta, notes)


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """What stands between --- lines at the top, and the rest. Raises DocumentError."""
    try:
        said, body = frontmatter.parse(text)
    # ValueError: a date such as 2026-13-45. RecursionError: thousands of brackets.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = re.sub(r"\s+", " ", str(error))[:300]
        raise DocumentError("front-matter", reason=reason) from error
    given = {str(name): value for name, value in said.items() if value is not None}
    return given, str(body)


def _plain(token: Token) -> str:
    """The text of an inline token without its markup."""
    parts = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
    return "".join(parts)
