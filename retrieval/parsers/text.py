"""Plain text: paragraphs between empty lines, or one a line; chapters by their names."""

import re

from retrieval.layout import is_title, reflowed
from retrieval.parsers.encodings import decode
from retrieval.parsers.lines import CONTENTS
from retrieval.parsers.meta import front_matter
from retrieval.sections import Builder, Parsed
from retrieval.sentences import size

_NUMBER = r"[一二三四五六七八九十百零〇两\d]{1,5}"
_CHAPTERS = (
    re.compile(rf"第{_NUMBER}[章篇部讲课回]|(?:Chapter|Part|Lesson)\s+(?:\d+|[IVX]+)\b", re.I),
    re.compile(rf"第{_NUMBER}[节節条]|Section\s+\d+\b", re.I),
)
_END = re.compile(r"[。！？；，：.!?;,:]$")
# A longer line is no heading, in characters.
_HEADING = 40
# So many lines, none longer than this in units of `size`, are a list under the first of them.
LISTED, SHORT = 3, 12


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
    """Ends what stands under a heading: paragraphs, and lists of short lines with their names."""
    found = reflowed("\n".join(lines))
    lines.clear()
    run: list[str] = []
    for paragraph in [*found, ""]:
        if paragraph and is_title(paragraph) and size(paragraph) <= SHORT:
            run.append(paragraph)
            continue
        named = LISTED <= len(run) < len(found)
        if named:
            builder.heading(len(_CHAPTERS) + 1, run[0])
        for short in run[named:]:
            builder.paragraph(short, "•" if named else "")
        run.clear()
        builder.paragraph(paragraph)


def _level(line: str) -> int | None:
    if not line or len(line) > _HEADING or _END.search(line):
        return None
    return next((n for n, name in enumerate(_CHAPTERS, start=1) if name.match(line)), None)
