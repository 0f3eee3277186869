"""Measures answers and refusals on questions that come with the passages found for them.

A file holds one JSON object a line: {"question", "passages", "answers", "answerable"}. All passages
of the file together are the knowledge base, built in a folder that is thrown away; each question is
answered from its own passages by the `Answerer` that answers in the bot. As each index in the bot
has its own threshold, so has each half of the questions: the one found on the other half, so that
none is judged by what it helped to find. With too few of them the default holds.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from retrieval.answer import Answer
from retrieval.answer_metrics import overlap, tokens
from retrieval.answerer import Answerer
from retrieval.batching import Vector, encode_queries
from retrieval.calibration import FALSE_ANSWERS, Calibration, lowest
from retrieval.chunks import Chunking
from retrieval.documents import Document, Section
from retrieval.encoder import Encoder
from retrieval.index import Index
from retrieval.knowledge import KnowledgeBase
from retrieval.layout import reflowed
from retrieval.sentences import language
from retrieval.vectors import Progress

_HAN, _LATIN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]"), re.compile(r"[A-Za-z]+")


class BadFile(Exception):
    """The file can't be evaluated; the message names the line and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Row:
    """A question with the passages found for it; `answers` are gold answers, any of them right."""

    question: str
    passages: tuple[str, ...]
    answers: tuple[str, ...]
    answerable: bool


def read_rows(file: Path) -> list[Row]:
    """The lines of a file. Raises BadFile."""
    try:
        # Not splitlines: a text may hold U+2028 and the like, which JSON leaves as they are.
        lines = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFile(f"{file} can't be read as UTF-8 text: {error}") from error
    rows = [_row(f"{file}:{n}", line) for n, line in enumerate(lines, start=1) if line.strip()]
    if not any(passage.strip() for row in rows for passage in row.passages):
        raise BadFile(f"{file} has no passages in it.")
    return rows


def _row(place: str, line: str) -> Row:
    try:
        fields = json.loads(line)
    except ValueError as error:
        raise BadFile(f"{place}: not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise BadFile(f"{place}: a JSON object is wanted, with question, passages, answers.")
    question, answerable = fields.get("question"), fields.get("answerable")
    if not isinstance(question, str) or not question.strip():
        raise BadFile(f"{place}: `question` must be a text.")
    if not isinstance(answerable, bool):
        raise BadFile(f"{place}: `answerable` must be true or false.")
    passages, answers = _texts(place, fields, "passages"), _texts(place, fields, "answers")
    if answerable and not any(answer.strip() for answer in answers):
        raise BadFile(f"{place}: an answerable question needs at least one of `answers`.")
    return Row(question, passages, answers, answerable)


def _texts(place: str, fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise BadFile(f"{place}: `{name}` must be a list of texts.")
    return tuple(value)


def answered(
    rows: Sequence[Row],
    model: Encoder,
    model_name: str = "bundled",
    answerer: Answerer | None = None,
    progress: Progress | None = None,
    chunking: Chunking | None = None,
) -> list[Answer]:
    """The answer to each row, from its own passages."""
    answerer = answerer or Answerer()
    with TemporaryDirectory() as folder:
        index = passages_index(rows, Path(folder), model, model_name, progress, chunking)
        rows = [replace(row, question=answerer.reads(index, row.question)) for row in rows]
        queries = encode_queries(model, [row.question for row in rows])
        first = [_answer(index, answerer, *pair) for pair in zip(rows, queries, strict=True)]
        halves = [half_of(row.question) for row in rows]
        given: dict[int, Answer] = {}
        for half in (0, 1):
            others = [n for n, where in enumerate(halves) if where != half]
            found = _calibration(answerer, [rows[n] for n in others], [first[n] for n in others])
            index.version = replace(index.version, calibration=found.fields())
            for n in (n for n, where in enumerate(halves) if where == half):
                threshold = found.across if first[n].crosses else found.within
                needed = threshold.threshold if threshold else first[n].needed
                # Another threshold makes another answer only where it opens or shuts the gate.
                if first[n].refused == (first[n].confidence < needed):
                    given[n] = replace(first[n], needed=needed)
                else:
                    given[n] = _answer(index, answerer, rows[n], queries[n])
        return [given[n] for n in range(len(rows))]


def half_of(question: str) -> int:
    """0 or 1, the same wherever the question stands, so that its rows are never parted."""
    return hashlib.sha256(question.encode("utf-8", "replace")).digest()[0] % 2


def _answer(index: Index, answerer: Answerer, row: Row, query: Vector) -> Answer:
    return answerer.answer(index, row.question, query, set(map(passage_id, row.passages)))


def _calibration(answerer: Answerer, rows: Sequence[Row], answers: Sequence[Answer]) -> Calibration:
    """The thresholds that these rows would set, whatever was answered."""
    thresholds = []
    for crosses in (False, True):
        mine = [
            (row.answerable, answer.confidence)
            for row, answer in zip(rows, answers, strict=True)
            if answer.crosses == crosses
        ]
        having = [confidence for answerable, confidence in mine if answerable]
        without = [confidence for answerable, confidence in mine if not answerable]
        thresholds.append(lowest(having, without, FALSE_ANSWERS))
    reader = answerer.reader.name if answerer.reader else None
    return Calibration(reader, FALSE_ANSWERS, (len(rows), 0), *thresholds)


def passages_index(
    rows: Sequence[Row],
    folder: Path,
    model: Encoder,
    model_name: str = "bundled",
    progress: Progress | None = None,
    chunking: Chunking | None = None,
) -> Index:
    """An index of all passages of the rows, each a document."""
    texts = dict.fromkeys(p for row in rows for p in row.passages if p.strip())
    knowledge = KnowledgeBase(folder, model, model_name, chunking)
    knowledge.build([_document(text) for text in texts], progress=progress)
    return knowledge.index()


def _document(text: str) -> Document:
    section = Section((), tuple(reflowed(text)))
    # A table of names and units in a Chinese book is Chinese, though most of its words are Latin.
    spoken = "zh" if 4 * len(_HAN.findall(text)) >= len(_LATIN.findall(text)) else "en"
    return Document(
        id=passage_id(text),
        title="",
        language=spoken,
        course=None,
        course_title=None,
        lesson=None,
        topics=(),
        sections=(section,),
        digest=passage_id(text),
    )


def passage_id(passage: str) -> str:
    """The id of the document that a passage is in the index of `passages_index`."""
    return hashlib.sha256(passage.encode()).hexdigest()


def figures(rows: Sequence[Row], answers: Sequence[Answer]) -> dict[str, float | int | None]:
    """What `chezhi kb evaluate-answers` tells; None where no row bears on a figure.

    - `answer_f1`, `answer_recall`, `rouge_l`: means over the answerable questions of SQuAD's F1 and
      recall and of ROUGE-L's F-measure, the best over the gold answers. A refusal scores 0.
    - `citation_precision`: of the citations shown with answers to answerable questions, the share
      that are of a gold passage. Gold are those that hold a gold answer word for word, or where
      none does the one that shares most pairs of tokens with it.
    - `citation_recall`: of the answerable questions that were answered, the share with a citation
      of a gold passage.
    - `refusal_accuracy`: of all questions, the share answered if answerable and refused if not.
    - `answered_rate`, `false_answer_rate`: of the answerable and of the other questions, the share
      that were answered.
    - `answerability_auroc`: how well the gate's probability ranks answerable questions first.
    - `unsupported_sentence_rate`: of all sentences shown, the share that don't stand word for word
      in the passage whose number they bear.
    """
    scores, cited, hit = [], [], []
    for row, answer in zip(rows, answers, strict=True):
        if row.answerable:
            said = "\n".join(sentence.text for sentence in answer.sentences)
            scores.append(overlap(said, row.answers) if said else (0.0, 0.0, 0.0))
            if not answer.refused:
                right = [c.document in _gold(row) for c in answer.citations]
                cited += right
                hit.append(any(right))
    f1, recall, rouge = np.mean(scores, axis=0).tolist() if scores else (None, None, None)
    answerable = np.array([row.answerable for row in rows])
    shown = np.array([not answer.refused for answer in answers])
    supported = [s for row, answer in zip(rows, answers, strict=True) for s in _borne(row, answer)]
    found: dict[str, float | None] = {
        "answer_f1": f1,
        "answer_recall": recall,
        "rouge_l": rouge,
        "citation_precision": _share(cited),
        "citation_recall": _share(hit),
        "refusal_accuracy": _share(shown == answerable),
        "answered_rate": _share(shown[answerable]),
        "false_answer_rate": _share(shown[~answerable]),
        "answerability_auroc": (
            float(roc_auc_score(answerable, [answer.confidence for answer in answers]))
            if len(set(answerable.tolist())) == 2
            else None
        ),
        "unsupported_sentence_rate": _share([not s for s in supported]),
    }
    return {"n": len(rows)} | {
        name: None if value is None else round(value, 4) for name, value in found.items()
    }


def _share(values: Sequence[bool] | np.ndarray) -> float | None:
    return float(np.mean(values)) if len(values) else None


def _gold(row: Row) -> set[str]:
    """The ids of the passages that hold an answer."""
    spoken = language(row.answers[0])
    golds = ["".join(tokens(answer, spoken)) for answer in row.answers]
    texts = {passage_id(p): "".join(tokens(p, spoken)) for p in row.passages}
    whole = {name for name, text in texts.items() if any(gold and gold in text for gold in golds)}
    if whole:
        return whole
    wanted = [set(pairwise(tokens(answer, spoken))) for answer in row.answers]
    shared = {
        passage_id(p): max(len(pairs.intersection(pairwise(tokens(p, spoken)))) for pairs in wanted)
        for p in row.passages
    }
    return {max(shared, key=shared.__getitem__)} if shared else set()


def _borne(row: Row, answer: Answer) -> list[bool]:
    """For each sentence shown, whether it stands in the passage that its number cites."""
    passages = {passage_id(passage): _bare(passage) for passage in row.passages}
    found = []
    for sentence in answer.sentences:
        known = 1 <= sentence.citation <= len(answer.citations)
        source = passages.get(answer.citations[sentence.citation - 1].document, "") if known else ""
        found.append(bool(sentence.text) and _bare(sentence.text) in source)
    return found


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)
