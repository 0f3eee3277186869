"""What found passages say to a question: their sentences, weighed, and the case for an answer."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.batching import Vector
from retrieval.index import Index
from retrieval.words import STOP, terms

PASSAGES = 5
# What the gate looks at where question and passages share a language, and where they don't.
WITHIN = ("passage", "sentence", "cover", "around", "pairs", "gap", "joint")
ACROSS = ("passage", "sentence", "gap")
# The cosine of texts that have nothing to do with each other (E5).
FAR = 0.75
# Cosines of E5 lie close together, so a term that matches outweighs a little nearness.
COVER_WEIGHT = 0.06
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+")
_ASKING = re.compile(
    "是什么|什么|怎么|怎样|如何|为什么|多少|多久|哪些|哪个|哪里|应该|可以|需要|[吗呢的]"
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer; none of it depends on how long passages are or how many.

    `passage`, `sentence`: the best cosines of the query with a chunk and with a sentence;
    `cover`: the share of the question's terms, by rarity, in the best passage, `around` in the best
    sentence with its neighbours; `pairs`: the like for pairs of characters;
    `gap`: how far the best chunk's cosine lies above the mean of the found ones;
    `joint`: nearness times `around`, of the sentence that has most of both;
    `crosses`: the passages are in another language than the question, so terms can't match.
    """

    passage: float
    sentence: float
    cover: float
    around: float
    pairs: float
    gap: float
    joint: float
    crosses: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be shown: `place` in its chunk `row`; `vector` is float32 [d].

    `cover` is the share, by rarity, of the question's terms in it, `around` in it with the
    sentences before and after it.
    """

    row: int
    place: int
    text: str
    score: float
    cosine: float
    cover: float
    around: float
    vector: Vector


def candidates(
    index: Index, found: Sequence[tuple[int, float]], wanted: Sequence[str], query: Vector
) -> list[Candidate]:
    """The sentences of the nearest passages, best first."""
    listed: list[Candidate] = []
    for row, passage_cosine in found[:PASSAGES]:
        said = index.chunks[row].sentences
        spoken = [terms(text) for text in said]
        for place, vector in enumerate(index.sentences_of(row)):
            cosine = float(vector @ query)
            cover = index.rarity.cover(wanted, spoken[place])
            near = [term for words in spoken[max(place - 1, 0) : place + 2] for term in words]
            listed.append(
                Candidate(
                    row=row,
                    place=place,
                    text=said[place],
                    score=0.5 * cosine + 0.5 * passage_cosine + COVER_WEIGHT * cover,
                    cosine=cosine,
                    cover=cover,
                    around=index.rarity.cover(wanted, near),
                    vector=vector,
                )
            )
    return sorted(listed, key=lambda candidate: candidate.score, reverse=True)


def evidence(
    index: Index,
    found: Sequence[tuple[int, float]],
    listed: Sequence[Candidate],
    question: str,
    asked_in: str,
) -> Evidence:
    """The case for an answer from the found passages and their listed sentences."""
    wanted = set(terms(question))
    read = [index.chunks[row] for row, _ in found[:PASSAGES]]
    cosines = np.array([cosine for _, cosine in found])
    covers = [index.rarity.cover(wanted, terms(chunk.embedded)) for chunk in read]
    shared = _pair_shares(question, [chunk.embedded for chunk in read])
    return Evidence(
        passage=float(cosines.max()),
        sentence=max(candidate.cosine for candidate in listed),
        cover=max(covers),
        around=max(candidate.around for candidate in listed),
        pairs=max(shared),
        gap=float(cosines.max() - cosines.mean()),
        joint=max((candidate.cosine - FAR) * candidate.around for candidate in listed),
        crosses=index.chunks[found[0][0]].language != asked_in,
    )


def _pair_shares(question: str, passages: Sequence[str]) -> list[float]:
    """For each passage, the share of the question's pairs in it; pairs that all have count less."""
    wanted = pairs(question)
    held = [pairs(passage) for passage in passages]
    weight = {pair: 1 / (1 + sum(pair in there for there in held)) for pair in wanted}
    total = sum(weight.values())
    return [
        sum(weight[pair] for pair in wanted & there) / total if total else 0.0 for there in held
    ]


def pairs(text: str) -> set[str]:
    """Pairs of Han characters, and runs of four letters of Latin words.

    They match where words are cut or inflected differently. Words that ask hold no pair.
    """
    found: set[str] = set()
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if run[0] >= "\u3400":
            for part in _ASKING.split(run):
                found.update(part[at : at + 2] for at in range(max(len(part) - 1, 1)) if part)
        elif run not in STOP:
            found.update(run[at : at + 4] for at in range(max(len(run) - 3, 1)))
    return found
