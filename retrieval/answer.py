"""Questions to answers made of the sources' own sentences, each with its citation."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter
from typing import ParamSpec, TypeVar

import numpy as np

from retrieval.batching import BatchingEncoder, Vector
from retrieval.gate import Evidence, Gate, bundled_gate
from retrieval.index import Hit, Index
from retrieval.knowledge import KnowledgeBase
from retrieval.reranker import Reranker
from retrieval.search import listed, search
from retrieval.sentences import language
from retrieval.words import terms

P = ParamSpec("P")
T = TypeVar("T")

CANDIDATES = 10
SENTENCES = 3
NEAREST = 3
# Cosines within a language are higher than across, so each language's best passage is measured by
# its lead over what is usual there; usual values are held to differ by no more than this, since
# few passages say little of what is usual. Equal leads go to the question's language.
LANGUAGE_SHIFT = 0.08
SAME_LANGUAGE = 0.005
# Cosines of E5 lie close together, so a term that matches outweighs a little nearness.
COVER_WEIGHT = 0.06
# A further sentence must come this close to the best one, and say something else.
SENTENCE_DROP = 0.025
DUPLICATE = 0.97


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
class Sentence:
    """One sentence of an answer; `citation` counts from 1."""

    text: str
    citation: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`embedding` is the query vector, float32 [d]; `confidence` the gate's probability."""

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
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: int
    place: int
    text: str
    score: float
    cosine: float
    cover: float
    vector: Vector


class Answerer:
    """Composes answers from one index and a query vector; no model runs here."""

    def __init__(self, gate: Gate | None = None, reranker: Reranker | None = None) -> None:
        self.gate = gate or bundled_gate()
        self.reranker = reranker

    def answer(self, index: Index, question: str, query: Vector) -> Answer:
        asked_in = language(question)
        nearest = self._nearest(index, question, query)
        found = self._in_one_language(index, nearest, query, asked_in)
        wanted = terms(question)
        candidates = self._candidates(index, found, wanted, query)
        evidence = self.evidence(index, found, candidates, wanted, asked_in)
        chosen = self._choose(candidates) if self.gate.opens(evidence) else []
        numbers: dict[int, int] = {}
        for candidate in chosen:
            numbers.setdefault(candidate.row, len(numbers) + 1)
        sentences = tuple(Sentence(c.text, numbers[c.row]) for c in chosen)
        return Answer(
            text=joined(sentences, asked_in),
            refused=not chosen,
            language=asked_in,
            mode="extractive",
            sentences=sentences,
            citations=tuple(self._citation(index, row, chosen) for row in numbers),
            nearest=() if chosen else _distinct(index, nearest.get(asked_in, found)),
            confidence=self.gate.probability(evidence),
            index_version=index.version.id,
            embedding=query,
        )

    def _nearest(
        self, index: Index, question: str, query: Vector
    ) -> dict[str, list[tuple[int, float]]]:
        """(row, cosine) of the best chunks in each language, best first."""
        return {
            language: [
                (found.row, found.cosine)
                for found in search(index, question, query, CANDIDATES, language, self.reranker)
            ]
            for language in index.rows_of
        }

    @staticmethod
    def _in_one_language(
        index: Index, nearest: Mapping[str, list[tuple[int, float]]], query: Vector, asked_in: str
    ) -> list[tuple[int, float]]:
        """The chunks in the question's language, unless another's best stands out more."""
        usual = {language: float(centre @ query) for language, centre in index.centres.items()}
        here = usual.get(asked_in, max(usual.values()))

        def lead(language: str) -> float:
            shift = float(np.clip(here - usual[language], -LANGUAGE_SHIFT, LANGUAGE_SHIFT))
            bonus = SAME_LANGUAGE if language == asked_in else 0.0
            return max(cosine for _, cosine in nearest[language]) + shift + bonus

        return nearest[max(nearest, key=lead)]

    def _candidates(
        self, index: Index, found: Sequence[tuple[int, float]], wanted: Sequence[str], query: Vector
    ) -> list[_Candidate]:
        candidates = []
        for row, chunk_cosine in found[:5]:
            chunk = index.chunks[row]
            vectors = index.sentences_of(row)
            for place, (text, vector) in enumerate(zip(chunk.sentences, vectors, strict=True)):
                cosine = float(vector @ query)
                cover = index.rarity.cover(wanted, terms(text))
                score = 0.5 * cosine + 0.5 * chunk_cosine + COVER_WEIGHT * cover
                candidates.append(_Candidate(row, place, text, score, cosine, cover, vector))
        return sorted(candidates, key=lambda candidate: candidate.score, reverse=True)

    @staticmethod
    def evidence(
        index: Index,
        found: Sequence[tuple[int, float]],
        candidates: Sequence[_Candidate],
        wanted: Sequence[str],
        asked_in: str,
    ) -> Evidence:
        cosines = [cosine for _, cosine in found]
        top = candidates[:3]
        read = [terms(index.chunks[row].embedded) for row, _ in found[:5]]
        covers = [index.rarity.cover(wanted, text) for text in read]
        return Evidence(
            passage=max(cosines),
            sentence=max(candidate.cosine for candidate in candidates),
            passage_cover=max(covers),
            sentence_cover=max(candidate.cover for candidate in top),
            gap=max(cosines) - float(np.mean(cosines)),
            crosses=index.chunks[found[0][0]].language != asked_in,
        )

    @staticmethod
    def _choose(candidates: Sequence[_Candidate]) -> list[_Candidate]:
        """The best sentence and a few that say more, in reading order."""
        chosen = [candidates[0]]
        for candidate in candidates[1:]:
            if len(chosen) == SENTENCES or candidate.score < candidates[0].score - SENTENCE_DROP:
                break
            if all(float(candidate.vector @ other.vector) < DUPLICATE for other in chosen):
                chosen.append(candidate)
        first = candidates[0].row
        return sorted(chosen, key=lambda c: (c.row != first, c.row, c.place))

    @staticmethod
    def _citation(index: Index, row: int, chosen: Sequence[_Candidate]) -> Citation:
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


def joined(sentences: Sequence[Sentence], asked_in: str) -> str:
    """The sentences as running text, each followed by the number of its source."""
    gap = "" if asked_in == "zh" else " "
    return gap.join(f"{sentence.text} [{sentence.citation}]" for sentence in sentences)


def _distinct(index: Index, found: Sequence[tuple[int, float]]) -> tuple[Hit, ...]:
    """The nearest chunks of different documents."""
    nearest: dict[str, Hit] = {}
    for row, cosine in found:
        hit = index.hit(row, cosine)
        nearest.setdefault(hit.document, hit)
    return tuple(nearest.values())[:NEAREST]
