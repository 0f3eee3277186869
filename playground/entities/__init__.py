"""Markup to entities, as Telegram does it."""

from __future__ import annotations

from functools import lru_cache

from aiogram.types import MessageEntity

from playground.entities import automatic, html, markdown, markdown_v2
from playground.entities.text import clean, clip, strip, tidy, utf16
from playground.errors import bad_request

# Characters after entity parsing.
MAX_TEXT, MAX_CAPTION = 4096, 1024
PARSERS = {"html": html.parse, "markdown": markdown.parse, "markdownv2": markdown_v2.parse}


def formatted(
    text: str, parse_mode: str | None = None, entities: list[MessageEntity] | None = None
) -> tuple[str, list[MessageEntity]]:
    """The text that is shown and its entities, those that Telegram finds itself included.

    Raises ApiError 400 for bad markup or an unknown parse mode.
    """
    if not entities:
        # The same is sent to many.
        shown, found = _parsed(text, parse_mode)
        return shown, list(found)
    return _formatted(text, parse_mode, entities)


@lru_cache(maxsize=64)
def _parsed(text: str, parse_mode: str | None) -> tuple[str, tuple[MessageEntity, ...]]:
    shown, found = _formatted(text, parse_mode, [])
    return shown, tuple(found)


def _formatted(
    text: str, parse_mode: str | None, given: list[MessageEntity]
) -> tuple[str, list[MessageEntity]]:
    if parse_mode:
        parser = PARSERS.get(parse_mode.lower())
        if parser is None:
            raise bad_request("unsupported parse_mode")
        text, given = parser(text)
    given = clip([entity for entity in given if entity.offset >= 0], 0, utf16(text))
    text, given = strip(*clean(text, given))
    # Nobody is shown a longer one, and looking through it all takes long.
    found = automatic.find(text, given) if len(text) <= MAX_TEXT else []
    return text, tidy(given + found)
