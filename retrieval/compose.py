"""Sentences of an answer: which are shown, and how they read."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice

from retrieval.evidence import Candidate
from retrieval.index import Index
from retrieval.layout import is_figure, is_item, is_lead, is_title
from retrieval.reader import Reading

SENTENCES = 3
# A further sentence must come this close to the best one, or if it goes on from a shown one that
# close, and say something else (E5's cosines).
SENTENCE_DROP, NEXT_DROP = 0.005, 0.025
DUPLICATE = 0.97
# What a passage's reading is worth to its sentences, and its pointing at one of them.
ANSWERS, POINTS = 0.03, 0.05
# From these log-odds on words are bold, unless they are nearly the whole sentence.
SURE, MOST_BOLD = 0.0, 0.7
# A list is shown whole up to here.
ITEMS, LIST_CHARACTERS = 12, 500
_WIDE_END = re.compile(r"[\u2018-\u201d\u3000-\u9fff\uff00-\uffef]$")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer; `citation` counts from 1; `bold`: begin and end of the words in it
    that answer, where a reader has told them.
    """

    text: str
    citation: int
    bold: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """A sentence to show, at `place` in the chunk `row`."""

    row: int
    place: int
    text: str
    score: float

    def bold(self, reading: Reading | None) -> tuple[int, int] | None:
        """The words that answer, if a reading of its passage found them in this sentence."""
        if reading is None or reading.sentence != self.place or reading.score < SURE:
            return None
        if not 0 < reading.end - reading.start <= MOST_BOLD * len(self.text):
            return None
        return reading.start, reading.end


def pointed(
    listed: Sequence[Candidate], read: Mapping[int, Reading], unit: float
) -> list[Candidate]:
    """The candidates, best first, those of passages that were read by what the reader made of them.

    `read`: by row; `unit` as `Cosines` has it.
    """
    found = []
    for candidate in listed:
        reading = read.get(candidate.row)
        more = 0.0
        if reading is not None:
            answers = 1 / (1 + math.exp(-reading.score))
            more = (ANSWERS * answers + POINTS * answers * reading.shares[candidate.place]) * unit
        found.append(replace(candidate, score=candidate.score + more))
    return sorted(found, key=lambda candidate: candidate.score, reverse=True)


def choose(
    index: Index,
    listed: Sequence[Candidate],
    things: Callable[[str], Set[int]] = lambda _: frozenset(),
) -> list[Pick]:
    """The best sentence and what belongs to it, in reading order. `listed` is best first.

    A sentence that only announces a list brings the list, a title the sentence under it, a figure
    alone what it is of; any other brings a few that are nearly as good. `things`: which of several
    things that are asked for a sentence is of; each brings its best sentence.
    """
    best = listed[0]
    first = Pick(best.row, best.place, best.text, best.score)
    if is_figure(best.text) and best.place > 0:
        of = index.chunks[best.row].sentences[best.place - 1]
        return [Pick(best.row, best.place - 1, of, best.score), first]
    if more := _list(index, first) if is_lead(best.text) else _under(index, first):
        return [first, *more]
    chosen = [best]
    duplicate = index.scale.at(DUPLICATE)
    told = set(things(best.text))
    for candidate in listed[1:]:
        if len(chosen) < SENTENCES and (new := things(candidate.text) - told):
            chosen.append(candidate)
            told |= new
    for candidate in listed[1:]:
        if any(candidate is one for one in chosen):
            continue
        if len(chosen) == SENTENCES:
            break
        goes_on = any((c.row, c.place + 1) == (candidate.row, candidate.place) for c in chosen)
        drop = (NEXT_DROP if goes_on else SENTENCE_DROP) * index.scale.unit
        if candidate.score >= best.score - drop and all(
            float(candidate.vector @ other.vector) < duplicate for other in chosen
        ):
            chosen.append(candidate)
    chosen.sort(key=lambda c: (c.row != best.row, c.row, c.place))
    return [Pick(c.row, c.place, c.text, c.score) for c in chosen]


def _list(index: Index, lead: Pick) -> list[Pick]:
    """The entries of the list that a sentence announces; where none is marked, what follows it."""
    found: list[Pick] = []
    characters = 0
    for pick in _after(index, lead):
        marked = is_item(pick.text)
        if found and is_item(found[0].text) != marked:
            break
        characters += len(pick.text)
        if found and (
            len(found) == (ITEMS if marked else SENTENCES - 1) or characters > LIST_CHARACTERS
        ):
            break
        found.append(pick)
    return found


def _under(index: Index, title: Pick) -> list[Pick]:
    """The sentence under a title; nothing for what is no title."""
    return list(islice(_after(index, title), 1)) if is_title(title.text) else []


def _after(index: Index, pick: Pick) -> Iterator[Pick]:
    """The sentences that follow in the same document; a document's chunks stand in a row."""
    document = index.chunks[pick.row].document
    place = pick.place + 1
    for row in range(pick.row, len(index.chunks)):
        chunk = index.chunks[row]
        if chunk.document != document:
            return
        for at in range(place, len(chunk.sentences)):
            yield Pick(row, at, chunk.sentences[at], pick.score)
        place = 0


def joined(sentences: Sequence[Sentence]) -> str:
    """The sentences as running text, each followed by the number of its source.

    A Chinese full stop brings its own space, so the number stands close to it. Entries of a list
    stand on lines of their own.
    """
    text = ""
    for said in sentences:
        before = "\n" if is_item(said.text) else " "
        gap = "" if _WIDE_END.search(said.text) else " "
        text += f"{before if text else ''}{said.text}{gap}[{said.citation}]"
    return text
