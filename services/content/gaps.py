"""What people asked and the knowledge base did not answer well: for the content team.

Only questions whose vector may be kept are looked at: those of people who agree to that today.
Nothing is stored, so what a person deletes is gone from here with it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from retrieval.clusters import SAME, clusters
from retrieval.cosines import E5, Cosines
from retrieval.gate import bundled_gate
from services.content.scrub import scrub
from storage.arrays import vector
from storage.database import Database
from storage.models import Question
from storage.repositories import documents, questions

DAYS = 90
# Answers not much surer than this much above the gate's threshold are weak; refusals not this much
# below it were nearly answered.
WEAK, NEARLY = 0.1, 0.1
# The newest that are looked at: clustering needs the square of that in memory.
MOST = 3000
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same, all of them refused, rated down, or weakly answered.

    A question counts once, as the first of these that it is. Of the refused, `nearly` were nearly
    answered: a lesson may come close. `reader_score`: the highest log-odds that the reader gave a
    passage for one of them, None where none was read. `examples` are without personal data.
    `questions` are their ids, newest first.
    """

    count: int
    people: int
    refused: int
    rated_down: int
    weak: int
    nearly: int
    reader_score: float | None
    last_asked: datetime
    examples: tuple[str, ...]
    questions: tuple[int, ...] = ()


async def find(
    database: Database, now: datetime, days: int = DAYS, cosines: Cosines = E5
) -> list[Gap]:
    """The gaps of the last days, those that most people met first. `cosines` is the encoder's.

    A gap that an editor has answered (`document`) is none.
    """
    async with database.read() as session:
        written = {document.id for document in await documents.stored(session)}
        asked = await questions.doubtful(
            session, now - timedelta(days=days), WEAK, bundled_gate().within.threshold, MOST
        )
    found = await asyncio.to_thread(_grouped, asked, cosines.at(SAME))
    return [gap for gap in found if not written & set(map(document_id, gap.questions))]


def document_id(question_id: int) -> str:
    """Of the document that answers a gap, by one of its questions."""
    return f"gap-{question_id}"


def _grouped(asked: Sequence[Question], same: float) -> list[Gap]:
    # Vectors of different encoders can't be compared; the newest question's encoder is in use.
    kept = [q for q in asked if _kind(q) == _kind(asked[0])]
    if not kept:
        return []
    vectors = np.stack([vector(q.embedding or b"") for q in kept])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gaps = [_gap([kept[row] for row in group]) for group in clusters(vectors, same)]
    return sorted(gaps, key=lambda gap: (-gap.people, -gap.count, -gap.last_asked.timestamp()))


def _kind(question: Question) -> tuple[str, int]:
    return question.encoder, len(question.embedding or b"")


def _gap(asked: Sequence[Question]) -> Gap:
    refused = [q for q in asked if q.refused]
    rated_down = [q for q in asked if not q.refused and q.rating == -1]
    words = dict.fromkeys(scrub(q.understood or q.text) for q in asked)
    return Gap(
        count=len(asked),
        people=len({q.user_id for q in asked}),
        refused=len(refused),
        rated_down=len(rated_down),
        weak=len(asked) - len(refused) - len(rated_down),
        nearly=sum(_nearly(q) for q in refused),
        reader_score=max(
            (q.reader_score for q in asked if q.reader_score is not None), default=None
        ),
        last_asked=max(q.asked_at for q in asked),
        examples=tuple(words)[:EXAMPLES],
        questions=tuple(question.id for question in asked),
    )


def _nearly(question: Question) -> bool:
    if question.confidence is None or question.needed is None:
        return False
    return question.confidence >= question.needed - NEARLY
