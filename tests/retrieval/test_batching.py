"""Batches under a crowd. The worker is held by an event, never by time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Event, get_ident
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from retrieval import batching as module
from retrieval.batching import BatchingEncoder, Busy, encode_passages, encode_queries
from retrieval.e5_model import E5Model


@pytest.fixture
async def batching(encoder: E5Model) -> AsyncIterator[BatchingEncoder]:
    batching = BatchingEncoder(encoder, batch=4, waiting=6)
    yield batching
    await batching.close()


@pytest.fixture
def held(batching: BatchingEncoder) -> Iterator[Event]:
    """The worker thread does nothing until this is set."""
    free = Event()
    batching._batches._executor.submit(free.wait)
    yield free
    free.set()


@pytest.fixture
def passes(encoder: E5Model) -> Iterator[list[tuple[int, int]]]:
    """(thread, texts) of every pass through the model."""
    seen: list[tuple[int, int]] = []

    def note(_model: object, inputs: tuple[Tensor, ...]) -> None:
        seen.append((get_ident(), len(inputs[0])))

    handle = encoder.register_forward_pre_hook(note)
    yield seen
    handle.remove()


def ask(batching: BatchingEncoder, *queries: str) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(batching.encode(query)) for query in queries]


async def turn() -> None:
    """Every task that can go on does so, a few times over."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_each_caller_gets_their_own_vector(
    batching: BatchingEncoder, passes: list[tuple[int, int]]
) -> None:
    queries = ["胎压多少", "brake fluid", "冬季续航", "a much longer question about warranties"]
    found = await asyncio.gather(*ask(batching, *queries))
    batches = len(passes)
    assert np.abs(np.stack(found) - encode_queries(batching.model, queries)).max() < 1e-4
    assert batches == 1


async def test_a_text_is_encoded_once_however_often_it_is_needed(
    batching: BatchingEncoder, held: Event, passes: list[tuple[int, int]]
) -> None:
    first = ask(batching, "0")
    await turn()
    together = ask(batching, "胎压", "brake", "胎压")
    await turn()
    held.set()
    await asyncio.gather(*first)
    found = await asyncio.gather(*together)
    assert found[0] is found[2]
    assert (await batching.encode("brake") == found[1]).all()
    assert [texts for _, texts in passes] == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        found[0][0] = 1.0


async def test_of_what_was_asked_only_the_last_vectors_are_kept_and_no_text(
    batching: BatchingEncoder, passes: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    for text in ("private", "brake", "private", "胎压", "private", "brake"):
        await batching.encode(text)
    # "brake" was the one that nobody had asked for longest.
    assert len(passes) == 4
    assert all(isinstance(key, bytes) and b"private" not in key for key in batching._kept)
    assert all(vector.base is None for vector in batching._kept.values())


def test_little_is_spent_on_padding(encoder: E5Model) -> None:
    seen: list[tuple[int, int, int]] = []

    def note(_model: object, inputs: tuple[list[list[int]]]) -> None:
        lengths = [len(ids) for ids in inputs[0]]
        seen.append((len(lengths), sum(lengths), len(lengths) * max(lengths)))

    # Chinese has three times as many tokens a character as English.
    texts = [text * n for n in range(1, 25) for text in ("制动液多久换一次？", "How often is it? ")]
    handle = encoder.register_forward_pre_hook(note)
    vectors = encode_passages(encoder, texts)
    handle.remove()
    assert sum(padded for _, _, padded in seen) < 1.15 * sum(tokens for _, tokens, _ in seen)
    assert sum(count for count, _, _ in seen) == len(texts)
    assert all(padded <= module.MOST_TOKENS for _, _, padded in seen)
    alone = np.vstack([encode_passages(encoder, [text]) for text in (texts[0], texts[-1])])
    assert np.abs(vectors[[0, -1]] - alone).max() < 1e-4


async def test_a_crowd_shares_batches_off_the_event_loop(
    batching: BatchingEncoder, held: Event, passes: list[tuple[int, int]]
) -> None:
    first = ask(batching, "0")
    await turn()
    rest = ask(batching, *"12345")
    await turn()
    # The model is held, and yet the loop came here: it waits for nothing.
    assert not any(task.done() for task in (*first, *rest))
    held.set()
    await asyncio.gather(*first, *rest)
    assert [texts for _, texts in passes] == [1, 4, 1]
    assert get_ident() not in {thread for thread, _ in passes}


async def test_who_comes_to_a_full_queue_is_told(batching: BatchingEncoder, held: Event) -> None:
    taken = ask(batching, *"abcd")
    await turn()
    waiting = ask(batching, *"efghij")
    await turn()
    with pytest.raises(Busy, match="6 queries are waiting") as told:
        await batching.encode("one more")
    assert told.value.waiting == 6
    held.set()
    assert len(await asyncio.gather(*taken, *waiting)) == 10
    assert (await batching.encode("one more")).shape == (384,)


async def test_who_is_cancelled_gives_up_their_place(
    batching: BatchingEncoder, held: Event, passes: list[tuple[int, int]]
) -> None:
    taken = ask(batching, *"abcd")
    await turn()
    waiting = ask(batching, *"efghij")
    await turn()
    for task in (taken[0], *waiting[:3]):
        task.cancel()
    await turn()
    late = ask(batching, *"klm")
    await turn()
    held.set()
    done = await asyncio.gather(*taken, *waiting, *late, return_exceptions=True)
    answered = [isinstance(outcome, np.ndarray) for outcome in done]
    assert answered == [False, *[True] * 3, *[False] * 3, *[True] * 6]
    assert sum(texts for _, texts in passes) == 4 + 3 + 3


async def test_a_failing_batch_is_told_and_the_next_one_served(
    batching: BatchingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module, "encode_queries", lambda *_: 1 / 0)
        failing = ask(batching, "tyre", "brake fluid")
        outcomes = await asyncio.gather(*failing, return_exceptions=True)
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    assert (await batching.encode("brake fluid")).shape == (384,)


async def test_closing_lets_those_who_wait_have_their_answer(encoder: E5Model) -> None:
    batching = BatchingEncoder(encoder, batch=2)
    asked = ask(batching, *"abcde")
    await turn()
    await batching.close()
    assert all(task.done() for task in asked) or len(await asyncio.gather(*asked)) == 5
    assert {(await task).shape for task in asked} == {(384,)}
