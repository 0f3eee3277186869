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
# More has to come.
_OPEN = re.compile(r"[，、,]$|[A-Za-z0-9][-/\u2010\u2011]$")
# Says that a list follows.
_LEAD = re.compile(
    r"[：:]$|(?:以下|下述|如下|下列)[^。]*。?$|\b(?:the following|as follows)\b[^.]*\.?$",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"[约≥≤<>~+-]?\s*\d[\d.,/:~\u2010-\u2015-]*\s*(?:[^\W\d_]{1,4}(?:/[^\W\d_]{1,4})?|%|°\s?[CF]|℃)?[。.]?"
)
_WIDE = r"[\u3000-\u9fff\uff00-\uffef]"
_INSIDE = re.compile(rf"{_WIDE}\n{_WIDE}$")
_SPACE = re.compile(r"[ \t\u3000]*")
# Two ends of a line that are one code: 5W- and 30, 205/ and 55, 5W and -30.
_CODE = re.compile(r"[A-Za-z0-9][-/\u2010\u2011]\n[A-Za-z0-9]|\d[A-Za-z]\n-\d")


def reflowed(text: str) -> list[str]:
    """The paragraphs of a text: blank lines, list entries, indented and short lines end one.

    A Chinese sentence is joined without the space that a line break would leave in English.
    """
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.split("\n") if line.strip()]
        if not lines:
            continue
        width = max(_width(line.strip()) for line in lines)
        merged = [lines[0].strip()]
        for before, line in pairwise(lines):
            if _goes_on(before.strip(), line.strip(), width) and _indent(line) <= _indent(before):
                merged[-1] = join(merged[-1], line.strip())
            else:
                merged.append(line.strip())
        found += (" ".join(paragraph.split()) for paragraph in merged)
    return found


def join(text: str, more: str) -> str:
    """One text of two lines; a word or code that was cut at the end of the first becomes whole."""
    if re.search(r"[A-Za-z]-$", text) and more[:1].islower():
        return text[:-1] + more
    ends = f"{text[-2:]}\n{more[:2]}"
    whole = _CODE.search(ends) or _INSIDE.search(ends[len(text[-2:]) - 1 : len(text[-2:]) + 2])
    return text + more if whole else f"{text} {more}"


def _goes_on(before: str, line: str, width: int) -> bool:
    if _ITEM.match(line) or _END.search(before):
        return False
    if _OPEN.search(before):
        return True
    return _width(before) >= FULL * width and width >= NARROWEST


def _indent(line: str) -> int:
    """In half-width columns."""
    space = _SPACE.match(line)
    return sum(2 if char == "\u3000" else 1 for char in space[0]) if space else 0


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
