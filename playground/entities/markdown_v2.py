"""Telegram's MarkdownV2.

Source: https://core.telegram.org/bots/api#markdownv2-style; `parse_markdown_v2` in tdlib.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from aiogram.types import MessageEntity

from playground.entities.links import is_number, link_entity
from playground.entities.text import utf16
from playground.errors import ApiError, bad_request

RESERVED = "_*[]()~`>#+-=|{}.!"
KINDS = {"_": "italic", "*": "bold", "__": "underline", "~": "strikethrough", "||": "spoiler"}
NAMES = {mark: kind.title() for mark, kind in KINDS.items()} | {"[": "TextUrl", "![": "CustomEmoji"}
_LANGUAGE = re.compile(r"([^\s`]+)(?=\s)")
_NEWLINE = re.compile(r"\r\n|\n\r|\n|\r")
_ESCAPED = re.compile(r"\\([\x01-\x7e])")


@dataclass
class _Open:
    mark: str
    at: int
    offset: int


@dataclass
class _Parser:
    source: str
    at: int = 0
    text: list[str] = field(default_factory=list)
    length: int = 0
    stack: list[_Open] = field(default_factory=list)
    entities: list[MessageEntity] = field(default_factory=list)
    quote: _Open | None = None

    def fail(self, message: str, at: int) -> ApiError:
        where = len(self.source[:at].encode())
        return bad_request(f"can't parse entities: {message} {where}")

    def unclosed(self, kind: str, at: int) -> ApiError:
        return self.fail(f"Can't find end of {kind} entity at byte offset", at)

    def check_closed(self) -> None:
        if self.stack:
            raise self.unclosed(NAMES[self.stack[-1].mark], self.stack[-1].at)

    def append(self, text: str) -> None:
        self.text.append(text)
        self.length += utf16(text)

    def add(self, kind: str, offset: int, **extra: object) -> None:
        if self.length > offset:
            self.entities.append(
                MessageEntity.model_validate(
                    {"type": kind, "offset": offset, "length": self.length - offset, **extra}
                )
            )

    def run(self) -> tuple[str, list[MessageEntity]]:
        while self.at < len(self.source):
            if self.line_start() and self.read_quote_mark():
                continue
            self.step()
        self.end_quote("blockquote")
        self.check_closed()
        return "".join(self.text), self.entities

    def line_start(self) -> bool:
        return self.at == 0 or self.source[self.at - 1] == "\n"

    def read_quote_mark(self) -> bool:
        """`>` at the start of a line, or `**>` for one that folds; ends a quote otherwise."""
        fresh = self.source.startswith("**>", self.at)
        if fresh or self.source.startswith(">", self.at):
            if fresh:
                self.end_quote("blockquote")
            if self.quote is None:
                self.quote = _Open(">", self.at, self.length)
            self.at += 3 if fresh else 1
            return True
        self.end_quote("blockquote")
        return False

    def end_quote(self, kind: str) -> None:
        if self.quote is not None:
            if self.stack and self.stack[-1].at > self.quote.at:
                self.check_closed()
            self.add(kind, self.quote.offset)
            self.quote = None

    def step(self) -> None:
        source, at = self.source, self.at
        char, mark = source[at], self.mark()
        if escaped := _ESCAPED.match(source, at):
            self.append(escaped[1])
            self.at += 2
        elif char == "`":
            self.read_code()
        elif char == "[" or source.startswith("![", at):
            opener = "[" if char == "[" else "!["
            self.stack.append(_Open(opener, at, self.length))
            self.at += len(opener)
        elif char == "]" and self.stack and self.stack[-1].mark in ("[", "!["):
            self.read_link(self.stack.pop())
        elif mark is not None:
            self.toggle(mark)
        elif char in RESERVED:
            raise bad_request(
                f"can't parse entities: Character '{char}' is reserved and must be escaped "
                "with the preceding '\\'"
            )
        else:
            self.append(char)
            self.at += 1

    def mark(self) -> str | None:
        marks = ("__", "||", "_", "*", "~")
        return next((mark for mark in marks if self.source.startswith(mark, self.at)), None)

    def toggle(self, mark: str) -> None:
        """Opens or closes an entity; `||` right at the end of a quote makes that one fold.

        `__` is always an underline's, never the end of an italic and a mark more.
        """
        if self.stack and self.stack[-1].mark == mark:
            self.add(KINDS[mark], self.stack.pop().offset)
        elif mark == "||" and self.quote is not None and self.ends_line():
            self.end_quote("expandable_blockquote")
        else:
            self.stack.append(_Open(mark, self.at, self.length))
        self.at += len(mark)

    def ends_line(self) -> bool:
        return self.source[self.at + 2 : self.at + 3] in ("", "\n")

    def read_code(self) -> None:
        begin = self.at
        mark = "```" if self.source.startswith("```", begin) else "`"
        language = None
        self.at += len(mark)
        if mark == "```":
            named = _LANGUAGE.match(self.source, self.at)
            language = named[1] if named else None
            self.at = named.end() if named else self.at
            newline = _NEWLINE.match(self.source, self.at)
            self.at = newline.end() if newline else self.at
        offset = self.length
        while not self.source.startswith(mark, self.at):
            if self.at >= len(self.source):
                kind = "PreCode" if language else "Pre"
                raise self.unclosed(kind if mark == "```" else "Code", begin)
            self.append(self.read_char())
        self.at += len(mark)
        self.add("pre" if mark == "```" else "code", offset, language=language)

    def read_link(self, opened: _Open) -> None:
        self.at += 1
        url = self.shown(opened.offset)
        if self.source.startswith("(", self.at):
            url = self.read_url()
        elif opened.mark == "![":
            raise bad_request(
                "can't parse entities: Custom emoji entity must contain a tg://emoji URL"
            )
        if opened.mark == "![":
            self.read_special(opened, url)
            return
        entity = link_entity(url, opened.offset, self.length - opened.offset)
        if entity is not None and entity.length > 0:
            self.entities.append(entity)

    def shown(self, offset: int) -> str:
        units = "".join(self.text).encode("utf-16-le")
        return units[offset * 2 :].decode("utf-16-le")

    def read_char(self) -> str:
        """The character here, which a backslash may stand before."""
        escaped = _ESCAPED.match(self.source, self.at)
        self.at += 2 if escaped else 1
        return escaped[1] if escaped else self.source[self.at - 1]

    def read_url(self) -> str:
        url = ""
        self.at += 1
        begin = self.at
        while not self.source.startswith(")", self.at):
            if self.at >= len(self.source):
                raise self.fail("Can't find end of a URL at byte offset", begin)
            url += self.read_char()
        self.at += 1
        return url

    def read_special(self, opened: _Open, url: str) -> None:
        """`![👍](tg://emoji?id=…)` and `![22:45](tg://time?unix=…&format=…)`."""
        place, _, rest = url.removeprefix("tg://").partition("?")
        query = parse_qs(rest)
        if place == "emoji" and is_number(query.get("id", [""])[0]):
            self.add("custom_emoji", opened.offset, custom_emoji_id=query["id"][0])
        elif place == "time" and is_number(query.get("unix", [""])[0]):
            self.add(
                "date_time",
                opened.offset,
                unix_time=int(query["unix"][0]),
                date_time_format=query.get("format", [None])[0],
            )
        else:
            raise bad_request(
                "can't parse entities: Custom emoji URL must have an emoji identifier"
            )


def parse(source: str) -> tuple[str, list[MessageEntity]]:
    """(text, entities). Raises ApiError 400 as Telegram words it."""
    # aiogram parts an italic from an underline by a carriage return, which Telegram drops later.
    return _Parser(source).run()
