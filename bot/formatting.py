"""Plain text to what Telegram takes: split at sentence ends, escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line uses this, and aiogram takes seconds to load
    from aiogram.types import MessageEntity

LIMIT = 4096

# The best place to cut comes first; a cut keeps what it matches on the left side.
_CUTS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"[。！？…]+[”』」）]*|[.!?]+[\"')\]]*(?=\s)"),
    re.compile(r"[；，、：]|[;,:](?=\s)"),
    re.compile(r"\s+"),
)


def length(text: str) -> int:
    """Length as Telegram counts it: in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def plain(markup: str) -> str:
    """HTML of ours as text, for where there is no chat."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def split(text: str, limit: int = LIMIT) -> Iterator[str]:
    """Cuts plain text into parts of at most `limit` UTF-16 units, at the best place near the end.

    Paragraphs before sentences, sentences before clauses, clauses before words; in a text without
    any of these, between characters. White space around the parts is dropped.
    """
    rest = text.strip()
    while length(rest) > limit:
        window = _prefix(rest, limit)
        cut = _cut(window)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()
    if rest:
        yield rest


def spelled_out(text: str, entities: Sequence[MessageEntity] | None) -> str:
    """A text with the links that lie behind its words beside these: `here (https://…)`."""
    units = text.encode("utf-16-le")
    for entity in sorted(entities or [], key=lambda one: one.offset, reverse=True):
        if entity.type == "text_link" and entity.url and entity.url not in text:
            end = 2 * (entity.offset + entity.length)
            units = units[:end] + f" ({entity.url})".encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


def _prefix(text: str, limit: int) -> str:
    """The longest start of `text` of at most `limit` units that ends with a whole character."""
    return text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")


def _cut(window: str) -> int:
    # A cut in the first half would leave stubs: then a lesser boundary is the better one.
    for pattern in _CUTS:
        ends = [match.end() for match in pattern.finditer(window)]
        if ends and ends[-1] >= len(window) // 2:
            return ends[-1]
    return len(window)
