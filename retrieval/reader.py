"""The reader seam: a transformer that reads a question and a passage together.

It says whether the passage answers the question, and which words do: what vectors and shared words
can't tell is "about it" from "answers it".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from retrieval.chunks import Chunk

if TYPE_CHECKING:  # it takes seconds to load, and few commands encode
    from retrieval.encoder import Encoder

BUNDLED, NONE = "bundled", "none"


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


def reader_name(setting: str) -> str | None:
    """What a calibration calls the reader of a setting: None for no reader."""
    return None if setting == NONE else setting


def load_reader(name: str, encoder: Encoder | None = None) -> Reader | None:
    """Loads `bundled`, an extractive-QA model by id or folder, or nothing for `none`.

    `encoder` is what is loaded already: the bundled reader shares the layers of the bundled one.

    Raises ReaderError when the model isn't there, or can't point at an answer.
    """
    if name == NONE:
        return None
    if name == BUNDLED:
        from retrieval import bundled_e5
        from retrieval.bundled_reader import BundledReader
        from retrieval.e5_model import E5Model

        shared = encoder if isinstance(encoder, E5Model) else bundled_e5.load()
        return BundledReader.load(shared)
    from retrieval.qa_reader import QaReader

    return QaReader.load(name)
