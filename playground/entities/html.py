"""Telegram's HTML, read as its own server reads it.

Source: https://core.telegram.org/bots/api#html-style; the errors are those of `parse_html` in
tdlib's MessageEntity.cpp, with offsets in UTF-8 bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aiogram.types import MessageEntity

from playground.entities.links import is_number, link_entity
from playground.entities.text import utf16, utf16_slice
from playground.errors import ApiError, bad_request

SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "blockquote": "blockquote",
}
TAGS = {*SIMPLE, "a", "pre", "tg-emoji", "tg-time"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#([0-9]{1,8})|#x([0-9a-fA-F]{1,8})|(lt|gt|amp|quot));?")
_ATTRIBUTE = re.compile(r"""\s*([^\s=>]+)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([\w.\-]+)(?=[\s>])))?""")


@dataclass
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int


@dataclass
class _Parser:
    source: str
    text: list[str] = field(default_factory=list)
    length: int = 0  # of the text so far, in UTF-16 units
    stack: list[_Open] = field(default_factory=list)
    entities: list[MessageEntity] = field(default_factory=list)

    def fail(self, message: str, at: int | None = None) -> ApiError:
        where = "" if at is None else f" at byte offset {len(self.source[:at].encode())}"
        return bad_request(f"can't parse entities: {message}{where}")

    def run(self) -> tuple[str, list[MessageEntity]]:
        at = 0
        while at < len(self.source):
            stop = self.source.find("<", at)
            if stop != at:
                self.append(decode(self.source[at : stop if stop >= 0 else None]))
                if stop < 0:
                    break
            closing = self.source.startswith("</", stop)
            at = self.close(stop) if closing else self.open(stop)
        if self.stack:
            tag = self.stack[-1].tag
            raise self.fail(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return "".join(self.text), self.entities

    def append(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16(text)

    def open(self, begin: int) -> int:
        """Reads a start tag; returns the place after it."""
        name = re.compile(r"[^\s>]*").match(self.source, begin + 1)
        at = name.end() if name else begin + 1
        if at == len(self.source):
            raise self.fail("Unclosed start tag", begin)
        tag = self.source[begin + 1 : at].lower()
        if tag not in TAGS:
            raise self.fail(f'Unsupported start tag "{tag}"', begin)
        attributes: dict[str, str] = {}
        while True:
            at += len(self.source[at:]) - len(self.source[at:].lstrip())
            if self.source.startswith(">", at):
                break
            match = _ATTRIBUTE.match(self.source, at)
            if match is None:
                raise self.fail("Unclosed start tag", begin)
            value = next((group for group in match.groups()[1:] if group is not None), "")
            attributes[match[1].lower()] = decode(value)
            at = match.end()
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.stack.append(_Open(tag, attributes, self.length))
        return at + 1

    def close(self, begin: int) -> int:
        """Reads an end tag; returns the place after it."""
        if not self.stack:
            raise self.fail("Unexpected end tag", begin)
        match = re.compile(r"</([^\s>]*)\s*>").match(self.source, begin)
        if match is None:
            raise self.fail("Unclosed end tag", begin)
        opened = self.stack.pop()
        tag = match[1].lower()
        if tag and tag != opened.tag:
            raise self.fail(
                f"Unmatched end tag at byte offset {len(self.source[:begin].encode())}, "
                f'expected "</{opened.tag}>", found "</{tag}>"'
            )
        if self.length > opened.offset:
            self.add(opened)
        return match.end()

    def add(self, opened: _Open) -> None:
        offset, length = opened.offset, self.length - opened.offset
        tag, attributes = opened.tag, opened.attributes
        if tag == "a":
            shown = utf16_slice("".join(self.text), offset, length)
            entity = link_entity(attributes.get("href") or shown, offset, length)
            if entity is not None:
                self.entities.append(entity)
        elif tag == "pre":
            self.add_pre(offset, length)
        elif tag == "tg-emoji":
            self.entities.append(
                MessageEntity(
                    type="custom_emoji",
                    offset=offset,
                    length=length,
                    custom_emoji_id=attributes.get("emoji-id", ""),
                )
            )
        elif tag == "tg-time":
            self.add_time(opened, length)
        else:
            kind = SIMPLE[tag]
            if tag == "blockquote" and "expandable" in attributes:
                kind = "expandable_blockquote"
            language = attributes.get("class", "") if tag == "code" else ""
            entity = MessageEntity(type=kind, offset=offset, length=length)
            if language.startswith("language-"):
                entity = entity.model_copy(update={"language": language.removeprefix("language-")})
            self.entities.append(entity)

    def add_pre(self, offset: int, length: int) -> None:
        """`<pre><code class="language-x">` is one block of code in that language."""
        language = None
        inner = self.entities[-1] if self.entities else None
        if inner is not None and (inner.type, inner.offset, inner.length) == (
            "code",
            offset,
            length,
        ):
            language = inner.language
            self.entities.pop()
        self.entities.append(
            MessageEntity(type="pre", offset=offset, length=length, language=language)
        )

    def add_time(self, opened: _Open, length: int) -> None:
        unix = opened.attributes.get("unix", "")
        if not is_number(unix):
            raise self.fail('Tag "tg-time" must have a valid attribute "unix"')
        self.entities.append(
            MessageEntity(
                type="date_time",
                offset=opened.offset,
                length=length,
                unix_time=int(unix),
                date_time_format=opened.attributes.get("format"),
            )
        )


def decode(text: str) -> str:
    """Numeric references and the four names that Telegram knows; any other & stays as it is."""

    def character(match: re.Match[str]) -> str:
        if match[3]:
            return NAMED[match[3]]
        code = int(match[1]) if match[1] else int(match[2], 16)
        is_character = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
        return chr(code) if is_character else match[0]

    return _REFERENCE.sub(character, text)


def parse(source: str) -> tuple[str, list[MessageEntity]]:
    """(text, entities). Raises ApiError 400 as Telegram words it."""
    text, entities = _Parser(source).run()
    # A language on bare inline code means nothing.
    return text, [
        entity.model_copy(update={"language": None}) if entity.type == "code" else entity
        for entity in entities
    ]
