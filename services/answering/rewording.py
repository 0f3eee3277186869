"""A better wording of an answer, when a generator is set: only sentences that pass the checks."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter
from typing import Any, TypeVar

from retrieval.answer import Answer
from retrieval.batching import BatchingEncoder, Busy
from retrieval.compose import Sentence, joined
from retrieval.cosines import cosines_of
from retrieval.generator import Generator, GeneratorUnavailable
from retrieval.reword import NEARNESS, Read, answers_still, enough, reword
from services.brands import Books, shelf
from services.lengths import LIMIT, length
from storage import nursery
from storage.database import Database
from storage.repositories import questions

log = logging.getLogger(__name__)

Thing = TypeVar("Thing")
Show = Callable[[str], Awaitable[None]]


class Rewording:
    """Replaces the extractive answer only by checked sentences; without a generator, by nothing."""

    def __init__(
        self,
        generator: Generator | None,
        encoder: BatchingEncoder,
        database: Database,
        read: Read | None = None,
    ) -> None:
        """`read` is a reader's judgement of wordings, if there is one."""
        self.generator = generator
        self.encoder = encoder
        self.database = database
        self.read = read

    async def reworded(
        self,
        text: str,
        found: Answer,
        show: Show | None = None,
        stopped: asyncio.Event | None = None,
    ) -> Answer | None:
        """The answer in the generator's words; None where the extractive one stands.

        `show` is handed the wording so far, as each sentence passes the checks. Once `stopped` is
        set, the model stops too, and the wording so far is all there is.
        """
        if self.generator is None or found.refused:
            return None
        started = perf_counter()
        kept: list[Sentence] = []
        nearness = cosines_of(self.encoder.model).at(NEARNESS)
        async with self.database.read() as session:
            voice = Voice(await shelf.load(session), text, found.sentences)
        words = reword(text, found.sentences, self.generator, self.encoder.encode, nearness)
        try:
            async with aclosing(words) as sentences:
                async for sentence in until(sentences, stopped or asyncio.Event()):
                    if (fit := voice.fit(sentence)) is None or fit in kept:
                        continue
                    kept.append(fit)
                    if show is not None:
                        await show(joined(kept))
        except GeneratorUnavailable as error:
            log.warning("No wording: %s", error)
            return None
        wording = joined(kept)
        if not enough(found.sentences, kept) or wording == found.text or length(wording) > LIMIT:
            return None
        try:
            if self.read and not await answers_still(text, found.sentences, kept, self.read):
                return None
        except Busy:  # people's questions come first
            return None
        took = round((perf_counter() - started) * 1000, 1)
        timings = found.timings_ms | {"reword": took}
        return replace(
            found, text=wording, sentences=tuple(kept), mode="generative", timings_ms=timings
        )

    async def keep(self, question_id: int, answer: Answer) -> None:
        """The wording is what was shown of that question from now on."""
        async with self.database.write() as session:
            await questions.set_answer(session, question_id, answer.text, answer.mode)

    async def close(self) -> None:
        if self.generator is not None:
            await self.generator.close()


class Voice:
    """Holds what a model says of a brand to the brand's rules and the law's.

    The sources' own words are shown as they are: `chezhi brand check --lessons` tells the content
    team of those.
    """

    def __init__(self, books: Books, question: str, quotes: Sequence[Sentence]) -> None:
        self._books = books
        self._quotes = quotes
        self._brands = books.named("\n".join([question, *(quote.text for quote in quotes)]))

    def fit(self, sentence: Sentence) -> Sentence | None:
        """The sentence, or in place of one that breaks a rule the first quote that it cites."""
        said = sentence.text
        brands = self._brands or self._books.named(said)
        if not any(self._books.check(said, brand, "answer") for brand in brands):
            return sentence
        cited = (quote for quote in self._quotes if quote.citation == sentence.citation)
        return next(cited, None)


async def until(
    things: AsyncGenerator[Thing, None], stopped: asyncio.Event
) -> AsyncIterator[Thing]:
    """What comes, up to its end or the stop, whichever is first."""

    async def next_() -> Thing | None:
        return await anext(things, None)

    stop = nursery.start(stopped.wait())
    coming: asyncio.Task[Thing | None] | None = None
    try:
        while not stopped.is_set():
            coming = nursery.start(next_())
            await asyncio.wait({coming, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done() or (thing := coming.result()) is None:
                return
            yield thing
    finally:
        waiting: list[asyncio.Task[Any]] = [task for task in (stop, coming) if task is not None]
        for task in waiting:
            task.cancel()
        # Whoever closes `things` next finds them at rest.
        await asyncio.gather(*waiting, return_exceptions=True)
