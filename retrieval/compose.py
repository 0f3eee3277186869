"""Sentences of an answer: which are shown, and how they read."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice

from retrieval.chunks import GOES_ON
from retrieval.evidence import Candidate, pairs
from retrieval.index import Index
from retrieval.layout import is_figure, is_item, is_lead, is_title
from retrieval.manners import dangerous
from retrieval.reader import Reading
from retrieval.sections import ROW
from retrieval.sentences import size

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
# Under a title, lines no longer than this (in units of `size`) are a list without marks.
SHORT = 12
# What must be done at once is told with whatever else the passage says.
_URGENT = re.compile(
    r"立即|立刻|马上|停车|熄火|不能再开|不要再开"
    r"|\bat once\b|\bimmediately\b|\bstop (?:the car|safely|driving)\b",
    re.IGNORECASE,
)
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
    question: str = "",
    things: Callable[[str], Set[int]] = lambda _: frozenset(),
) -> list[Pick]:
    """The best sentence and what belongs to it, in reading order. `listed` is best first.

    A sentence that only announces a list brings the list, a title what stands under it, a figure
    alone what it is of; a row of a table, or a short answer without a full stop, stands alone; any
    other brings a few that are nearly as good. `things`: which of several things that are asked for
    a sentence is of; each brings its best sentence.
    """
    best = listed[0]
    first = Pick(best.row, best.place, best.text, best.score)
    if is_figure(best.text) and best.place > 0:
        of = index.chunks[best.row].sentences[best.place - 1]
        return [Pick(best.row, best.place - 1, of, best.score), first]
    if more := _list(index, first) if is_lead(best.text) else _under(index, first):
        return [first, *more]
    if whole := _bare_list(index, first):
        return whole
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
        if (
            candidate.score >= best.score - drop
            and _fits(index, chosen, candidate, question)
            and all(float(candidate.vector @ other.vector) < duplicate for other in chosen)
        ):
            chosen.append(candidate)
    if dangerous(f"{question}\n{best.text}") and not any(_URGENT.search(c.text) for c in chosen):
        here = (c for c in listed if c.row == best.row and _URGENT.search(c.text))
        chosen += [c for c in islice(here, 1) if _fits(index, chosen, c, question)]
    chosen.sort(key=lambda c: (c.row != best.row, c.row, c.place))
    return [Pick(c.row, c.place, c.text, c.score) for c in chosen]


def _fits(index: Index, chosen: Sequence[Candidate], more: Candidate, question: str) -> bool:
    """Whether a sentence may stand beside those that are chosen.

    A row says nothing of what another is about, unless the question names that, too; and words
    without a full stop mean something only under their own heading.
    """
    best = chosen[0]
    if ROW in (_mark(index, best), _mark(index, more)):
        named = pairs(question) & pairs(more.text)
        return not named <= set().union(*(pairs(candidate.text) for candidate in chosen))
    bare = any(is_title(each.text) and not _mark(index, each) for each in (best, more))
    return not bare or _heading(index, best.row) == _heading(index, more.row)


def _mark(index: Index, at: Pick | Candidate) -> str:
    """What stands before a sentence: as `Chunk` has it, or a mark in the text itself."""
    marks = index.chunks[at.row].marks
    return (marks[at.place] if marks else "") or ("•" if is_item(at.text) else "")


def _heading(index: Index, row: int) -> tuple[str, str]:
    """The section of a chunk, by its document and headings."""
    return index.chunks[row].document, index.chunks[row].context


def _list(index: Index, lead: Pick) -> list[Pick]:
    """The entries of the list or the rows of the table that a sentence announces; where none is
    marked, what follows it.
    """
    found: list[Pick] = []
    characters = entries = 0
    kind = None
    for pick in _after(index, lead):
        mark = _mark(index, pick)
        # Entries of one list have different numbers.
        this = mark if mark in ("", ROW) else "•"
        kind = this if kind is None else kind
        entries += mark != GOES_ON
        characters += len(pick.text)
        most = ITEMS if kind else SENTENCES - 1
        if this != kind or entries > most or (found and characters > LIST_CHARACTERS):
            break
        found.append(pick)
    return found


def _bare_list(index: Index, entry: Pick) -> list[Pick]:
    """The list that is all there is of a section, where its entries are no sentences."""
    section, start = _heading(index, entry.row), entry.row
    while start > 0 and _heading(index, start - 1) == section:
        start -= 1
    first = Pick(start, 0, index.chunks[start].sentences[0], entry.score)
    found = [first, *_after(index, first)]
    if len(found) > ITEMS or not all(is_title(p.text) and _marked(index, p) for p in found):
        return []
    return found


def _marked(index: Index, pick: Pick) -> bool:
    """Whether it is an entry of a list that is marked beside its text."""
    marks = index.chunks[pick.row].marks
    return bool(marks) and marks[pick.place] not in ("", ROW)


def _under(index: Index, title: Pick) -> list[Pick]:
    """What stands under a title: a sentence, or a list of short lines; nothing for no title."""
    if not is_title(title.text) or _mark(index, title):
        return []
    found: list[Pick] = []
    for pick in _after(index, title):
        short = is_title(pick.text) and size(pick.text) <= SHORT
        if found and (not short or len(found) == ITEMS):
            break
        found.append(pick)
        if not short:
            break
    return found


def _after(index: Index, pick: Pick) -> Iterator[Pick]:
    """The sentences that follow in the same section; a document's chunks stand in a row."""
    section = _heading(index, pick.row)
    place = pick.place + 1
    for row in range(pick.row, len(index.chunks)):
        chunk = index.chunks[row]
        if _heading(index, row) != section:
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
