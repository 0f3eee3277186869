"""Labelled sets for search in BEIR's form (Thakur et al. 2021, arXiv 2104.08663)."""

import csv
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.documents import Document, Section
from retrieval.sentences import language

# A line break inside a Chinese sentence is no space.
_BROKEN = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u2e80-\u9fff\uff00-\uffef])")


class DatasetError(Exception):
    """The folder is not a labelled set; the message says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """`corpus` maps ids to (title, text), `queries` ids to texts; `relevant` has grades above 0."""

    corpus: dict[str, tuple[str, str]]
    queries: dict[str, str]
    relevant: dict[str, dict[str, int]]


def read_dataset(folder: Path) -> Dataset:
    """Reads corpus.jsonl, queries.jsonl and qrels/test.tsv. Raises DatasetError.

    Only queries with a relevant document are kept.
    """
    corpus = {
        row["_id"]: (str(row.get("title") or ""), row["text"])
        for row in _rows(folder / "corpus.jsonl")
    }
    texts = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    relevant = _grades(folder / "qrels" / "test.tsv")
    for query, grades in relevant.items():
        if query not in texts:
            raise DatasetError(f"qrels/test.tsv names the query {query!r}: queries.jsonl lacks it.")
        for document in grades:
            if document not in corpus:
                raise DatasetError(
                    f"qrels/test.tsv names the document {document!r}: corpus.jsonl lacks it."
                )
    queries = {query: text for query, text in texts.items() if query in relevant}
    if not queries:
        raise DatasetError(f"{folder}: no query has a relevant document in qrels/test.tsv.")
    return Dataset(corpus, queries, relevant)


def _rows(path: Path) -> list[dict[str, Any]]:
    found = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise DatasetError(f"{path.name}, line {number}: not JSON: {error}") from error
        if not isinstance(row, dict) or not all(
            isinstance(row.get(name), str) for name in ("_id", "text")
        ):
            raise DatasetError(f'{path.name}, line {number}: needs "_id" and "text", both strings.')
        found.append(row)
    return found


def _grades(path: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for number, row in enumerate(
        csv.reader(_lines(path), delimiter="\t", quotechar=None, quoting=csv.QUOTE_NONE), start=1
    ):
        if not row or (number == 1 and row[0] == "query-id"):
            continue
        try:
            query, document, grade = row[0], row[1], int(row[2])
        except (IndexError, ValueError) as error:
            raise DatasetError(
                f"qrels/test.tsv, line {number}: needs query-id, corpus-id and a whole-number "
                "score, with tabs between."
            ) from error
        if grade > 0:
            found.setdefault(query, {})[document] = grade
    return found


def _lines(path: Path) -> list[str]:
    try:
        # Not splitlines: a text may hold U+2028 and the like.
        return path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(
            f"{path} can't be read ({error}). A labelled set is a folder with corpus.jsonl, "
            "queries.jsonl and qrels/test.tsv, as BEIR has them."
        ) from error


def documents_of(dataset: Dataset) -> list[Document]:
    """The corpus as documents; one without any text is left out, and so never found."""
    found = []
    for name, (title, text) in dataset.corpus.items():
        blocks = re.split(r"\n\s*\n", text)
        paragraphs = tuple(
            " ".join(_BROKEN.sub("", block).split()) for block in blocks if block.strip()
        )
        if paragraphs or title.strip():
            found.append(
                Document(
                    id=name,
                    title=title.strip(),
                    language=language(f"{title} {text}"),
                    course=None,
                    course_title=None,
                    lesson=None,
                    topics=(),
                    sections=(Section((), paragraphs or (title.strip(),)),),
                    digest=hashlib.sha256(f"{title}\0{text}".encode()).hexdigest(),
                )
            )
    return found
