"""Model work of many users done together, off the event loop.

One worker thread takes whatever has gathered while it was busy, so a lone question waits for
nothing and a crowd shares batches. The queue is bounded: who comes when it is full is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import numpy as np

from retrieval.words import simplified
from storage import nursery

if TYPE_CHECKING:  # it takes seconds to load, and few commands encode
    from sentence_transformers import SentenceTransformer

Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]
Vectors: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

Task = TypeVar("Task")
Result = TypeVar("Result")

MAX_BATCH = 32
MAX_WAITING = 512


class Busy(Exception):
    """The queue is full. `waiting` is how many are before the caller."""

    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} queries are waiting")
        self.waiting = waiting


class Batches(Generic[Task, Result]):
    """Work of many callers, done together in one thread: what has gathered while it was busy."""

    def __init__(
        self,
        work: Callable[[list[Task]], Sequence[Result]],
        name: str,
        *,
        batch: int = MAX_BATCH,
        waiting: int = MAX_WAITING,
    ) -> None:
        """`work` gives a result for each of at most `batch` tasks, in their order."""
        self._work = work
        self._batch = batch
        self._waiting = waiting
        self._queue: list[tuple[Task, asyncio.Future[Result]]] = []
        self._executor = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._working: asyncio.Task[None] | None = None

    async def do(self, task: Task) -> Result:
        """One task's result. Raises Busy. A caller who is cancelled gives up their place."""
        if len(self._queue) >= self._waiting:
            raise Busy(len(self._queue))
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._queue.append((task, future))
        if self._working is None or self._working.done():
            self._working = nursery.start(self._run())
        try:
            return await future
        except asyncio.CancelledError:
            self._queue = [entry for entry in self._queue if entry[1] is not future]
            raise

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._queue:
            taken, self._queue = self._queue[: self._batch], self._queue[self._batch :]
            asked = [(task, future) for task, future in taken if not future.done()]
            if not asked:
                continue
            try:
                results = await loop.run_in_executor(
                    self._executor, self._work, [task for task, _ in asked]
                )
            except Exception as error:
                for _, future in asked:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), result in zip(asked, results, strict=True):
                if not future.done():
                    future.set_result(result)

    async def close(self) -> None:
        if self._working is not None:
            await asyncio.gather(self._working, return_exceptions=True)
        self._executor.shutdown(wait=True)


class BatchingEncoder:
    """Encodes queries to L2-normalised float32 vectors [d]."""

    def __init__(
        self, model: SentenceTransformer, *, batch: int = MAX_BATCH, waiting: int = MAX_WAITING
    ) -> None:
        self.model = model
        self._batches: Batches[str, Vector] = Batches(
            self._encode, "encoder", batch=batch, waiting=waiting
        )

    async def encode(self, query: str) -> Vector:
        """One query's vector. Raises Busy."""
        return await self._batches.do(query)

    def _encode(self, queries: list[str]) -> list[Vector]:
        return list(encode_queries(self.model, queries))

    async def close(self) -> None:
        await self._batches.close()


def encode_queries(model: SentenceTransformer, queries: list[str]) -> Vectors:
    """L2-normalised float32 [n, d], with the model's own prompt for queries, if it has one."""
    return _encode(model, queries, prompt(model, QUERY), "query")


def encode_passages(model: SentenceTransformer, passages: list[str]) -> Vectors:
    """L2-normalised float32 [n, d], with the model's own prompt for passages, if it has one."""
    return _encode(model, passages, prompt(model, PASSAGE), "document")


# What models call their prompts, by what is encoded.
QUERY = ("query",)
PASSAGE = ("document", "passage", "corpus")


def prompt(model: SentenceTransformer, names: Sequence[str]) -> str:
    """The model's prompt of the first of these names, or its default one; else empty.

    A default that is the prompt for the other kind of text is none.
    """
    default = model.default_prompt_name
    left = [default] if default not in (None, *QUERY, *PASSAGE) else []
    return next((found for name in (*names, *left) if (found := model.prompts.get(name))), "")


def _encode(model: SentenceTransformer, texts: list[str], with_prompt: str, task: str) -> Vectors:
    vectors = model.encode(
        # The encoder has seen far more Simplified.
        [simplified(text) for text in texts],
        prompt=with_prompt,
        # By which a Router chooses the way.
        task=task,
        batch_size=MAX_BATCH,
        normalize_embeddings=True,
        convert_to_numpy=True,
        show_progress_bar=False,
    )
    # Some models compute in half precision.
    found: Vectors = vectors.astype(np.float32, copy=False)
    return found
