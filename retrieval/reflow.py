"""Lines of a page back to paragraphs: text from PDFs and forms is broken where the column ended."""

import re
from itertools import pairwise

from retrieval.sentences import size

# A line that is this full, relative to the widest lines, was broken by the column's edge.
FULL = 0.8
# Narrower text has no column that could have broken its lines.
NARROWEST = 16
_ITEM = re.compile(r"\s*(?:[■□●○◆▪•·※*–-]\s*|[①-⑳]|\(?\d{1,2}[.)、）]\s*|\d{1,2}\s+(?=[^\d\s]))")
_END = re.compile(r"[。！？；：.!?;:][”’」』）)\"']*$")
_WIDE = r"[\u3000-\u9fff\uff00-\uffef]"
_INSIDE = re.compile(rf"(?<={_WIDE})\n(?={_WIDE})")


def reflowed(text: str) -> list[str]:
    """The paragraphs of a text: blank lines, list entries and short lines end one.

    A Chinese sentence is joined without the space that a line break would leave in English.
    """
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        width = max(map(_width, lines))
        merged = [lines[0]]
        for before, line in pairwise(lines):
            if _goes_on(before, line, width):
                merged[-1] += f"\n{line}"
            else:
                merged.append(line)
        found += (" ".join(_INSIDE.sub("", paragraph).split()) for paragraph in merged)
    return found


def _goes_on(before: str, line: str, width: int) -> bool:
    if _ITEM.match(line) or _END.search(before):
        return False
    return _width(before) >= FULL * width and width >= NARROWEST


def _width(line: str) -> int:
    return max(size(line), len(line) // 2)
