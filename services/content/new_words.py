"""Words of people's questions that no lesson has, and what the lessons may call it: candidates for
synonyms.yaml.

They come from the questions that `services.content.gaps` looks at, and only those of several
people are told: what one person alone wrote may be a name.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import rjieba

from retrieval.batching import Vectors
from retrieval.followup_words import GENERIC_TERM
from retrieval.gate import bundled_gate
from retrieval.index import Index
from retrieval.words import STOP, folded
from services.content.gaps import DAYS, MOST, WEAK
from services.content.scrub import scrub
from storage.arrays import vector
from storage.database import Database
from storage.models import Question
from storage.repositories import questions

PEOPLE, WORDS = 2, 20
# So many passages near a question are looked through, and so many words of theirs compared.
PASSAGES, COMPARED = 3, 60
_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z]{3,}")


@dataclass(frozen=True, slots=True)
class NewWord:
    """A word, who asked with it, and the lessons' word that comes nearest."""

    word: str
    questions: int
    people: int
    like: str | None


async def find(
    database: Database,
    now: datetime,
    index: Index,
    encode: Callable[[Sequence[str]], Vectors],
    days: int = DAYS,
) -> list[NewWord]:
    """The words that most people asked with, first. `encode` gives vectors, float32 [n, d]."""
    async with database.read() as session:
        asked = await questions.doubtful(
            session, now - timedelta(days=days), WEAK, bundled_gate().within.threshold, MOST
        )
    return await asyncio.to_thread(_found, asked, index, encode)


def _found(
    asked: Sequence[Question], index: Index, encode: Callable[[Sequence[str]], Vectors]
) -> list[NewWord]:
    having: defaultdict[str, list[Question]] = defaultdict(list)
    for question in asked:
        for word in set(words(scrub(question.understood or question.text))):
            having[word].append(question)
    people = {word: len({q.user_id for q in some}) for word, some in having.items()}
    unknown = [w for w in having if people[w] >= PEOPLE and not index.count(w)]
    unknown.sort(key=lambda word: (-people[word], -len(having[word]), word))
    return [
        NewWord(word, len(having[word]), people[word], _like(word, having[word][0], index, encode))
        for word in unknown[:WORDS]
    ]


def words(text: str) -> Iterator[str]:
    """The words of a text that could name a thing."""
    for run in _RUN.findall(folded(text)):
        for word in [run] if run.isascii() else rjieba.cut(run):
            if len(word) > 1 and word not in STOP and not GENERIC_TERM.fullmatch(word):
                yield word


def _like(
    word: str, question: Question, index: Index, encode: Callable[[Sequence[str]], Vectors]
) -> str | None:
    query = vector(question.embedding or b"")
    if query.shape != index.passages.shape[1:]:
        return None  # it is of another encoder
    rows, _ = index.nearest(query, PASSAGES, question.language)
    there = (w for row in rows for w in words(index.chunks[int(row)].embedded))
    listed = list(dict.fromkeys(there))[:COMPARED]
    if not listed:
        return None
    first, *others = encode([word, *listed])
    return listed[int(np.argmax(np.stack(others) @ first))]
