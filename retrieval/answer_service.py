"""Answers many people at once: questions are encoded and passages read in batches, off the loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from time import perf_counter
from typing import ParamSpec, TypeVar

from retrieval.answer import Answer
from retrieval.answerer import Answerer, Pairs, Steps
from retrieval.batching import Batches, BatchingEncoder, Vector
from retrieval.index import Hit, Index, Version
from retrieval.intents import QUESTION, Intent, Intents, Kind
from retrieval.knowledge import KnowledgeBase
from retrieval.manners import Declined
from retrieval.reader import Reading
from retrieval.search import listed
from retrieval.several import merged, parts
from retrieval.synonyms import Synonyms

P = ParamSpec("P")
T = TypeVar("T")
# Many people ask the same in the same words; so many answers are kept.
KEPT = 1000
# So many people's passages are read together.
READ_TOGETHER = 8


class AnswerService:
    """Answers, and lists passages, from whatever index is live."""

    def __init__(
        self,
        knowledge: KnowledgeBase,
        encoder: BatchingEncoder,
        answerer: Answerer | None = None,
        intents: Intents | None = None,
    ) -> None:
        """Without `intents` every message is taken for a question."""
        self.intents = intents
        self.knowledge = knowledge
        self.encoder = encoder
        self.answerer = answerer or Answerer()
        self.reader = self.answerer.reader
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._kept: OrderedDict[bytes, Answer] = OrderedDict()
        self._kept_of: tuple[Version, Synonyms] | None = None
        self._reads: Batches[Pairs, Sequence[Reading]] = Batches(
            self._read, "reader", batch=READ_TOGETHER
        )

    async def answer(self, question: str) -> Answer:
        """Raises KnowledgeBaseMissing, and Busy when too many are waiting.

        Several questions in one text are answered each. Who is cancelled gives up their place.
        """
        started = perf_counter()
        index = await self._index()
        asked = parts(question)
        answers = await asyncio.gather(*(self._one(index, each) for each in asked))
        answer = merged(asked, answers)
        return replace(answer, timings_ms=answer.timings_ms | {"total": _since(started)})

    async def ready(self) -> None:
        """Does beforehand what would keep the first who asks waiting."""
        if self.intents is not None:
            await self._run(self.intents.ready)

    async def intent(self, text: str) -> Intent:
        """What a message is for, before any answer is looked for. Raises Busy."""
        return await self._intent(text, await self.encoder.encode(text))

    async def _intent(self, text: str, vector: Vector) -> Intent:
        if self.intents is None:
            return QUESTION
        return await self._run(self.intents.intent, text, vector)

    async def _one(self, index: Index, question: str) -> Answer:
        """The answer to one question, which is the same each time it is asked of one index."""
        kept_of = index.version, self.answerer.synonyms.synonyms()
        if self._kept_of != kept_of:
            self._kept_of = kept_of
            self._kept.clear()
        # What people ask is theirs, so only its hash stays here.
        key = sha256(question.strip().encode("utf-8", "replace")).digest()
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return replace(known, timings_ms=dict.fromkeys(known.timings_ms, 0.0))
        answer = await self._worked_out(index, question)
        if self._kept_of == kept_of:
            self._kept[key] = answer
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return answer

    async def _worked_out(self, index: Index, question: str) -> Answer:
        started = perf_counter()
        read = await self._run(self.answerer.reads, index, question)
        query = await self.encoder.encode(read)
        timings = {"encode": _since(started), "read": 0.0}
        intent = await self._intent(question, query)
        if intent.kind not in (Kind.QUESTION, Kind.WISH, Kind.DISTRESS):
            answer = self.answerer.none(index, question, query, intent)
            return replace(answer, timings_ms=timings | {"compose": 0.0})
        steps = self.answerer.steps(index, read, query)
        readings: Sequence[Reading] | None = None
        while True:
            told = await self._run(_next, steps, readings)
            if isinstance(told, Answer):
                break
            began = perf_counter()
            readings = await self.read(told)
            timings["read"] += _since(began)
        timings["compose"] = round(_since(started) - sum(timings.values()), 1)
        if intent.kind is Kind.WISH and not told.refused:
            intent = QUESTION  # "What to try on a test drive" is a lesson
        if told.declined is Declined.ABUSIVE:
            intent = Intent(Kind.ABUSE)
        return replace(told, timings_ms=timings, intent=intent)

    async def read(self, pairs: Pairs) -> Sequence[Reading]:
        """Readings of (question, passage), together with other people's; none without a reader."""
        return await self._reads.do(pairs) if self.reader else ()

    async def search(self, query: str, k: int) -> list[Hit]:
        """The k best chunks for a text. Raises as `answer` does."""
        index = await self._index()
        query = await self._run(self.answerer.reads, index, query)
        vector = await self.encoder.encode(query)
        found = await self._run(listed, index, query, vector, k, self.answerer.reranker)
        return [index.hit(each.row, each.score) for each in found]

    async def close(self) -> None:
        await self._reads.close()
        self._executor.shutdown(wait=True)

    def _read(self, tasks: list[Pairs]) -> list[Sequence[Reading]]:
        """Several people's passages in one call of the model."""
        if self.reader is None:
            return [() for _ in tasks]
        readings = iter(self.reader.read([pair for pairs in tasks for pair in pairs]))
        return [[next(readings) for _ in pairs] for pairs in tasks]

    async def _index(self) -> Index:
        # Loading a new version reads files, so it isn't done on the event loop.
        return await self._run(self.knowledge.index)

    async def _run(self, function: Callable[P, T], *args: P.args, **_: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)


def _next(steps: Steps, readings: Sequence[Reading] | None) -> Pairs | Answer:
    """What is to be read next, or the answer."""
    try:
        return next(steps) if readings is None else steps.send(readings)
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def _since(moment: float) -> float:
    return round((perf_counter() - moment) * 1000, 1)
