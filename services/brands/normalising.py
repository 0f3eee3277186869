"""Texts as they are compared with rules: without what is put between characters to pass them.

Full width, Traditional, small capitals, accents, letters that look alike in other scripts and
characters that nobody sees are folded; spaces and signs between characters are left out. Each
character knows where in the text it came from.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import opencc

# Ends a clause: nothing is found across it.
END = "\n"
_ENDS = frozenset("。．！？!?；;，,、：:\n\r")
# Signs that say something.
_KEPT = frozenset("%+")
# More signs in a row separate.
_LONGEST_GAP = 3
_LOOKALIKE = str.maketrans(
    # Cyrillic and Greek.
    "авекмнорстухіѕјԁԛԝгп" + "αβεικνορτυχγωη",
    "abekmhopctyxisjdqwrn" + "abeikvoptuxywn",
)
# #1 and No. 1 are No.1.
_RANK = re.compile(r"[#＃](?=[1１](?![0-9０-９]))")
_NUMBERED = re.compile(r"(?<![a-z])no *$")
_SKIPPED = frozenset({"Cf", "Mn", "Me", "Cc", "Cs", "Co", "Cn"})
# b e s t, b.e.s.t; 国、家、级: one sign after each character.
_SPELT_OUT = (
    re.compile(r"(?<![a-z0-9])[a-z](?:[ ._*\-]{1,3}[a-z0-9]){2,}(?![a-z0-9])"),
    re.compile(r"[\u3400-\u9fff]([^\w\s])[\u3400-\u9fff](?:\1[\u3400-\u9fff])+"),
)
_to_simplified = opencc.OpenCC("t2s").convert


@dataclass(frozen=True, slots=True)
class Normal:
    """`text` is what rules read; its character i is original[starts[i]:ends[i]]."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end], which isn't empty, stands in the original."""
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=1 << 16)
def _folded(character: str) -> str:
    """What a character is compared as; "" where it is not seen."""
    if character in "\n\r":
        return END
    if character == "\t":
        return " "
    kept = "".join(
        one
        for one in unicodedata.normalize("NFKD", character)
        if unicodedata.category(one) not in _SKIPPED
    )
    return _to_simplified(kept.lower()).translate(_LOOKALIKE) if kept else ""


def normal(text: str) -> Normal:
    """The text as rules read it; takes time linear in its length.

    Letters, digits and Han stay; of anything between them only the end of a clause (as END), the
    point of a number, and one space between words of letters.
    """
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for one in "no" if _RANK.match(text, index) else _folded(character):
            folded.append(one)
            origin.append(index)
    whole = "".join(folded)
    spelt_out = {
        at
        for pattern in _SPELT_OUT
        for match in pattern.finditer(whole)
        for at in range(match.start(), match.end())
    }
    kept: list[str] = []
    places: list[int] = []
    for one, at in _compact(whole, spelt_out):
        kept.append(one)
        places.append(origin[at])
    return Normal("".join(kept), places, [place + 1 for place in places])


def _compact(whole: str, spelt_out: set[int]) -> Iterator[tuple[str, int]]:
    """What is kept of a folded text, each with its place there."""
    last = ""
    gap_from: int | None = None
    for at, one in enumerate(whole):
        if not (one.isalnum() or one in _KEPT or unicodedata.category(one) == "Sc"):
            gap_from = at if gap_from is None else gap_from
            continue
        if gap_from is not None and last:
            between = _between(last, whole[gap_from:at], one, gap_from in spelt_out, whole, at)
            if between:
                yield between, gap_from
        gap_from, last = None, one
        yield one, at


def _between(last: str, gap: str, following: str, spelt_out: bool, whole: str, at: int) -> str:
    """What is kept of the signs between two characters."""
    if spelt_out:
        return ""
    if last.isdecimal() and following.isdecimal():
        if gap == ".":
            return "."
        # 199,800
        if gap == "," and whole[at : at + 3].isdecimal() and not whole[at + 3 : at + 4].isdecimal():
            return ""
    if following == "%":
        return ""
    if gap in (". ", " .") and following == "1" and not whole[at + 1 : at + 2].isdecimal():
        return "" if _NUMBERED.search(whole[max(0, at - 5) : at - 2]) else END
    if gap == "." and last.isascii() and following.isascii():
        # No.1
        return "" if following.isdecimal() else END
    if len(gap) > _LONGEST_GAP or not _ENDS.isdisjoint(gap) or gap.startswith("."):
        return END
    return " " if last.isascii() and following.isascii() else ""
