"""What found passages say to a question: their sentences, weighed, and the case for an answer."""

import re
import sys
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from retrieval.batching import Vector
from retrieval.chunks import Chunk
from retrieval.fits import Wanted, is_told
from retrieval.index import Index
from retrieval.layout import is_title
from retrieval.names import spelled
from retrieval.search import Found
from retrieval.sentences import language
from retrieval.words import STOP, folded, terms

PASSAGES = 5
# What the gate looks at where question and passages share a language, and where they don't.
WITHIN = ("lead", "gap", "ahead", "closest", "joint")
ACROSS = ("lead", "gap")
# And what is looked at where there is a reader.
READ_WITHIN = (*WITHIN, "reader")
READ_ACROSS = ("lead", "gap", "reader")
# Few passages say little of what is usual, so the encoder's usual cosine counts as that of so many
# more: among all chunks, and with what nearer ones have on top among those found.
MORE, MORE_FOUND, NEARER = 10, 3, 0.03
# What a passage among those found is usually ranked by, in standard deviations.
USUAL_SCORE = 3.0
# The cosine of texts that have nothing to do with each other (E5's, as all cosines here).
FAR = 0.75
# Cosines of E5 lie close together, so shared characters outweigh a little nearness.
SHARED_WEIGHT, TITLE_COST = 0.1, 0.05
# What of the question stands in the heading needn't stand in the sentences under it.
HEAD_WEIGHT = 0.05
# And a passage that names the thing that is asked for is of it; one that names none may not be.
NAMED_WEIGHT = 0.05
# So many passages' pairs and terms are kept, about 30 kB each; of questions nothing is.
KEPT = 1000
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+")
_ASKING = re.compile(
    "是什么|什么|怎么|怎样|如何|为什么|多少|多久|哪些|哪个|哪里|应该|可以|需要|[吗呢的]"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer; none of it depends on how long passages are or how many.

    Differences of cosines are in E5's units, whatever the encoder (`retrieval.cosines`).

    `passage`: the best cosine of the query with a chunk;
    `lead`, `gap`: how far that lies above the cosine with the mean of all chunks in the language,
    and above the mean of those found;
    `ahead`: how far the best stands above those found in what search ranked them by;
    `closest`: how far the best sentence's cosine lies above what is usual;
    `cover`: the share of the question's terms, by rarity, in the best passage;
    `joint`: nearness times shared pairs of characters, of the sentence that has most of both, with
    the sentences around it;
    `crosses`: the passages are in another language than the question, so words can't match;
    `reader`: the log-odds that the best of the passages answers, as the reader has it.
    """

    passage: float
    lead: float
    gap: float
    cover: float
    joint: float
    ahead: float = 0.0
    closest: float = 0.0
    crosses: bool = False
    reader: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be shown: `place` in its chunk `row`; `vector` is float32 [d].

    `joint` is its nearness times the share of the question's pairs in it and the sentences before
    and after it.
    """

    row: int
    place: int
    text: str
    cosine: float
    score: float
    joint: float
    vector: Vector


class Compared(NamedTuple):
    """What of a passage is compared with each question: the pairs in it, in its heading and in each
    of its sentences, and its terms.
    """

    pairs: Set[str]
    heading: Set[str]
    sentences: Sequence[Set[str]]
    terms: Set[str]


@lru_cache(KEPT)
def compared(chunk: Chunk) -> Compared:
    """What is in a passage, worked out when a question first comes near it."""
    return Compared(
        pairs=pairs(chunk.embedded),
        heading=pairs(chunk.context.rpartition(" › ")[2]),
        sentences=[pairs(text) for text in chunk.sentences],
        terms=frozenset(terms(chunk.embedded)),
    )


class Shares:
    """What share of a question's pairs a text has; pairs that all passages have weigh little."""

    def __init__(self, question: str, held: Sequence[Set[str]]) -> None:
        """`held`: the pairs of each passage."""
        self._weight = {
            pair: 1 / (1 + sum(pair in there for there in held)) for pair in pairs(question)
        }
        self._total = sum(self._weight.values())

    def __call__(self, there: Set[str]) -> float:
        """0 to 1."""
        shared = sum(self._weight[pair] for pair in self._weight.keys() & there)
        return shared / self._total if self._total else 0.0


def shares(index: Index, found: Sequence[Found], question: str) -> Shares:
    """The shares among the passages that are read."""
    return Shares(question, [compared(index.chunks[each.row]).pairs for each in found[:PASSAGES]])


def candidates(
    index: Index,
    found: Sequence[Found],
    share: Shares,
    query: Vector,
    wanted: Wanted,
) -> list[Candidate]:
    """The sentences of the nearest passages that may answer, best first."""
    listed: list[Candidate] = []
    far, unit = index.scale.at(FAR), index.scale.unit
    for row, _, passage in found[:PASSAGES]:
        chunk = index.chunks[row]
        said, here = chunk.sentences, compared(chunk)
        held = here.sentences
        head = HEAD_WEIGHT * share(here.heading)
        told = is_told(chunk.context, said)
        named = NAMED_WEIGHT if wanted and wanted.names_one(chunk.embedded) else 0.0
        vectors = index.sentences_of(row)
        for place, (vector, cosine) in enumerate(
            zip(vectors, (vectors @ query).tolist(), strict=True)
        ):
            if not told[place] or not wanted.speaks(said[place]):
                continue
            around = share(set().union(*held[max(place - 1, 0) : place + 2]))
            title = TITLE_COST if is_title(said[place]) else 0.0
            listed.append(
                Candidate(
                    row=row,
                    place=place,
                    text=said[place],
                    cosine=cosine,
                    score=(
                        cosine
                        + passage
                        + (SHARED_WEIGHT * share(held[place]) + head + named - title) * unit
                    )
                    / 2,
                    joint=((cosine + passage) / 2 - far) / unit * (0.2 + around),
                    vector=vector,
                )
            )
    return sorted(listed, key=lambda candidate: candidate.score, reverse=True)


def evidence(
    index: Index,
    found: Sequence[Found],
    listed: Sequence[Candidate],
    question: str,
    query: Vector,
) -> Evidence:
    """The case for an answer from the found passages and their listed sentences."""
    wanted = set(terms(question))
    read = [index.chunks[each.row] for each in found[:PASSAGES]]
    spoken = read[0].language
    crosses = spoken != language(question)
    scale = index.scale
    usual = scale.across if crosses else scale.usual[spoken]
    count, centre = len(index.rows_of[spoken]), float(index.centres[spoken] @ query)
    cosines = [each.cosine for each in found]
    scores = [each.score for each in found]
    best = max(cosines)
    common = (count * centre + MORE * usual) / (count + MORE)
    return Evidence(
        passage=best,
        lead=(best - common) / scale.unit,
        gap=(
            best
            - (sum(cosines) + MORE_FOUND * (usual + NEARER * scale.unit))
            / (len(cosines) + MORE_FOUND)
        )
        / scale.unit,
        ahead=max(scores) - (sum(scores) + MORE_FOUND * USUAL_SCORE) / (len(scores) + MORE_FOUND),
        closest=(max(candidate.cosine for candidate in listed) - common) / scale.unit,
        cover=max(index.rarity.cover(wanted, compared(chunk).terms) for chunk in read),
        joint=max(candidate.joint for candidate in listed),
        crosses=crosses,
    )


def pairs(text: str) -> set[str]:
    """Pairs of Han characters, and runs of four letters of Latin words.

    They match where words are cut or inflected differently. Words that ask hold no pair.
    """
    found: set[str] = set()
    for run in _RUN.findall(spelled(folded(text))):
        if run[0] >= "\u3400":
            for part in _ASKING.split(run):
                # Interned: the same few thousand pairs are in all that is kept.
                found.update(
                    sys.intern(part[at : at + 2]) for at in range(max(len(part) - 1, 1)) if part
                )
        elif run not in STOP:
            found.update(sys.intern(run[at : at + 4]) for at in range(max(len(run) - 3, 1)))
    return found
