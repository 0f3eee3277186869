"""Answers many people at once: questions are encoded and passages read in batches, off the loop."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import ParamSpec, TypeVar

from retrieval.answer import Answer, Answerer, Pairs, Steps
from retrieval.batching import Batches, BatchingEncoder
from retrieval.index import Hit, Index
from retrieval.knowledge import KnowledgeBase
from retrieval.reader import Reading
from retrieval.search import listed
from retrieval.several import merged, parts

P = ParamSpec("P")
T = TypeVar("T")
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
        self._reads: Batches[Pairs, Sequence[Reading]] = Batches(
            self._read, "reader", batch=READ_TOGETHER
        )

    async def answer(self, question: str) -> Answer:
        """Raises KnowledgeBaseMissing, and Busy when too many are waiting.

        Several questions in one text are answered each. Who is cancelled gives up their place.
        """
        started = perf_counter()
        asked = parts(question)
        answers = await asyncio.gather(*(self._one(each) for each in asked))
        answer = merged(asked, answers)
        answer.timings_ms["total"] = _since(started)
        return answer

    async def _one(self, question: str) -> Answer:
        started = perf_counter()
        index = await self._index()
        query = await self.encoder.encode(question)
        timings = {"encode": _since(started), "read": 0.0}
        steps = self.answerer.steps(index, question, query)
        readings: Sequence[Reading] | None = None
        while True:
            told = await self._run(_next, steps, readings)
            if isinstance(told, Answer):
                break
            began = perf_counter()
            readings = await self._reads.do(told) if self.reader else ()
            timings["read"] += _since(began)
        timings["compose"] = round(_since(started) - sum(timings.values()), 1)
        told.timings_ms.update(timings)
        return told

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
