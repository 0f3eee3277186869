"""JSON values out of a stream, one at a time, however long the array that holds them is."""

import json
import re
from collections.abc import Iterator
from typing import IO, Any

BLOCK = 64 * 1024
# One value longer than this is no statement, and must not fill the memory.
LONGEST = 4 * 1024 * 1024
SPACE = " \t\r\n"
# The answer of a learning record store: {"statements": [ … ], "more": "…"}.
WRAPPER = re.compile(r'\s*\{\s*"statements"\s*:\s*\[')


class JsonError(Exception):
    def __init__(self, line: int, told: str) -> None:
        super().__init__(told)
        self.line = line


def values(file: IO[str]) -> Iterator[tuple[int, Any]]:
    """(line, value) of each member of an array, of `{"statements": […]}`, or of JSON lines.

    Raises JsonError where the text is not JSON; what came before has been yielded.
    """
    window = _Window(file)
    window.fill()
    wrapped = WRAPPER.match(window.text)
    if wrapped:
        window.drop(wrapped.end())
    in_array = bool(wrapped) or window.peek() == "["
    if in_array and not wrapped:
        window.drop(1)
    while (first := window.peek()) and not (in_array and first == "]"):
        if first == ",":
            window.drop(1)
            continue
        yield window.line, window.value()
    if in_array and not first:
        raise JsonError(window.line, "the array has no end: the file is cut off")


class _Window:
    """The part of the text that is in memory; `line` is the number of its first line."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.text = ""
        self.line = 1
        self._decoder = json.JSONDecoder()

    def fill(self) -> bool:
        block = self.file.read(BLOCK)
        self.text += block
        return bool(block)

    def drop(self, count: int) -> None:
        self.line += self.text.count("\n", 0, count)
        self.text = self.text[count:]

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            self.drop(len(self.text) - len(self.text.lstrip(SPACE)))
            if self.text or not self.fill():
                return self.text[:1]

    def value(self) -> Any:
        while True:
            try:
                found, end = self._decoder.raw_decode(self.text)
            except (ValueError, RecursionError) as error:
                # Perhaps the rest of the value is still in the file.
                if len(self.text) > LONGEST or not self.fill():
                    raise JsonError(self.line, str(error)) from error
                continue
            self.drop(end)
            return found
