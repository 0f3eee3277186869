"""Entities that Telegram finds by itself in a rich message, and what a link leads to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from playground.entities.automatic import PATTERNS, trimmed
from playground.entities.links import clean_url
from playground.errors import bad_request
from playground.plain import Json
from playground.rich.limits import texts, walk
from playground.rich.text import RichText, joined, nodes

# Text in these stays as it is: it is code, or leads somewhere already.
SILENT = {
    "code",
    "url",
    "email_address",
    "phone_number",
    "text_mention",
    "anchor_link",
    "date_time",
    "button",
    "custom_emoji",
    "mathematical_expression",
    "anchor",
}
MAX_WORD = 4096  # characters; nothing is looked for in a longer one
_WORD = re.compile(r"\S+")
_SIGN = re.compile(r"[@/.#$]")  # one of these is in all that is looked for
_CARD = re.compile(r"(?<![\w.])(?:[0-9]{4}[ \-]?){3}[0-9]{4}(?![\w.])")
_PHONE = re.compile(r"(?<![\w+])\+[0-9]{8,15}(?!\w)")
# A sign before an address makes Telegram's own link to it one that it refuses.
_PREFIXED = re.compile(r"[A-Za-z0-9_]:$")


def detect(blocks: list[Json]) -> None:
    """Marks links, addresses, commands and the like in the texts of the blocks, in place.

    Raises ApiError 400 for an address that Telegram finds and then refuses.
    """
    for block in walk(blocks):
        if block["type"] not in ("pre", "mathematical_expression", "buttons"):
            _change(block, _found)


def resolve(blocks: list[Json]) -> None:
    """Tells links to references from links to anchors, in place; one that leads nowhere becomes
    a plain link."""
    targets = {block["name"]: "anchor" for block in walk(blocks) if block["type"] == "anchor"}
    for block in walk(blocks):
        for text in texts(block):
            targets |= {
                node["name"]: node["type"]
                for node in nodes(text)
                if node["type"] in ("anchor", "reference")
            }
    for block in walk(blocks):
        _change(block, lambda text: _led(text, targets))


def _led(text: RichText, targets: dict[str, str]) -> RichText:
    if isinstance(text, list):
        return [_led(part, targets) for part in text]
    if not isinstance(text, dict):
        return text
    if "text" in text:
        text = {**text, "text": _led(text["text"], targets)}
    name = text.get("anchor_name")
    if text["type"] != "anchor_link" or not name or targets.get(name) == "anchor":
        return text
    if name in targets:
        return {"type": "reference_link", "text": text["text"], "reference_name": name}
    return {"type": "url", "text": text["text"], "url": f"#{name}"}


def _change(block: Json, change: Callable[[RichText], RichText]) -> None:
    """Puts every text of the block through `change`, those of the blocks inside it left out."""
    for name in ("text", "summary", "credit"):
        if name in block:
            block[name] = change(block[name])
    caption: Any = block.get("caption")
    if isinstance(caption, dict) and "type" not in caption:
        block["caption"] = {key: change(value) for key, value in caption.items()}
    elif caption is not None:
        block["caption"] = change(caption)
    for row in block.get("cells", []):
        for cell in row:
            if "text" in cell:
                cell["text"] = change(cell["text"])


def _found(text: RichText) -> RichText:
    if isinstance(text, str):
        return joined(list(_pieces(text)))
    if isinstance(text, list):
        return joined([_found(part) for part in text])
    if text["type"] in SILENT:
        return text
    return {**text, "text": _found(text["text"])}


def _pieces(text: str) -> Iterator[RichText]:
    at = 0
    for start, end, entity in sorted(_entities(text), key=lambda found: found[0]):
        yield text[at:start]
        yield entity
        at = end
    yield text[at:]


def _entities(text: str) -> Iterator[tuple[int, int, Json]]:
    """(start, end, entity), none over another."""
    taken: list[tuple[int, int]] = []
    for kind, pattern, begin, stop in _places(text):
        for match in pattern.finditer(text, begin, stop):
            start = match.start()
            name = trimmed(match[0]) if kind == "url" else match[0]
            end = start + len(name)
            if not name or any(start < over and begun < end for begun, over in taken):
                continue
            taken.append((start, end))
            if kind == "email" and _PREFIXED.search(text, max(0, start - 64), start):
                raise bad_request("RICH_MESSAGE_EMAIL_INVALID")
            yield start, end, _entity(kind, name)
        if pattern is PATTERNS[-1][1]:
            taken.clear()  # the next word can't touch this one


def _places(text: str) -> Iterator[tuple[str, re.Pattern[str], int, int]]:
    """What to look for, and between which characters: words are short, so this is quick."""
    yield "bank_card_number", _CARD, 0, len(text)
    yield "phone_number", _PHONE, 0, len(text)
    for word in _WORD.finditer(text):
        if word.end() - word.start() <= MAX_WORD and _SIGN.search(text, *word.span()):
            for kind, pattern in PATTERNS:
                yield kind, pattern, word.start(), word.end()


def _entity(kind: str, name: str) -> Json:
    if kind == "url":
        return {"type": "url", "text": name, "url": clean_url(name) or name}
    if kind == "email":
        return {"type": "email_address", "text": name, "email_address": name}
    if kind == "mention":
        return {"type": kind, "text": name, "username": name.removeprefix("@")}
    return {"type": kind, "text": name, kind: name}
