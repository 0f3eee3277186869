"""Golden questions: how well an index answers them, and whether a new one may replace the live one.

Every version is measured by the same search and the same Answerer that people meet.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

from retrieval.answerer import Answerer
from retrieval.batching import Vector, Vectors
from retrieval.index import Index
from retrieval.search import search

# Chunks that are looked through for the first ten documents.
DEPTH = 100
FIGURES = ("recall@1", "recall@5", "mrr@10", "answered", "refused")


@dataclass(frozen=True, slots=True)
class Golden:
    """A question and the documents of which any answers it; with none it must be refused."""

    question: str
    language: str
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`rank` of the first right document, from 1, None when it is not among the first ten;
    `right`: answered with a right document among the sources, or rightly refused.
    """

    rank: int | None
    refused: bool
    right: bool

    def grades(self) -> tuple[bool, bool, bool]:
        found = self.rank or DEPTH
        return found <= 1, found <= 5, self.right


@dataclass(frozen=True, slots=True)
class Change:
    """A question that came off worse, or better, than under the live index."""

    question: str
    was: Outcome
    now: Outcome


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a new index beside the live one's (None when nothing was live).

    `worse` names the figures that fell by more than the margin.
    """

    metrics: dict[str, float]
    live: dict[str, float] | None
    worse: tuple[str, ...]
    broke: tuple[Change, ...]
    mended: tuple[Change, ...]


class QualityGate:
    """Judges a new index for `KnowledgeBase.build`; `report` says what it found.

    `encode` gives query vectors, float32 [n, d]. With `force` all is measured and anything passes.
    """

    def __init__(
        self,
        questions: Sequence[Golden],
        encode: Callable[[Sequence[str]], Vectors],
        margin: float,
        answerer: Answerer | None = None,
        *,
        force: bool = False,
    ) -> None:
        self.questions = questions
        self.margin = margin
        self.force = force
        self.report: Report | None = None
        self._encode = encode
        self._answerer = answerer or Answerer()

    def __call__(self, new: Index, live: Index | None) -> tuple[dict[str, float], bool]:
        now = self._outcomes(new)
        was = self._outcomes(_alike(live, new)) if live is not None else None
        self.report = compare(self.questions, now, was, self.margin)
        return self.report.metrics, self.force or not self.report.worse

    def _outcomes(self, index: Index) -> list[Outcome]:
        read = [self._answerer.reads(index, golden.question) for golden in self.questions]
        asked = [replace(g, question=q) for g, q in zip(self.questions, read, strict=True)]
        return [
            outcome(index, self._answerer, golden, vector)
            for golden, vector in zip(asked, self._encode(read), strict=True)
        ]


def _alike(live: Index, new: Index) -> Index:
    """The live index, from the new one's threshold on if it has found none of its own: what is
    judged are the documents, and a stricter threshold must not hold them back.
    """
    if live.version.calibration or not new.version.calibration:
        return live
    alike = copy(live)  # the live one goes on answering people as it did
    alike.version = replace(live.version, calibration=new.version.calibration)
    return alike


def outcome(index: Index, answerer: Answerer, golden: Golden, vector: Vector) -> Outcome:
    answer = answerer.answer(index, golden.question, vector)
    if not golden.documents:
        return Outcome(rank=None, refused=answer.refused, right=answer.refused)
    passages = search(index, golden.question, vector, DEPTH)
    found = (index.chunks[each.row].document for each in passages)
    ranked = list(dict.fromkeys(found))[:10]
    places = [place for place, name in enumerate(ranked, start=1) if name in golden.documents]
    cited = {citation.document for citation in answer.citations}
    return Outcome(
        rank=min(places, default=None),
        refused=answer.refused,
        right=not cited.isdisjoint(golden.documents),
    )


def metrics(questions: Sequence[Golden], outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Shares, 0 to 1, of the answerable questions (`refused`: of the others), and their number.

    A figure for which there are no questions is left out.
    """
    pairs = list(zip(questions, outcomes, strict=True))
    answerable = [o for golden, o in pairs if golden.documents]
    others = [o for golden, o in pairs if not golden.documents]
    values: dict[str, list[float]] = {
        "recall@1": [o.grades()[0] for o in answerable],
        "recall@5": [o.grades()[1] for o in answerable],
        "mrr@10": [1 / o.rank if o.rank else 0.0 for o in answerable],
        "answered": [o.right for o in answerable],
        "refused": [o.right for o in others],
    }
    means = {name: round(sum(of) / len(of), 4) for name, of in values.items() if of}
    return {"questions": float(len(pairs))} | means


def compare(
    questions: Sequence[Golden],
    now: Sequence[Outcome],
    was: Sequence[Outcome] | None,
    margin: float,
) -> Report:
    figures = metrics(questions, now)
    if was is None:
        return Report(figures, None, (), (), ())
    before = metrics(questions, was)
    broke, mended = [], []
    for golden, old, new in zip(questions, was, now, strict=True):
        steps = [int(b) - int(a) for a, b in zip(old.grades(), new.grades(), strict=True)]
        if min(steps) < 0:
            broke.append(Change(golden.question, old, new))
        elif max(steps) > 0:
            mended.append(Change(golden.question, old, new))
    # The figures are rounded, so a fall of just the margin must not count.
    worse = [n for n in FIGURES if n in before and before[n] - figures[n] > margin + 1e-6]
    return Report(figures, before, tuple(worse), tuple(broke), tuple(mended))
