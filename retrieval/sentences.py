"""Sentences of Chinese and English text, and the language of a text."""

import re

# Ends of sentences: Chinese marks anywhere; Latin ones only before white space and a beginning,
# so that 2.5 bar, P0420. and e.g. survive.
_END = re.compile(
    r"[。！？；…]+[”’」』）】]*"
    r"|[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9\u4e00-\u9fff])"
    r"|\n+"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?i:e\.g|i\.e|etc|vs|approx|no|nos|fig|mr|mrs|ms|dr|st|min|max|incl|cf)|\b[A-Z])"
    # The number of a list's entry belongs to what follows.
    r"\.[\"'”’)\]]*$|^\s*\d{1,3}\.$"
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]+")


def sentences(text: str) -> list[str]:
    """Splits text into sentences. Joined, they are the text but for white space around them."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        piece = text[start : end.end()]
        if end.group().startswith(".") and is_abbreviation(piece.rstrip()):
            continue
        found.append(piece.strip())
        start = end.end()
    found.append(text[start:].strip())
    return [piece for piece in found if piece]


def is_abbreviation(text: str) -> bool:
    """Whether the full stop at the end of a text belongs to an abbreviation."""
    return _ABBREVIATION.search(text) is not None


def language(text: str) -> str:
    """`zh` when Han characters outweigh Latin words, else `en`."""
    han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
    return "zh" if han and han >= latin else "en"


def size(text: str) -> int:
    """Length in units that are alike in both languages: a Han character, or half a Latin word."""
    return len(_HAN.findall(text)) + 2 * len(_LATIN.findall(text))
