"""Model work of many users done together, off the event loop.

One worker thread takes whatever has gathered while it was busy, so a lone question waits for
nothing and a crowd shares batches. The queue is bounded: who comes when it is full is told.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from retrieval.encoder import Encoder
from retrieval.words import simplified
from storage import nursery

Vector: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]
Vectors: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

Task = TypeVar("Task")
Result = TypeVar("Result")

MAX_BATCH = 32
MAX_WAITING = 512
# What goes through the model at once when nobody waits: so many texts and tokens at most, padding
# included. Texts may be so much longer than the shortest beside them, unless there are too few
# tokens to fill a product.
MOST_TEXTS, MOST_TOKENS, LEAST_TOKENS, LONGER = 64, 2048, 512, 1.2
# So many queries' vectors are kept, 1.5 kB each: a text is encoded once for its answer, for what it
# is for, and for the list beside it.
KEPT = 2000


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
        self, model: Encoder, *, batch: int = MAX_BATCH, waiting: int = MAX_WAITING
    ) -> None:
        self.model = model
        self._batches: Batches[str, Vector] = Batches(
            self._encode, "encoder", batch=batch, waiting=waiting
        )
        # What people ask is theirs, so only its hash stays here.
        self._kept: OrderedDict[bytes, Vector] = OrderedDict()
        # The other half of the cores is for what is done with the vectors: when a crowd asks, a
        # product that takes all of them waits for its slowest thread at every layer.
        self._pools = ThreadpoolController().select(user_api="openmp")
        self._threads = max([1, *(pool.num_threads // 2 for pool in self._pools.lib_controllers)])

    async def encode(self, query: str) -> Vector:
        """One query's vector, not to be written to. Raises Busy."""
        key = sha256(query.encode("utf-8", "replace")).digest()
        if (known := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return known
        vector = self._kept[key] = await self._batches.do(query)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return vector

    def _encode(self, queries: list[str]) -> list[Vector]:
        different = list(dict.fromkeys(queries))
        with self._pools.limit(limits=self._threads):
            found = dict(zip(different, encode_queries(self.model, different), strict=True))
        # Each apart, so that one that is kept doesn't keep its whole batch.
        vectors = {text: vector.copy() for text, vector in found.items()}
        for vector in vectors.values():
            vector.flags.writeable = False
        return [vectors[text] for text in queries]

    async def close(self) -> None:
        await self._batches.close()


def encode_queries(model: Encoder, queries: list[str]) -> Vectors:
    """L2-normalised float32 [n, d], with the model's own prompt for queries, if it has one."""
    return _encode(model, queries, prompt(model, QUERY), "query")


def encode_passages(model: Encoder, passages: list[str]) -> Vectors:
    """L2-normalised float32 [n, d], with the model's own prompt for passages, if it has one."""
    return _encode(model, passages, prompt(model, PASSAGE), "document")


# What models call their prompts, by what is encoded.
QUERY = ("query",)
PASSAGE = ("document", "passage", "corpus")


def prompt(model: Encoder, names: Sequence[str]) -> str:
    """The model's prompt of the first of these names, or its default one; else empty.

    A default that is the prompt for the other kind of text is none.
    """
    default = model.default_prompt_name
    left = [default] if default not in (None, *QUERY, *PASSAGE) else []
    return next((found for name in (*names, *left) if (found := model.prompts.get(name))), "")


def like_lengths(model: Encoder, texts: Sequence[str]) -> list[list[int]]:
    """The places of all texts in batches of like lengths, the shortest first.

    A batch is padded to its longest text. Sorted by characters alone, Chinese and English share
    batches, the last sentence and the first passage, too, and up to half of the work is padding.
    """
    lengths = _lengths(model, texts)
    found: list[list[int]] = []
    for place in sorted(range(len(texts)), key=lengths.__getitem__):
        batch, length = found[-1] if found else [], lengths[place]
        room = len(batch) < MOST_TEXTS and (len(batch) + 1) * length <= MOST_TOKENS
        alike = batch and (
            length <= LONGER * lengths[batch[0]] or len(batch) * lengths[batch[-1]] < LEAST_TOKENS
        )
        if room and alike:
            batch.append(place)
        else:
            found.append([place])
    return found


def _lengths(model: Encoder, texts: Sequence[str]) -> list[int]:
    """How many tokens each text has; characters, where the model doesn't tell."""
    if (counts := getattr(model, "token_counts", None)) is not None:
        told: list[int] = counts(texts)
        return told
    tokenizer = getattr(model, "tokenizer", None)
    if not callable(tokenizer) or not texts:
        return [len(text) for text in texts]
    return [len(ids) for ids in tokenizer(list(texts), truncation=True)["input_ids"]]


def _encode(model: Encoder, texts: list[str], with_prompt: str, task: str) -> Vectors:
    # The encoder has seen far more Simplified.
    texts = [simplified(text) for text in texts]
    batches = like_lengths(model, texts)
    if not batches:
        return np.zeros((0, model.get_embedding_dimension() or 0), dtype=np.float32)
    vectors = [
        model.encode(
            [texts[place] for place in batch],
            prompt=with_prompt,
            # By which a Router chooses the way.
            task=task,
            batch_size=MOST_TEXTS,
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        for batch in batches
    ]
    # Some models compute in half precision.
    sorted_ = np.concatenate(vectors).astype(np.float32, copy=False)
    found: Vectors = np.empty_like(sorted_)
    found[[place for batch in batches for place in batch]] = sorted_
    return found
