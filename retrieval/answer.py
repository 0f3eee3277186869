"""Questions to answers made of the sources' own sentences, each with its citation."""

import asyncio
from collections.abc import Callable, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import ParamSpec, TypeVar

import numpy as np

from retrieval.batching import BatchingEncoder, Vector
from retrieval.compose import Pick, Sentence, choose, joined
from retrieval.evidence import Candidate, Evidence, candidates, evidence, shares
from retrieval.gate import Gate, bundled_gate
from retrieval.index import Hit, Index
from retrieval.knowledge import KnowledgeBase
from retrieval.manners import Declined, dangerous, declined
from retrieval.reranker import Reranker
from retrieval.search import listed, search
from retrieval.sentences import language

P = ParamSpec("P")
T = TypeVar("T")

CANDIDATES = 10
NEAREST = 3
# Cosines within a language are higher than across, so each language's best passage is measured by
# its lead over what is usual there; usual values are held to differ by no more than this, since
# few passages say little of what is usual. The question's own language has the better of it, the
# more the more passages it has: a far question is as near to one language's as to the other's.
LANGUAGE_SHIFT = 0.08
SAME_LANGUAGE, HALF = 0.05, 50


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the answer: `quote` is the sentence that is shown, `text` its whole chunk."""

    document: str
    chunk: str
    title: str
    course: str | None
    course_title: str | None
    locator: str
    quote: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`embedding` is the query vector, float32 [d]; `confidence` the gate's probability.

    `dangerous` tells that it is of parts whose faults could kill; `declined` why a refused question
    is none for these sources at all.
    """

    text: str
    refused: bool
    language: str
    mode: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Hit, ...]
    confidence: float
    index_version: str
    embedding: Vector
    dangerous: bool = False
    declined: Declined | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """The nearest passages, as (row, score), the sentences to choose from, and their case."""

    near: Sequence[tuple[int, float]]
    listed: Sequence[Candidate]
    case: Evidence | None


class Answerer:
    """Composes answers from one index and a query vector; no model runs here."""

    def __init__(self, gate: Gate | None = None, reranker: Reranker | None = None) -> None:
        self.gate = gate or bundled_gate()
        self.reranker = reranker

    def answer(
        self, index: Index, question: str, query: Vector, within: Set[str] | None = None
    ) -> Answer:
        """The answer to a question whose query vector is float32 [d].

        `within` holds the ids of the only documents to answer from.
        """
        asked_in = language(question)
        seen = self.look(index, question, query, within)
        chosen = choose(index, seen.listed) if seen.case and self.gate.opens(seen.case) else []
        numbers: dict[int, int] = {}
        for candidate in chosen:
            numbers.setdefault(candidate.row, len(numbers) + 1)
        sentences = tuple(Sentence(c.text, numbers[c.row]) for c in chosen)
        return Answer(
            text=joined(sentences),
            refused=not chosen,
            language=asked_in,
            mode="extractive",
            sentences=sentences,
            citations=tuple(self._citation(index, row, chosen) for row in numbers),
            nearest=() if chosen else _distinct(index, seen.near),
            confidence=self.gate.probability(seen.case) if seen.case else 0.0,
            index_version=index.version.id,
            embedding=query,
            dangerous=bool(chosen) and dangerous("\n".join((question, *(c.text for c in chosen)))),
            declined=None if chosen else declined(question),
        )

    def look(
        self, index: Index, question: str, query: Vector, within: Set[str] | None = None
    ) -> Seen:
        """What there is to say to a question, and how much speaks for it."""
        asked_in = language(question)
        nearest = self._nearest(index, question, query, within)
        if not nearest:
            return Seen([], [], None)
        found = self._in_one_language(index, nearest, query, asked_in)
        share = shares(index, found, question)
        sentences = candidates(index, found, share, query)
        case = evidence(index, found, sentences, question, query)
        return Seen(nearest.get(asked_in, found), sentences, case)

    def _nearest(
        self, index: Index, question: str, query: Vector, within: Set[str] | None
    ) -> dict[str, list[tuple[int, float]]]:
        """(row, cosine) of the best chunks in each language that has any, best first."""
        wide = CANDIDATES if within is None else len(index.chunks)
        found = {
            language: [
                (each.row, each.cosine)
                for each in search(index, question, query, wide, language, self.reranker)
            ]
            for language in index.rows_of
        }
        if within is not None:
            found = {
                language: [hit for hit in hits if index.chunks[hit[0]].document in within]
                for language, hits in found.items()
            }
        return {language: hits[:CANDIDATES] for language, hits in found.items() if hits}

    @staticmethod
    def _in_one_language(
        index: Index, nearest: Mapping[str, list[tuple[int, float]]], query: Vector, asked_in: str
    ) -> list[tuple[int, float]]:
        """The chunks in the question's language, unless another's best stands out more."""
        usual = {language: float(centre @ query) for language, centre in index.centres.items()}
        here = usual.get(asked_in, max(usual.values()))

        own, unit = len(index.rows_of.get(asked_in, ())), index.cosines.unit

        def lead(language: str) -> float:
            shift = float(np.clip((here - usual[language]) / unit, -LANGUAGE_SHIFT, LANGUAGE_SHIFT))
            bonus = SAME_LANGUAGE * own / (own + HALF) if language == asked_in else 0.0
            return max(cosine for _, cosine in nearest[language]) + (shift + bonus) * unit

        return nearest[max(nearest, key=lead)]

    @staticmethod
    def _citation(index: Index, row: int, chosen: Sequence[Pick]) -> Citation:
        chunk = index.chunks[row]
        mine = [candidate for candidate in chosen if candidate.row == row]
        return Citation(
            document=chunk.document,
            chunk=chunk.id,
            title=chunk.title,
            course=chunk.course,
            course_title=chunk.course_title,
            locator=chunk.locator,
            quote=" ".join(candidate.text for candidate in mine),
            text=chunk.text,
            score=max(candidate.score for candidate in mine),
        )


class AnswerService:
    """Answers many people at once: queries are encoded in batches, composed off the event loop."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        encoder: BatchingEncoder,
        reranker: Reranker | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.encoder = encoder
        self._answerer = Answerer(reranker=reranker)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="answers")

    async def answer(self, question: str) -> Answer:
        """Raises KnowledgeBaseMissing, and Busy when too many are waiting."""
        started = perf_counter()
        index = await self._index()
        query = await self.encoder.encode(question)
        encoded = perf_counter()
        answer = await self._run(self._answerer.answer, index, question, query)
        answer.timings_ms.update(
            encode=round((encoded - started) * 1000, 1),
            compose=round((perf_counter() - encoded) * 1000, 1),
            total=round((perf_counter() - started) * 1000, 1),
        )
        return answer

    async def search(self, query: str, k: int) -> list[Hit]:
        """The k best chunks for a text. Raises as `answer` does."""
        index = await self._index()
        vector = await self.encoder.encode(query)
        found = await self._run(listed, index, query, vector, k, self._answerer.reranker)
        return [index.hit(each.row, each.score) for each in found]

    async def _index(self) -> Index:
        # Loading a new version reads files, so it isn't done on the event loop.
        return await self._run(self.knowledge.index)

    async def _run(self, function: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)


def _distinct(index: Index, found: Sequence[tuple[int, float]]) -> tuple[Hit, ...]:
    """The nearest chunks of different documents."""
    nearest: dict[str, Hit] = {}
    for row, cosine in found:
        hit = index.hit(row, cosine)
        nearest.setdefault(hit.document, hit)
    return tuple(nearest.values())[:NEAREST]
