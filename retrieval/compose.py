"""Sentences of an answer: which are shown, and how they read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.evidence import Candidate

SENTENCES = 3
# A further sentence must come this close to the best one, and say something else.
SENTENCE_DROP = 0.025
DUPLICATE = 0.97
_WIDE_END = re.compile(r"[\u2018-\u201d\u3000-\u9fff\uff00-\uffef]$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer; `citation` counts from 1."""

    text: str
    citation: int


def choose(listed: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence and a few that say more, in reading order. `listed` is best first."""
    chosen = [listed[0]]
    for candidate in listed[1:]:
        if len(chosen) == SENTENCES or candidate.score < listed[0].score - SENTENCE_DROP:
            break
        if all(float(candidate.vector @ other.vector) < DUPLICATE for other in chosen):
            chosen.append(candidate)
    first = listed[0].row
    return sorted(chosen, key=lambda c: (c.row != first, c.row, c.place))


def joined(sentences: Sequence[Sentence]) -> str:
    """The sentences as running text, each followed by the number of its source.

    A Chinese full stop brings its own space, so the number stands close to it.
    """
    return " ".join(
        f"{said.text}{'' if _WIDE_END.search(said.text) else ' '}[{said.citation}]"
        for said in sentences
    )
