"""From which probability on this very base takes passages for an answer.

A threshold that was found on one base lets too much through on another. So each index finds its
own: questions that its documents answer are asked again with those documents left out, and no more
than the set share of them may then be answered. Leaving the gold passage out is the honest test:
what is left is on the subject, and does not answer.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from retrieval.answerer import Answerer
from retrieval.batching import Vectors
from retrieval.calibration import FALSE_ANSWERS, Calibration, Threshold, lowest
from retrieval.golden import Golden
from retrieval.index import Index

# Headings are made questions of up to this number in all; more would take minutes.
ENOUGH = 120
# What passages in the other language may take of the allowed share, where a base has both.
ACROSS_SHARE = 0.25
# The probability of what is answered falsely anyway.
CERTAIN = 2.0


def calibrated(
    index: Index,
    answerer: Answerer,
    questions: Sequence[Golden],
    encode: Callable[[Sequence[str]], Vectors],
    allowed: float = FALSE_ANSWERS,
    progress: Callable[[int, int], None] | None = None,
) -> Calibration:
    """The thresholds of an index. `encode` gives query vectors, float32 [n, d].

    `questions` that nothing answers are asked as they are; the others with their documents and
    without them. Where they are few, headings are asked too.
    """
    known = {chunk.document for chunk in index.chunks}
    golden = [q for q in questions if not q.documents or known.intersection(q.documents)]
    headings = headings_of(index, max(ENOUGH - len(golden), 0))
    asked = [*((q.question, q.documents) for q in golden), *headings]
    asked = [(answerer.reads(index, question), documents) for question, documents in asked]
    vectors = encode([question for question, _ in asked])
    languages = {chunk.document: chunk.language for chunk in index.chunks}
    having: dict[bool, list[float]] = {False: [], True: []}
    without: list[dict[bool, float]] = []
    for done, ((question, documents), vector) in enumerate(zip(asked, vectors, strict=True)):
        gold = known.intersection(documents)
        left: dict[bool, float] = {}
        for spoken in index.rows_of:
            for out in (set(), gold) if gold else (set(),):
                case = answerer.case(index, question, vector, spoken, out)
                if case is None:
                    continue
                probability = answerer.gate.probability(case)
                if out or not gold:
                    left[case.crosses] = probability
                elif any(languages[document] == spoken for document in gold):
                    having[case.crosses].append(probability)
        without.append(left)
        if progress is not None:
            progress(done + 1, len(asked))
    within, across = _thresholds(having, without, allowed)
    reader = answerer.reader.name if answerer.reader else None
    return Calibration(reader, allowed, (len(golden), len(headings)), within, across)


def _thresholds(
    having: Mapping[bool, Sequence[float]], without: Sequence[Mapping[bool, float]], allowed: float
) -> tuple[Threshold | None, Threshold | None]:
    """Within a language and across. Keys: whether question and passages differ in language.

    A question that is refused in its own language is put to the other's passages: both chances
    together may not go wrong more often than is allowed, and the second takes a part of that.
    """
    both = any(len(left) == 2 for left in without)
    foreign = [left[True] for left in without if True in left]
    across = lowest(having[True], foreign, allowed * ACROSS_SHARE if both else allowed)
    from_on = across.threshold if across else np.inf
    own = [
        CERTAIN if left.get(True, 0.0) >= from_on else left[False]
        for left in without
        if False in left
    ]
    return lowest(having[False], own, allowed), across


def headings_of(index: Index, count: int) -> list[tuple[str, tuple[str, ...]]]:
    """Up to so many headings, evenly from all over the base, each with its document."""
    found = {
        chunk.context.rpartition(" › ")[2]: (chunk.document,)
        for chunk in index.chunks
        if " › " in chunk.context
    }
    listed = list(found.items())
    step = max(len(listed) / count, 1.0) if count else 1.0
    places = np.arange(0, len(listed), step).astype(int)[:count]
    return [listed[place] for place in places]
