"""Questions to answers made of the sources' own sentences, each with its citation."""

from collections.abc import Generator, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeAlias

import numpy as np

from retrieval.answer import Answer, Citation
from retrieval.batching import Vector
from retrieval.chunks import Chunk
from retrieval.compose import Pick, Sentence, choose, joined, pointed
from retrieval.evidence import Candidate, Evidence, candidates, evidence, shares
from retrieval.fits import Wanted, is_told
from retrieval.gate import Gate, bundled_gate
from retrieval.index import Hit, Index
from retrieval.intents import Intent
from retrieval.manners import dangerous, declined
from retrieval.reader import Reader, Reading
from retrieval.reranker import Reranker
from retrieval.search import Found, search
from retrieval.sections import ROW
from retrieval.sentences import language, size
from retrieval.synonyms import SynonymFile
from retrieval.words import folded, simplified

CANDIDATES = 10
# Among so many, passages are looked for that fit what the question names.
FITTING = 50
NEAREST = 3
# So many passages are read, best first.
READ = 5
# Cosines within a language are higher than across, so each language's best passage is measured by
# its lead over what is usual there; usual values are held to differ by no more than this, since
# few passages say little of what is usual. The question's own language has the better of it, the
# more the more passages it has: a far question is as near to one language's as to the other's.
LANGUAGE_SHIFT = 0.08
SAME_LANGUAGE, HALF = 0.05, 50
# From these shares of what an answer needs on, a refusal offers the passage that came nearest.
MAY_ANSWER, MAY_ANSWER_DANGER = 0.35, 0.1
STOPS = tuple("。！？…；：，、”」）.!?;:,)")
# Headings shorter than this (in units of `size`) stand in many questions.
HEADING = 3

Pairs: TypeAlias = list[tuple[str, Chunk]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Passages of one language, best first, the sentences to choose from, and their case before
    anything was read.
    """

    found: Sequence[Found]
    listed: Sequence[Candidate]
    case: Evidence
    wanted: Wanted

    @property
    def rows(self) -> list[int]:
        """The passages to read."""
        return [each.row for each in self.found[:READ]]

    def spoken(self, index: Index) -> str:
        """Their language."""
        return index.chunks[self.found[0].row].language


Steps: TypeAlias = Generator[Pairs, Sequence[Reading], Answer]
"""The way to an answer: yields what is to be read, is sent the readings, returns the answer."""


class Answerer:
    """Composes answers from one index and a query vector; only the reader's model runs here."""

    def __init__(
        self,
        gate: Gate | None = None,
        reranker: Reranker | None = None,
        reader: Reader | None = None,
        synonyms: SynonymFile | None = None,
    ) -> None:
        self.synonyms = synonyms or SynonymFile()
        self.gate = gate or bundled_gate(read=reader is not None)
        self.reranker = reranker
        self.reader = reader
        self._calibrated = gate is None

    def reads(self, index: Index, question: str) -> str:
        """A question in the words of the index: what is to be encoded and answered."""
        return self.synonyms.synonyms().read(index, question)

    def answer(
        self, index: Index, question: str, query: Vector, within: Set[str] | None = None
    ) -> Answer:
        """The answer to a question, as it `reads`, whose query vector is float32 [d].

        `within` holds the ids of the only documents to answer from.
        """
        steps = self.steps(index, question, query, within)
        readings: Sequence[Reading] | None = None
        while True:
            try:
                pairs = next(steps) if readings is None else steps.send(readings)
            except StopIteration as end:
                answer: Answer = end.value
                return answer
            readings = self.reader.read(pairs) if self.reader else ()

    def steps(
        self, index: Index, question: str, query: Vector, within: Set[str] | None = None
    ) -> Steps:
        """As `answer`, but for the caller to have the passages read; without a reader, `()`."""
        question = simplified(question)
        best: Evidence | None = None
        likely: tuple[Seen, Sequence[Reading]] | None = None
        nearest = self._nearest(index, question, query, within)
        for seen in self._seen_in(index, question, query, nearest):
            # Cosines alone don't tell an answer in another language, so it is read or passed over.
            if self.reader is None and best is not None:
                continue
            readings = (yield [(question, index.chunks[row]) for row in seen.rows]) or ()
            case = weighed(seen, readings)
            if self.opens(index, case):
                return self._answered(index, question, query, seen, readings, case)
            if best is None or self._margin(index, case) > self._margin(index, best):
                best, likely = case, (seen, readings)
        answer = replace(self._bare(index, question, query, best), dangerous=dangerous(question))
        if best and likely and self._may_answer(index, question, best, likely[0]):
            answer = replace(answer, offered=self._offer(index, question, *likely))
        likeliest = self._ordered(index, nearest, query, language(question))[:1]
        near = nearest.get(language(question)) or [
            hit for name in likeliest for hit in nearest[name]
        ]
        return replace(
            answer, nearest=_distinct(index, near[:CANDIDATES]), declined=declined(question)
        )

    def case(
        self, index: Index, question: str, query: Vector, spoken: str, without: Set[str]
    ) -> Evidence | None:
        """The case for an answer from the documents in one language, but for those `without`."""
        wide = FITTING + sum(index.chunks_of[document] for document in without)
        hits = search(index, question, query, wide, spoken, self.reranker)
        found = [hit for hit in hits if index.chunks[hit.row].document not in without]
        seen = _seen(index, question, query, found)
        if seen is None:
            return None
        pairs = [(question, index.chunks[row]) for row in seen.rows]
        return weighed(seen, self.reader.read(pairs) if self.reader else ())

    def opens(self, index: Index, case: Evidence) -> bool:
        """Whether passages of this case are taken for an answer."""
        return self._margin(index, case) >= 0

    def needed(self, index: Index, case: Evidence) -> float:
        """The least probability that is taken for an answer: the index's own, if it has one."""
        name = self.reader.name if self.reader else None
        own = index.calibration
        if self._calibrated and own is not None and own.reader == name:
            found = own.across if case.crosses else own.within
            if found is not None:
                return found.threshold
        return self.gate.threshold(case)

    def _margin(self, index: Index, case: Evidence) -> float:
        return self.gate.probability(case) - self.needed(index, case)

    def look(
        self, index: Index, question: str, query: Vector, within: Set[str] | None = None
    ) -> Iterator[Seen]:
        """What there is to say to a question, and how much speaks for it: the likelier language
        first, each only looked at when it is asked for.
        """
        return self._seen_in(index, question, query, self._nearest(index, question, query, within))

    def _seen_in(
        self,
        index: Index,
        question: str,
        query: Vector,
        nearest: dict[str, list[Found]],
    ) -> Iterator[Seen]:
        for spoken in self._ordered(index, nearest, query, language(question)):
            seen = _seen(index, question, query, nearest[spoken])
            if seen is not None:
                yield seen

    def _nearest(
        self, index: Index, question: str, query: Vector, within: Set[str] | None
    ) -> dict[str, list[Found]]:
        """The best chunks in each language that has any, best first."""
        wide = FITTING if within is None else len(index.chunks)
        found = {
            language: search(index, question, query, wide, language, self.reranker)
            for language in index.rows_of
        }
        if within is not None:
            found = {
                language: [hit for hit in hits if index.chunks[hit.row].document in within]
                for language, hits in found.items()
            }
        return {language: hits for language, hits in found.items() if hits}

    @staticmethod
    def _ordered(
        index: Index, nearest: dict[str, list[Found]], query: Vector, asked_in: str
    ) -> list[str]:
        """The languages, the question's own first, unless another's best stands out more."""
        if not nearest:
            return []
        usual = {language: float(centre @ query) for language, centre in index.centres.items()}
        here = usual.get(asked_in, max(usual.values()))
        own, unit = len(index.rows_of.get(asked_in, ())), index.scale.unit

        def lead(language: str) -> float:
            shift = float(np.clip((here - usual[language]) / unit, -LANGUAGE_SHIFT, LANGUAGE_SHIFT))
            bonus = SAME_LANGUAGE * own / (own + HALF) if language == asked_in else 0.0
            return max(each.cosine for each in nearest[language]) + (shift + bonus) * unit

        return sorted(nearest, key=lead, reverse=True)

    def _answered(
        self,
        index: Index,
        question: str,
        query: Vector,
        seen: Seen,
        readings: Sequence[Reading],
        case: Evidence,
    ) -> Answer:
        sentences, citations = self._chosen(index, question, seen, readings)
        return replace(
            self._bare(index, question, query, case),
            text=joined(sentences),
            refused=False,
            sentences=sentences,
            citations=citations,
            dangerous=dangerous("\n".join((question, *(said.text for said in sentences)))),
        )

    def _chosen(
        self, index: Index, question: str, seen: Seen, readings: Sequence[Reading]
    ) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
        """The sentences to show, and their sources in the order of their numbers."""
        read = dict(zip(seen.rows, readings, strict=False))
        chosen = self._picked(index, question, seen, read)
        numbers: dict[int, int] = {}
        for candidate in chosen:
            numbers.setdefault(candidate.row, len(numbers) + 1)
        sentences = tuple(
            Sentence(pick.text, numbers[pick.row], pick.bold(read.get(pick.row))) for pick in chosen
        )
        return sentences, tuple(self._citation(index, row, chosen) for row in numbers)

    @staticmethod
    def _picked(index: Index, question: str, seen: Seen, read: Mapping[int, Reading]) -> list[Pick]:
        listed = pointed(seen.listed, read, index.scale.unit)
        return choose(index, listed, question, seen.wanted.things)

    def _offer(
        self, index: Index, question: str, seen: Seen, readings: Sequence[Reading]
    ) -> Citation:
        """The likeliest passage, but for what it asks of its readers and a table's other rows."""
        read = dict(zip(seen.rows, readings, strict=False))
        picks = self._picked(index, question, seen, read)
        row = picks[0].row
        chunk, shown = index.chunks[row], {pick.place for pick in picks if pick.row == row}
        told = is_told(chunk.context, chunk.sentences)
        marks = chunk.marks or ("",) * len(told)
        quote = ""
        for place, said in enumerate(chunk.sentences):
            if told[place] and (marks[place] != ROW or place in shown):
                # A list's entries have no stop between them.
                gap = "；" if quote and not quote.endswith(STOPS) else ""
                quote += (gap if chunk.language == "zh" else " " if quote else "") + said
        return replace(self._citation(index, row, picks), quote=quote)

    def _may_answer(self, index: Index, question: str, case: Evidence, seen: Seen) -> bool:
        """Whether a refused question's nearest passage is worth a look: where it has the name or
        the figure that is asked for, or a heading that stands in the question; and where somebody
        may come to harm, rather one too many.
        """
        if seen.wanted.stands_in(index.chunks[seen.found[0].row].embedded):
            return True
        heading = folded(index.chunks[seen.listed[0].row].context.rpartition(" › ")[2])
        if size(heading) >= HEADING and heading in folded(question):
            return True
        share = MAY_ANSWER_DANGER if dangerous(question) else MAY_ANSWER
        return self.gate.probability(case) >= share * self.needed(index, case)

    def none(self, index: Index, question: str, query: Vector, intent: Intent) -> Answer:
        """For a message that asks nothing of the lessons."""
        return replace(self._bare(index, question, query, None), intent=intent)

    def _bare(self, index: Index, question: str, query: Vector, case: Evidence | None) -> Answer:
        """A refusal, with what the gate made of the case."""
        return Answer(
            text="",
            refused=True,
            language=language(question),
            mode="extractive",
            sentences=(),
            citations=(),
            nearest=(),
            confidence=self.gate.probability(case) if case else 0.0,
            needed=self.needed(index, case) if case else 0.0,
            index_version=index.version.id,
            embedding=query,
            encoder=index.version.model,
            reader_score=case.reader if case and self.reader else None,
            crosses=case.crosses if case else False,
        )

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


def _seen(index: Index, question: str, query: Vector, near: Sequence[Found]) -> Seen | None:
    """What the passages nearest in one language say; None where none of them fits the question."""
    wanted = Wanted(question)
    found = list(islice((hit for hit in near if wanted.fits(index, hit.row)), CANDIDATES))
    if not found or wanted.missing(index, (each.row for each in found)):
        return None
    sentences = candidates(index, found, shares(index, found, question), query, wanted)
    if not sentences:
        return None
    case = evidence(index, found, sentences, question, query)
    return Seen(found, sentences, case, wanted)


def weighed(seen: Seen, readings: Sequence[Reading]) -> Evidence:
    """The case after its passages were read."""
    if not readings:
        return seen.case
    return replace(seen.case, reader=max(reading.score for reading in readings))


def _distinct(index: Index, found: Sequence[Found]) -> tuple[Hit, ...]:
    """The nearest chunks of different documents."""
    nearest: dict[str, Hit] = {}
    for each in found:
        hit = index.hit(each.row, each.cosine)
        nearest.setdefault(hit.document, hit)
    return tuple(nearest.values())[:NEAREST]
