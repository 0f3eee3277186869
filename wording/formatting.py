"""Plain text to what Telegram takes: split at sentence ends, escaped."""

import html
import re
from collections.abc import Iterator

from services.lengths import LIMIT, length

# The best place to cut comes first; a cut keeps what it matches on the left side.
_CUTS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"[。！？…]+[”』」）]*|[.!?]+[\"')\]]*(?=\s)"),
    re.compile(r"[；，、：]|[;,:](?=\s)"),
    re.compile(r"\s+"),
)


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
