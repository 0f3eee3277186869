"""What an answer is: sentences with their sources, or a refusal with what came nearest."""

from dataclasses import dataclass, field

from retrieval.batching import Vector
from retrieval.compose import Sentence
from retrieval.index import Hit
from retrieval.intents import QUESTION, Intent
from retrieval.manners import Declined


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the answer: `quote` is the sentence that is shown, `text` its whole chunk."""

    document: str
    chunk: str
    title: str
    course: str | None
    course_title: str | None
    locator: str
    quote: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """`embedding` is the query vector, float32 [d], by the model `encoder`; `confidence` the gate's
    probability, `needed` the one from which on it opens; `reader_score` the reader's log-odds for
    the best passage.

    `dangerous` tells that it is of parts whose faults could kill; `declined` why a refused question
    is none for these sources at all. `crosses`: the sources are in another language than the
    question. `missing`: of several questions in one message, those without an answer. `intent`:
    what the message was for; one that asks nothing is refused without any nearest passages.
    `offered`: of a refusal, the passage that may have the answer after all.
    """

    text: str
    refused: bool
    language: str
    mode: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Hit, ...]
    confidence: float
    index_version: str
    embedding: Vector
    dangerous: bool = False
    declined: Declined | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    needed: float = 0.0
    reader_score: float | None = None
    crosses: bool = False
    missing: tuple[str, ...] = ()
    intent: Intent = QUESTION
    offered: Citation | None = None
    encoder: str = "bundled"
