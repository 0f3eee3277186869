"""What stands before the items of an ordered list."""

from __future__ import annotations

TYPES = ("1", "a", "A", "i", "I")
_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
MAX_ROMAN = 3999


def label(kind: str, value: int) -> str:
    """A number as the kind writes it: `3.`, `c.`, `C.`, `iii.` or `III.`, to begin with."""
    if kind in ("a", "A") and value > 0:
        name = _letters(value)
    elif kind in ("i", "I") and 0 < value <= MAX_ROMAN:
        name = _roman(value)
    else:
        name = str(value)
    return f"{name.upper() if kind in ('A', 'I') else name}."


def _letters(value: int) -> str:
    """a to z, then aa, ab and on."""
    name = ""
    while value > 0:
        value, rest = divmod(value - 1, 26)
        name = chr(ord("a") + rest) + name
    return name


def _roman(value: int) -> str:
    name = ""
    for worth, sign in _ROMAN:
        times, value = divmod(value, worth)
        name += sign * times
    return name
