"""A better wording for sentences that are cited already, kept only where the sources bear it."""

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

from retrieval.batching import Busy, Vector
from retrieval.chunks import Chunk
from retrieval.compose import Sentence
from retrieval.generator import Generator, GeneratorUnavailable
from retrieval.reader import Reading
from retrieval.sentence_stream import Cited, SentenceStream
from retrieval.sentences import language, size
from retrieval.support import kept_share, supports

Encode = Callable[[str], Awaitable[Vector]]
Read = Callable[[list[tuple[str, Chunk]]], Awaitable[Sequence[Reading]]]

# Copies that only leave words out have cosines above .93 with their source (E5, bench/rewording).
NEARNESS = 0.9
# Sentences in a row that no quote bears: the model has left the sources.
MISSES = 3
# A sentence this long, in units of `size`, has lost its way.
LONGEST = 240
# A wording that keeps less of the quotes leaves out too much to replace them.
ENOUGH = 0.4
# So much log-odds a wording may lose against its quotes.
LOST = 1.5
_LOOP = re.compile(r"(.{2,40}?)\1{3,}\s*$", re.DOTALL)

_PROMPTS = {
    "zh": (
        "只根据下面的资料回答问题，用资料里的原词，不加任何内容，每句后面标出资料编号。\n\n"
        "{quotes}\n\n问题：{question}\n回答："
    ),
    "en": (
        "Answer the question from the sources below only. Use their own words, add nothing, and "
        "put the source's number after each sentence.\n\n"
        "{quotes}\n\nQuestion: {question}\nAnswer:"
    ),
}


def prompt(question: str, quotes: Sequence[Sentence]) -> str:
    """What the model is asked, in the question's language."""
    numbered = "\n".join(f"[{quote.citation}] {quote.text}" for quote in quotes)
    return _PROMPTS[language(question)].format(quotes=numbered, question=question)


async def reword(
    question: str,
    quotes: Sequence[Sentence],
    generator: Generator,
    encode: Encode | None = None,
    nearness: float = NEARNESS,
) -> AsyncGenerator[Sentence, None]:
    """The model's sentences as they come, those only that the quote they cite bears.

    A sentence that cites nothing gets the quote that bears it. `encode` gives L2-normalised
    vectors [d]; with it, sentence and quote must have a cosine of `nearness` too. Ends early when
    the model repeats itself or leaves the sources. Raises GeneratorUnavailable. Whether all of it
    says enough is for `enough` to tell.
    """
    stream = SentenceStream()
    checks = _Checks(quotes, encode, nearness)
    budget = 40 + 3 * sum(size(quote.text) for quote in quotes)
    try:
        async with aclosing(generator.stream(prompt(question, quotes), min(budget, 600))) as pieces:
            async for piece in pieces:
                for cited in stream.feed(piece):
                    if sentence := await checks.check(cited):
                        yield sentence
                if checks.over or _lost(stream.pending):
                    return
        for cited in stream.end():
            if sentence := await checks.check(cited):
                yield sentence
    except Busy as busy:
        raise GeneratorUnavailable(str(busy)) from busy


def enough(quotes: Sequence[Sentence], wording: Sequence[Sentence]) -> bool:
    """Whether a wording keeps enough of the quotes to stand in their place."""
    whole = "\n".join(quote.text for quote in quotes)
    return bool(wording) and kept_share(whole, "\n".join(s.text for s in wording)) >= ENOUGH


async def answers_still(
    question: str, quotes: Sequence[Sentence], wording: Sequence[Sentence], read: Read
) -> bool:
    """Whether a wording answers the question as well as its quotes do, as a reader has it.

    The rules hold that nothing is added; this, that what was asked for isn't what was left out.
    """
    pairs = [(question, _passage(question, sentences)) for sentences in (quotes, wording)]
    readings = await read(pairs)
    if not readings:
        return True
    quoted, worded = readings
    return worded.score >= quoted.score - LOST


def _passage(question: str, sentences: Sequence[Sentence]) -> Chunk:
    texts = tuple(sentence.text for sentence in sentences)
    return Chunk(
        id="",
        document="",
        title="",
        course=None,
        course_title=None,
        language=language("".join(texts)) if texts else language(question),
        locator="",
        context="",
        sentences=texts,
    )


class _Checks:
    """Sentence by sentence; `over` when no more should be read."""

    def __init__(self, quotes: Sequence[Sentence], encode: Encode | None, nearness: float) -> None:
        self.over = False
        self._quotes = quotes
        self._encode = encode
        self._least = nearness
        self._seen: set[str] = set()
        self._misses = 0
        self._vectors: dict[str, Vector] = {}

    async def check(self, cited: Cited) -> Sentence | None:
        key = re.sub(r"\W", "", cited.text)
        if self.over or key in self._seen:
            self.over = True
            return None
        self._seen.add(key)
        number = await self._bearing(cited)
        if number is None:
            self._misses += 1
            self.over = self._misses >= MISSES
            return None
        self._misses = 0
        return Sentence(cited.text, number)

    async def _bearing(self, cited: Cited) -> int | None:
        """The number of the quote that bears the sentence, among those that it cites if any."""
        known = {quote.citation for quote in self._quotes}
        wanted = known.intersection(cited.citations) or known
        best: tuple[float, int] | None = None
        for quote in self._quotes:
            if quote.citation in wanted and supports(quote.text, cited.text):
                nearness = await self._nearness(quote.text, cited.text)
                if nearness >= self._least and (best is None or nearness > best[0]):
                    best = nearness, quote.citation
        return best[1] if best else None

    async def _nearness(self, quote: str, sentence: str) -> float:
        if self._encode is None:
            return 1.0
        for text in (quote, sentence):
            if text not in self._vectors:
                self._vectors[text] = await self._encode(text)
        return float(self._vectors[quote] @ self._vectors[sentence])


def _lost(pending: str) -> bool:
    return size(pending) > LONGEST or _LOOP.search(pending[-400:]) is not None
