"""Answers many people at once: questions are encoded and passages read in batches, off the loop."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from time import perf_counter
from typing import ParamSpec, TypeVar

from retrieval.answer import Answer, Answerer, Pairs, Steps
from retrieval.batching import Batches, BatchingEncoder
from retrieval.index import Hit, Index, Version
from retrieval.knowledge import KnowledgeBase
from retrieval.reader import Reading
from retrieval.search import listed
from retrieval.several import merged, parts

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
    ) -> None:
        self.knowledge = knowledge
        self.encoder = encoder
        self.answerer = answerer or Answerer()
        self.reader = self.answerer.reader
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="answers")
        self._kept: OrderedDict[bytes, Answer] = OrderedDict()
        self._kept_of: Version | None = None
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

    async def _one(self, index: Index, question: str) -> Answer:
        """The answer to one question, which is the same each time it is asked of one index."""
        if self._kept_of is not index.version:
            self._kept_of = index.version
            self._kept.clear()
        # What people ask is theirs, so only its hash stays here.
        key = sha256(question.strip().encode("utf-8", "replace")).digest()
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return replace(known, timings_ms=dict.fromkeys(known.timings_ms, 0.0))
        answer = await self._worked_out(index, question)
        if self._kept_of is index.version:
            self._kept[key] = answer
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return answer

    async def _worked_out(self, index: Index, question: str) -> Answer:
        started = perf_counter()
        query = await self.encoder.encode(question)
        timings = {"encode": _since(started), "read": 0.0}
        steps = self.answerer.steps(index, question, query)
        readings: Sequence[Reading] | None = None
        while True:
            told = await self._run(_next, steps, readings)
            if isinstance(told, Answer):
                break
            began = perf_counter()
            readings = await self.read(told)
            timings["read"] += _since(began)
        timings["compose"] = round(_since(started) - sum(timings.values()), 1)
        return replace(told, timings_ms=timings)

    async def read(self, pairs: Pairs) -> Sequence[Reading]:
        """Readings of (question, passage), together with other people's; none without a reader."""
        return await self._reads.do(pairs) if self.reader else ()

    async def search(self, query: str, k: int) -> list[Hit]:
        """The k best chunks for a text. Raises as `answer` does."""
        index = await self._index()
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
