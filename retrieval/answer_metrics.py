"""Overlap of an answer with gold answers: SQuAD's F1 and recall, and ROUGE-L."""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from retrieval.sentences import language

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


def tokens(text: str, spoken: str) -> list[str]:
    """SQuAD's normalisation: lower case, no punctuation, articles or extra white space.

    Characters of Chinese, words of English.
    """
    lower = unicodedata.normalize("NFKC", text).lower()
    if spoken == "zh":
        return [c for c in lower if not c.isspace() and not _is_punctuation(c)]
    bare = "".join(c for c in lower if not _is_punctuation(c))
    return _ARTICLES.sub(" ", bare).split()


def _is_punctuation(character: str) -> bool:
    return character in string.punctuation or unicodedata.category(character).startswith("P")


def overlap(said: str, golds: Sequence[str]) -> tuple[float, float, float]:
    """(F1, recall, ROUGE-L), each the best over the gold answers, 0 to 1."""
    if not golds:
        return 0.0, 0.0, 0.0
    each = [_overlap(said, gold) for gold in golds]
    f1, recall, rouge = (max(values) for values in zip(*each, strict=True))
    return f1, recall, rouge


def _overlap(said: str, gold: str) -> tuple[float, float, float]:
    spoken = language(gold)
    ours, theirs = tokens(said, spoken), tokens(gold, spoken)
    if not ours or not theirs:
        same = float(ours == theirs)
        return same, same, same
    shared = sum((Counter(ours) & Counter(theirs)).values())
    f1 = 2 * shared / (len(ours) + len(theirs))
    rouge = 2 * _common_subsequence(ours, theirs) / (len(ours) + len(theirs))
    return f1, shared / len(theirs), rouge


def _common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    above = [0] * (len(other) + 1)
    for token in one:
        row = [0]
        for place, against in enumerate(other):
            row.append(above[place] + 1 if token == against else max(row[-1], above[place + 1]))
        above = row
    return above[-1]
