"""Offsets in UTF-16 code units, and the order and nesting that Telegram gives entities."""

from __future__ import annotations

import re

from aiogram.types import MessageEntity

# These may be cut in pieces around code; the others keep their whole range.
SPLITTABLE = {"bold", "italic", "underline", "strikethrough", "spoiler"}
VERBATIM = {"code", "pre"}
_GONE = "\r" + "".join(map(chr, range(0x2028, 0x202F)))
_UNSHOWN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{_GONE}]")
QUOTES = {"blockquote", "expandable_blockquote"}


def utf16(text: str) -> int:
    """Length in UTF-16 code units, Telegram's unit for offsets."""
    return len(text) + sum(ord(char) > 0xFFFF for char in text)


def utf16_slice(text: str, offset: int, length: int) -> str:
    units = text.encode("utf-16-le", "surrogatepass")
    return units[offset * 2 : (offset + length) * 2].decode("utf-16-le", "replace")


def clean(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    """The text without the characters that Telegram never shows, its entities moved to fit.

    Carriage returns and marks of direction vanish, other control characters become spaces.
    """
    if not _UNSHOWN.search(text):
        return text, entities
    places = [0]  # old offset → new offset
    shown = []
    for char in text:
        kept = _UNSHOWN.sub(lambda match: "" if match[0] in _GONE else " ", char)
        shown.append(kept)
        places += [places[-1] + utf16(kept)] * utf16(char)
    moved = []
    for entity in entities:
        start, end = places[entity.offset], places[entity.offset + entity.length]
        if start < end:
            moved.append(entity.model_copy(update={"offset": start, "length": end - start}))
    return "".join(shown), moved


def strip(text: str, entities: list[MessageEntity]) -> tuple[str, list[MessageEntity]]:
    """The text without white space at its ends, its entities moved and cut to fit."""
    head = utf16(text) - utf16(text.lstrip())
    stripped = text.strip()
    return stripped, clip(entities, head, utf16(stripped))


def clip(entities: list[MessageEntity], head: int, length: int) -> list[MessageEntity]:
    """Entities in a text that lost `head` units at its start and has `length` left."""
    kept = []
    for entity in entities:
        start = max(0, entity.offset - head)
        end = min(length, entity.offset - head + entity.length)
        if start < end:
            kept.append(entity.model_copy(update={"offset": start, "length": end - start}))
    return kept


def tidy(entities: list[MessageEntity]) -> list[MessageEntity]:
    """Sorted, without doubles, nested or apart, and with nothing inside or around code but quotes.

    Source: https://core.telegram.org/bots/api#formatting-options
    """
    verbatim = [entity for entity in entities if entity.type in VERBATIM]
    solid = [
        entity
        for entity in entities
        if entity.type not in SPLITTABLE
        and (entity.type in VERBATIM | QUOTES or not _touches(entity, verbatim))
    ]
    waiting = list(solid)
    for entity in entities:
        if entity.type in SPLITTABLE:
            for piece in _around(entity, verbatim):
                waiting += _cut_at_borders(piece, solid)
    tidied: list[MessageEntity] = []
    while waiting:
        waiting.sort(key=_place)
        piece = waiting.pop(0)
        around = [one for one in tidied if one.offset <= piece.offset < _end(one)]
        border = min(map(_end, around), default=_end(piece))
        if border < _end(piece):
            if piece.type not in SPLITTABLE:
                continue
            piece, rest = _halves(piece, border)
            waiting.append(rest)
        if piece.length > 0 and not any(_covers(earlier, piece) for earlier in around):
            tidied.append(piece)
    return tidied


def _end(entity: MessageEntity) -> int:
    return entity.offset + entity.length


def _place(entity: MessageEntity) -> tuple[int, int, int]:
    return entity.offset, -entity.length, _rank(entity)


def _halves(entity: MessageEntity, at: int) -> tuple[MessageEntity, MessageEntity]:
    """The entity cut in two at an offset inside it."""
    first = entity.model_copy(update={"length": at - entity.offset})
    return first, entity.model_copy(update={"offset": at, "length": _end(entity) - at})


def _cut_at_borders(entity: MessageEntity, solid: list[MessageEntity]) -> list[MessageEntity]:
    """Pieces of the entity that no entity which stays whole sticks out of."""
    pieces = []
    for other in sorted(solid, key=_place):
        start, end = entity.offset, _end(entity)
        if start < other.offset < end < _end(other):
            first, entity = _halves(entity, other.offset)
            pieces.append(first)
        elif other.offset < start < _end(other) < end:
            first, entity = _halves(entity, _end(other))
            pieces.append(first)
    return [*pieces, entity]


def _rank(entity: MessageEntity) -> int:
    """Which of two entities over the same characters is the outer one, as Telegram sorts them."""
    order = ("blockquote", "expandable_blockquote", "pre", "code", "text_link", "text_mention")
    inner = ("bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji")
    if entity.type in order:
        return order.index(entity.type)
    return 20 + inner.index(entity.type) if entity.type in inner else 10


def _touches(entity: MessageEntity, others: list[MessageEntity]) -> bool:
    return any(
        other.offset < entity.offset + entity.length and entity.offset < other.offset + other.length
        for other in others
    )


def _covers(outer: MessageEntity, inner: MessageEntity) -> bool:
    """Whether `inner` adds nothing: a second entity of the type over the same characters."""
    same = outer.type == inner.type or {outer.type, inner.type} <= QUOTES
    return (
        same
        and outer.offset <= inner.offset
        and inner.offset + inner.length <= outer.offset + outer.length
    )


def _around(entity: MessageEntity, verbatim: list[MessageEntity]) -> list[MessageEntity]:
    """What is left of the entity when the verbatim ranges are cut out of it."""
    start, end = entity.offset, entity.offset + entity.length
    pieces = []
    for cut in sorted(verbatim, key=lambda other: other.offset):
        if cut.offset + cut.length <= start or cut.offset >= end:
            continue
        if cut.offset > start:
            pieces.append((start, cut.offset))
        start = max(start, cut.offset + cut.length)
    if start < end:
        pieces.append((start, end))
    return [
        entity.model_copy(update={"offset": begin, "length": stop - begin})
        for begin, stop in pieces
    ]
