"""In which wording: only texts that the item has itself, so that nothing is made up.

A style is which of its texts stands over the invite. Of past campaigns with both, the one that was
opened more is proposed alone where chance doesn't explain the difference (two proportions, p <
.05); else both, as variants A and B.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from storage.models import Item

Style = Literal["summary", "description"]
STYLES: tuple[Style, ...] = ("summary", "description")
MOST, ENOUGH, ALPHA = 240, 200, 0.05
_SENTENCE = re.compile(r".+?(?:[。！？!?]+|\.(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tried:
    """How many invites of a style were sent, and how many of these were responded to."""

    sent: int
    responded: int


def text_of(item: Item, style: Style) -> dict[str, str]:
    """By language, without those that the item doesn't say."""
    if style == "summary":
        return {language: text for language, text in item.summary.items() if text.strip()}
    return {
        language: opening
        for language, text in item.description.items()
        if (opening := _opening(text))
    }


def style_of(text: Mapping[str, str], item: Item) -> Style | None:
    """The style that a past wording was of, if any."""
    for style in STYLES:
        if text and dict(text) == text_of(item, style):
            return style
    return None


def tried(seen: Iterable[tuple[Style, bool]]) -> Mapping[Style, Tried]:
    """Summed up, by invite: its style, and whether there was a response."""
    sent, yes = Counter[Style](), Counter[Style]()
    for style, responded in seen:
        sent[style] += 1
        yes[style] += responded
    return {style: Tried(sent[style], yes[style]) for style in STYLES if sent[style]}


def proposed(item: Item, past: Mapping[Style, Tried]) -> Sequence[tuple[Style, dict[str, str]]]:
    """The wordings to send, one or two; those that say the same are one."""
    styles: tuple[Style, ...] = STYLES
    if (winner := _winner(past)) is not None:
        styles = (winner,)
    found: list[tuple[Style, dict[str, str]]] = []
    for style in styles:
        text = text_of(item, style)
        if text and text not in [other for _, other in found]:
            found.append((style, text))
    return found or [("summary", dict(item.title))]


def _winner(past: Mapping[Style, Tried]) -> Style | None:
    both = [past.get(style, Tried(0, 0)) for style in STYLES]
    yes, sent = [one.responded for one in both], [one.sent for one in both]
    if min(sent) < ENOUGH or not 0 < sum(yes) < sum(sent):
        return None
    from statsmodels.stats.proportion import proportions_ztest  # a second, at each start

    _, p = proportions_ztest(yes, sent)
    if not p < ALPHA:
        return None
    return STYLES[0] if yes[0] / sent[0] > yes[1] / sent[1] else STYLES[1]


def _opening(text: str) -> str:
    """The first whole sentences of a text, in `MOST` characters; "" where one is longer."""
    found = ""
    for sentence in _SENTENCE.findall(text.strip()):
        if len(found) + len(sentence) > MOST:
            break
        found += sentence
    return found.strip()
