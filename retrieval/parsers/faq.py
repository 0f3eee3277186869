"""Questions and answers in a CSV file, one pair a row."""

import csv
import io

from retrieval.parsers.encodings import decode
from retrieval.sections import DocumentError, Note, Parsed, Section, tidy

QUESTION = frozenset({"question", "questions", "q", "问题", "問題", "提问", "问", "問"})
ANSWER = frozenset({"answer", "answers", "a", "答案", "回答", "解答", "答"})
# Rows that are named in the report.
_NAMED = 10


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    rows = _rows(text)
    names = [tidy(name).lower() for name in rows[0]] if rows else []
    asked = next((n for n, name in enumerate(names) if name in QUESTION), None)
    told = next((n for n, name in enumerate(names) if name in ANSWER), None)
    if asked is None or told is None:
        raise DocumentError("faq-columns", found=", ".join(names)[:100])
    sections, left_out = [], []
    for number, row in enumerate(rows[1:], start=2):
        cells = [*row, *[""] * (len(names) - len(row))]
        question = tidy(cells[asked])
        answer = tuple(filter(None, map(tidy, cells[told].splitlines())))
        if question and answer:
            sections.append(Section((question,), answer))
        elif any(map(tidy, row)):
            left_out.append(str(number))
    if left_out:
        listed = ", ".join(left_out[:_NAMED]) + (" …" if len(left_out) > _NAMED else "")
        notes = [*notes, Note("faq-left-out", {"rows": listed, "count": len(left_out)})]
    return Parsed(sections, notes=notes)


def _rows(text: str) -> list[list[str]]:
    """The rows, by whichever separator the first line has most of. Raises DocumentError."""
    lines = text.lstrip()
    separator = max(",;\t，", key=lines.partition("\n")[0].count)
    csv.field_size_limit(2**31 - 1)
    # Strict, since a quotation mark that isn't closed would swallow all rows after it.
    rows = csv.reader(io.StringIO(lines, newline=""), delimiter=separator, strict=True)
    found: list[list[str]] = []
    try:
        found.extend(rows)
    except csv.Error as error:
        raise DocumentError("faq-row", row=len(found) + 1) from error
    return found
