"""Plain text: paragraphs between empty lines, or one a line; chapters by their names."""

import re

from retrieval.layout import reflowed
from retrieval.parsers.encodings import decode
from retrieval.parsers.lines import CONTENTS
from retrieval.parsers.meta import front_matter
from retrieval.sections import Builder, Parsed

_NUMBER = r"[一二三四五六七八九十百零〇两\d]{1,5}"
_CHAPTERS = (
    re.compile(rf"第{_NUMBER}[章篇部讲课回]|(?:Chapter|Part|Lesson)\s+(?:\d+|[IVX]+)\b", re.I),
    re.compile(rf"第{_NUMBER}[节節条]|Section\s+\d+\b", re.I),
)
_END = re.compile(r"[。！？；，：.!?;,:]$")
# A longer line is no heading, in characters.
_HEADING = 40


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    meta, body = front_matter(text)
    lines = [line for line in body.splitlines() if not CONTENTS.search(line)]
    builder = Builder()
    open_lines: list[str] = []
    for line in [*lines, ""]:
        level = _level(line.strip())
        if level is None:
            open_lines.append(line)
        else:
            _close(builder, open_lines)
            builder.heading(level, line)
    _close(builder, open_lines)
    return Parsed(builder.sections(), meta, notes)


def _close(builder: Builder, lines: list[str]) -> None:
    for paragraph in reflowed("\n".join(lines)):
        builder.paragraph(paragraph)
    lines.clear()


def _level(line: str) -> int | None:
    if not line or len(line) > _HEADING or _END.search(line):
        return None
    return next((n for n, name in enumerate(_CHAPTERS, start=1) if name.match(line)), None)
