"""Entities that Telegram finds by itself in plain text: commands, mentions, links and the like."""

from __future__ import annotations

import re

from aiogram.types import MessageEntity

from playground.entities.text import utf16

_TOP_LEVEL = "com|org|net|cn|io|ru|me|dev|app|info|de|uk|eu|edu|gov|ai|co|tv|xyz"
_BEFORE = r"(?<![\w/@#$.\-])"
# In order of preference: a later pattern yields to an earlier one over the same characters.
PATTERNS = (
    ("url", re.compile(r"(?<![\w@])(?:https?|ftp|tg|ton)://[^\s<>\"'，。！？；：、）】》]+", re.I)),
    ("email", re.compile(r"(?<![\w.])[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")),
    (
        "url",
        re.compile(
            rf"{_BEFORE}(?:[A-Za-z0-9\-]+\.)+(?:{_TOP_LEVEL})\b(?:[/?#][^\s<>\"'，。！？；：、）】》]*)?",
            re.I,
        ),
    ),
    (
        "bot_command",
        re.compile(rf"{_BEFORE}/[A-Za-z0-9_]{{1,64}}(?:@[A-Za-z0-9_]{{3,32}})?(?!/)\b"),
    ),
    ("mention", re.compile(rf"{_BEFORE}@[A-Za-z][A-Za-z0-9_]{{2,31}}\b")),
    ("hashtag", re.compile(rf"{_BEFORE}#(?=\w*[^\W\d_])\w{{1,256}}")),
    ("cashtag", re.compile(rf"{_BEFORE}\$[A-Z]{{3,8}}\b")),
)
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_SILENT = {"code", "pre", "text_link", "text_mention"}


def find(text: str, given: list[MessageEntity]) -> list[MessageEntity]:
    """Automatic entities of the text, none over code or links that `given` already marks."""
    taken = [
        (entity.offset, entity.offset + entity.length) for entity in given if entity.type in _SILENT
    ]
    found = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(text):
            shown = trimmed(match[0]) if kind == "url" else match[0]
            start = utf16(text[: match.start()])
            end = start + utf16(shown)
            if all(end <= begin or stop <= start for begin, stop in taken):
                taken.append((start, end))
                found.append(MessageEntity(type=kind, offset=start, length=end - start))
    return found


def trimmed(url: str) -> str:
    """A link ends before the punctuation of the sentence that it stands in."""
    while url and (url[-1] in ".,:;!?" or _unopened(url)):
        url = url[:-1]
    return url


def _unopened(url: str) -> bool:
    opener = _CLOSERS.get(url[-1])
    return opener is not None and url.count(opener) < url.count(url[-1])
