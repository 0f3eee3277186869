"""Names of things in a text: codes, models, grades, sizes. Who asks for one wants no other.

P0420, 5W-30, DOT 4, ID.3, 205/55, A柱, Model S, 92号. One name has many spellings: P 0420, P-0420,
5W30, DOT4, and U+2011 for the hyphen. Measures (60 kWh, 30cm, 1.5T) are no names: with them a
question tells of its own case.
"""

import re
from collections.abc import Set

_HYPHEN = re.compile(r"(?<=[a-z0-9])\s?[\u2010-\u2015\u2212]\s?(?=[a-z0-9])")
_START, _END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
# Parts and classes that a letter tells apart.
LETTERED = r"[a-z][柱挡级照证面区]"
# Each with what a text must have for it, one of the words or, for 0, any digit: most texts have
# nothing of the kind, and looking for a pattern takes far longer than for a word.
_SPELLINGS = tuple(
    (tuple(needed.split()), re.compile(pattern), one)
    for needed, pattern, one in (
        # Fault codes; with a gap, none that could be a year.
        ("0", rf"{_START}([pbcu])[ -]?([0-3](?!9\d\d|0[012]\d)\d{{3}}){_END}", r"\1\2"),
        # Viscosities.
        ("w", rf"(?<!\d)(0|5|10|15|20|25)w[ -]?([1-6]\d|8){_END}", r"\1w-\2"),
        ("dot", rf"{_START}dot[ -]?([2-5](?:\.1)?){_END}", r"dot\1"),
        (
            "model type",
            rf"{_START}(model|type)(?:[ -]?(?=\d)|[ -](?=[b-hj-z]))([0-9a-z]){_END}",
            r"\1-\2",
        ),
        ("0", rf"{_START}(?:level[ -]?|l)([0-5]){_END}", r"l\1"),
        ("euro class group stage", rf"{_START}(euro|class|group|stage)[ -]?([1-9]){_END}", r"\1\2"),
        ("134a 1234yf", rf"{_START}r[ -]?(134a|1234yf){_END}", r"r\1"),
        ("/", r"(?<!\d)(\d{3}/\d{2})[ -]?z?r[ -]?(\d{2})(?!\d)", r"\1 r\2"),
        ("pillar", rf"{_START}([a-f])[ -]pillars?{_END}", r"\1柱"),
        ("挡 档 檔", rf"{_START}([a-z])[ -]?[挡档檔]", r"\1挡"),
        ("柱 级 照 证 面 区", rf"{_START}([a-z])[ -]([柱级照证面区])", r"\1\2"),
        (
            "号 #",
            r"(?<!\d)(0|8\d|9\d)(?:号|#)(?=车?[用的]?[汽柴]?油|乙醇|$|[^\w])",
            r"\1号",
        ),
        # ID.3, ID-3 and ID3; F-150; CR-V.
        (
            "0",
            rf"(?<![a-z0-9.-])(?!no|fig|vol)([a-z]{{1,3}})[.-](\d+[a-z]?){_END}(?!\.\d)",
            r"\1\2",
        ),
        ("-", r"(?<![a-z0-9.-])([a-z]{2})-([a-z])(?![a-z0-9-])", r"\1\2"),
    )
)
_LATIN, _DIGIT, _DASH = (
    re.compile(r"[a-z0-9]"),
    re.compile(r"\d"),
    re.compile(r"[\u2010-\u2015\u2212]"),
)
_TOKEN = re.compile(rf"{_START}{LETTERED}|\d{{1,2}}号|[a-z0-9]+(?:[.\-/][a-z0-9]+)*")
_SURE = rf"{LETTERED}|\d+号|\d{{3}}/\d{{2}}|\d+w-\d+|(?:model|type)-."
_CODE = re.compile(r"(?=[a-z0-9./-]*[a-z])(?=[a-z0-9./-]*\d)[a-z0-9./-]+")
# Of a car's own case, of its time, or of anything.
_MEASURE = (
    r"\d+(?:[.,]\d+)*(?:[km]?wh?|[mkc]?pa|bar|psi|[kcm]?m|km/?h|[mk]ph|m?l|[km]?g|lbs?|[nh]m|h|hrs?"
    r"|mins?|s|secs?|[km]?v|m?ah?|hz|rpm|b?hp|ps|cc|[cfktdxewby]|inch|in|ft|mi|miles?|yrs?|years?"
    r"|months?|days?|weeks?|th|st|nd|rd|[ap]m|wd|mpg|kms|ms|m[23]|0s|(?:-[a-z]{3,})+)?(?:/h)?"
)
_NO_NAME = re.compile(
    rf"{_MEASURE}(?:[/-]{_MEASURE})*|co2|h2o|o2|mp[34]|\dx\d|covid-?19|b2[bc]|usb\d?|web\d"
)


def spelled(text: str) -> str:
    """A folded text (`retrieval.words.folded`) with each name in one spelling."""
    if not _LATIN.search(text):
        return text
    if _DASH.search(text):
        text = _HYPHEN.sub("-", text)
    digits = _DIGIT.search(text) is not None
    for needed, pattern, one in _SPELLINGS:
        if digits if needed == ("0",) else any(word in text for word in needed):
            text = pattern.sub(one, text)
    return text


def tokens(text: str) -> frozenset[str]:
    """All that could be a name in a spelled text."""
    return frozenset(_TOKEN.findall(text))


def names(found: Set[str]) -> frozenset[str]:
    """The names among tokens."""
    return frozenset(
        token
        for token in found
        if re.fullmatch(_SURE, token) or (_CODE.fullmatch(token) and not _NO_NAME.fullmatch(token))
    )


def kind(name: str) -> str:
    """What names of one kind share: P0420 and P0300, DOT 3 and DOT 4, A柱 and B柱."""
    if re.fullmatch(LETTERED, name) or name.startswith(("model-", "type-")):
        return name[1:] if len(name) == 2 else name.partition("-")[0]
    return re.sub(r"\d+(?:\.\d+)?", "#", name)
