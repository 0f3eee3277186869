"""JSON values out of a stream, one at a time, however long the array that holds them is.

By hand: ijson tells no line of an error, and has no bound on how long one value may be.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

BLOCK = 64 * 1024
# One value longer than this is no statement, and must not fill the memory.
LONGEST = 4 * 1024 * 1024
SPACE = " \t\r\n"
# A learning record store answers {"statements": [ … ], "more": "…"}, in any order.
LIST = "statements"


class JsonError(Exception):
    def __init__(self, line: int, told: str) -> None:
        super().__init__(told)
        self.line = line


@dataclass(frozen=True, slots=True)
class Page:
    """What else stood in an object whose `statements` have been yielded."""

    fields: dict[str, Any]


def values(file: IO[str]) -> Iterator[tuple[int, Any]]:
    """(line, value) of each object in the file: JSON lines, arrays, `{"statements": […]}`, or
    several of these one after the other. After the statements of an object comes its `Page`.

    Example:
        >>> from io import StringIO
        >>> [value for _, value in values(StringIO('[{"id": 1}, {"id": 2}]'))]
        [{'id': 1}, {'id': 2}]

    Raises JsonError where the text is not JSON; what came before has been yielded.
    """
    window = _Window(file)
    while first := window.peek():
        if first == ",":
            window.skip()
        elif first == "[":
            yield from _members(window, _value)
        else:
            yield from _value(window)


def _members(window: "_Window", member: Any) -> Iterator[tuple[int, Any]]:
    """What `member` yields of each member of an array, which comes next."""
    window.skip()
    while (first := window.peek()) != "]":
        if not first:
            raise JsonError(window.line, "the array has no end: the file is cut off")
        if first == ",":
            window.skip()
        else:
            yield from member(window)
    window.skip()


def _plain(window: "_Window") -> Iterator[tuple[int, Any]]:
    window.peek()
    yield window.line, window.value()


def _value(window: "_Window") -> Iterator[tuple[int, Any]]:
    """The next value; of an object with statements, these as they come, and its Page."""
    if window.peek() != "{" or window.holds_plain():
        yield from _plain(window)
        return
    line, fields, paged, size = window.line, dict[str, Any](), False, 0
    window.skip()
    while (first := window.peek()) != "}":
        if first == "," and fields:
            window.skip()
            window.expect('"', "a name in quotes")
        before = window.passed
        window.expect('"', "a name in quotes")
        name = window.value()
        window.expect(":", "a colon")
        window.skip()
        if name == LIST and window.peek() == "[":
            paged = True
            fields[name] = None
            yield from _members(window, _plain)
            continue
        fields[name] = window.value()
        size += window.passed - before
        if size > LONGEST:
            raise JsonError(line, "an object is too long")
        if window.peek() not in (",", "}"):
            raise JsonError(window.line, "the object has no end, or a comma is missing")
    window.skip()
    yield line, Page(fields) if paged else fields


class _Window:
    """The part of the text that is in memory. `line` is the number of the line that was come to,
    `passed` how many characters lie before."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.text = ""
        self.line = 1
        self.passed = 0
        self._at = 0
        self._decoder = json.JSONDecoder()

    def _fill(self) -> bool:
        block = self.file.read(BLOCK)
        self.text = self.text[self._at :] + block
        self._at = 0
        return bool(block)

    def skip(self, count: int = 1) -> None:
        self.line += self.text.count("\n", self._at, self._at + count)
        self._at += count
        self.passed += count

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            end = self._at
            while end < len(self.text) and self.text[end] in SPACE:
                end += 1
            self.skip(end - self._at)
            if end < len(self.text) or not self._fill():
                return self.text[self._at : self._at + 1]

    def expect(self, wanted: str, told: str) -> None:
        if (found := self.peek()) != wanted:
            raise JsonError(self.line, f"expected {told}, found {found or 'the end of the file'}")

    def holds_plain(self) -> bool:
        """Whether the object that comes next is in memory, and has no statements."""
        try:
            found, _ = self._decoder.raw_decode(self.text, self._at)
        except (ValueError, RecursionError):
            return False
        return LIST not in found

    def value(self) -> Any:
        """The value that comes next, of at most `LONGEST` characters."""
        self.peek()
        while True:
            try:
                found, end = self._decoder.raw_decode(self.text, self._at)
            except (ValueError, RecursionError) as error:
                # Perhaps the rest of the value is still in the file.
                if len(self.text) - self._at > LONGEST or not self._fill():
                    raise JsonError(self.line, str(error)) from error
                continue
            # A number at the end of what is in memory may go on.
            if end == len(self.text) and self._fill():
                continue
            self.skip(end - self._at)
            return found
