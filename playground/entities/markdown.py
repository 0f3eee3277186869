"""Telegram's first Markdown: no nesting, four marks and links.

Source: https://core.telegram.org/bots/api#markdown-style; `parse_markdown` in tdlib.
"""

from __future__ import annotations

import re

from aiogram.types import MessageEntity

from playground.entities.links import link_entity
from playground.entities.text import utf16
from playground.errors import bad_request

ESCAPABLE = "_*`["
_LANGUAGE = re.compile(r"([^\s`]+)(?=\s)")
_NEWLINE = re.compile(r"\A(?:\r\n|\n\r|\n|\r)")


def parse(source: str) -> tuple[str, list[MessageEntity]]:
    """(text, entities). Raises ApiError 400 for a mark that is not closed."""
    out: list[str] = []
    length = 0
    entities: list[MessageEntity] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char == "\\" and source[at + 1 : at + 2] in tuple(ESCAPABLE):
            char = source[at + 1]
            at += 1
        elif char in ESCAPABLE:
            shown, entity, at = _marked(source, at, length)
            out.append(shown)
            length += utf16(shown)
            if entity is not None and shown:
                entities.append(entity)
            continue
        out.append(char)
        length += utf16(char)
        at += 1
    return "".join(out), entities


def _marked(source: str, at: int, offset: int) -> tuple[str, MessageEntity | None, int]:
    """(shown text, its entity, place after it) of the marked piece that starts at `at`."""
    mark = source[at]
    if source.startswith("```", at):
        mark = "```"
    end = source.find("]" if mark == "[" else mark, at + len(mark))
    if end < 0:
        where = len(source[:at].encode())
        raise bad_request(
            f"can't parse entities: Can't find end of the entity starting at byte offset {where}"
        )
    shown = source[at + len(mark) : end]
    if mark == "[":
        return _link(source, shown, end, offset)
    language = None
    if mark == "```":
        named = _LANGUAGE.match(shown)
        language = named[1] if named else None
        shown = _NEWLINE.sub("", shown[named.end() if named else 0 :], count=1)
    kind = {"_": "italic", "*": "bold", "`": "code", "```": "pre"}[mark]
    entity = MessageEntity(type=kind, offset=offset, length=utf16(shown), language=language)
    return shown, entity, end + len(mark)


def _link(source: str, shown: str, end: int, offset: int) -> tuple[str, MessageEntity | None, int]:
    """An address that is not closed runs to the end of the text."""
    url, after = shown, end + 1
    if not shown:
        return "", None, after
    if source.startswith("(", after):
        close = source.find(")", after)
        close = close if close >= 0 else len(source)
        url, after = source[after + 1 : close], close + 1
    return shown, link_entity(url, offset, utf16(shown)), after
