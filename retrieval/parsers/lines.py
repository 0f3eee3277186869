"""Lines as they stand on a page to paragraphs."""

import re
from collections.abc import Sequence

from retrieval.layout import join

# A line shorter than this share of a full one ends its paragraph.
FULL = 0.7
# A line of a table of contents: dots lead to the number of a page.
CONTENTS = re.compile(r"(?:[.·•．]\s?){4,}\s*[\divxlc]{1,5}\s*$|[…⋯]{2,}\s*[\divxlc]{1,5}\s*$")
_ANEW = re.compile(
    r"[•●○■▪◆◇·※*–—-]\s|[①-⑳]|\(?\d{1,3}(?:[.)]\s|[、．)）])|[A-Za-z][.)]\s"
    r"|[（(]?[一二三四五六七八九十]{1,3}[）)、．]|第[一二三四五六七八九十百\d]{1,4}[章节節条條]"
)
_ENDED = re.compile(r"[。！？：；…!?:;.][”’」』）】\"')\]]*$")


def paragraphs(lines: Sequence[str]) -> tuple[list[str], bool]:
    """The paragraphs, and whether the last one goes on after the last line."""
    widths = [_width(line) for line in lines]
    full = FULL * sorted(widths)[-1 - len(widths) // 10] if widths else 0
    found: list[str] = []
    running = False
    for line, width in zip(lines, widths, strict=True):
        if running and not _ANEW.match(line):
            found[-1] = join(found[-1], line)
        else:
            found.append(line)
        running = width >= full
    return found, running and not _ENDED.search(found[-1])


def starts_anew(line: str) -> bool:
    """Whether a line begins with the mark of a list or a chapter."""
    return _ANEW.match(line) is not None


def _width(line: str) -> int:
    """In half-width columns."""
    return sum(2 if char >= "\u2e80" else 1 for char in line)
