"""How plain text is laid out: paragraphs that a page has broken into lines, lists, titles."""

import re
from itertools import pairwise

from retrieval.sentences import size

# A line that is this full, relative to the widest lines, was broken by the column's edge.
FULL = 0.8
# Narrower text has no column that could have broken its lines.
NARROWEST = 16
_ITEM = re.compile(r"\s*(?:[■□●○◆▪•·※*–-]\s*|[①-⑳]|\(?\d{1,2}[.)、）]\s*|\d{1,2}\s+(?=[^\d\s]))")
_END = re.compile(r"[。！？；：.!?;:][”’」』）)\"']*$")
# Says that a list follows.
_LEAD = re.compile(
    r"[：:]$|(?:以下|下述|如下|下列)[^。]*。?$|\b(?:the following|as follows)\b[^.]*\.?$",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"[约≥≤<>~+-]?\s*\d[\d.,/:~\u2010-\u2015-]*\s*(?:[^\W\d_]{1,4}(?:/[^\W\d_]{1,4})?|%|°\s?[CF]|℃)?[。.]?"
)
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


def is_item(text: str) -> bool:
    """Whether a sentence begins with the mark of a list's entry."""
    return _ITEM.match(text) is not None


def is_lead(text: str) -> bool:
    """Whether a sentence only announces a list."""
    return _LEAD.search(text.rstrip()) is not None


def is_figure(text: str) -> bool:
    """Whether it is a figure alone, that says nothing without what stands before it: 2.5 bar."""
    return _FIGURE.fullmatch(text.strip()) is not None


def is_title(text: str) -> bool:
    """Whether it is no sentence but a heading, a name or a cell of a table."""
    return not is_item(text) and _END.search(text.rstrip()) is None
