"""The reader seam: a transformer that reads a question and a passage together.

It says whether the passage answers the question, and which words do: what vectors and shared words
can't tell is "about it" from "answers it".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from retrieval.chunks import Chunk

BUNDLED = "bundled"


class ReaderError(Exception):
    """The reader can't be loaded; the message says what the setting takes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a passage says to a question.

    `score`: the log-odds that it answers; `sentence`, `start`, `end`: where it does best, as
    characters of that sentence; `shares`: how far each of its sentences does, adding up to 1.
    """

    score: float
    sentence: int
    start: int
    end: int
    shares: tuple[float, ...]


class Reader(Protocol):
    """Reads pairs; what it costs depends on them alone, not on what else is in the base."""

    name: str

    def read(self, pairs: Sequence[tuple[str, Chunk]]) -> list[Reading]:
        """A reading for each (question, passage), in their order; of many people's at once."""
        ...
