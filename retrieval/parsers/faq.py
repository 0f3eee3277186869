"""Questions and answers in a CSV file, one pair a row."""

import csv
import io
import re

from retrieval.parsers.encodings import decode
from retrieval.sections import DocumentError, Note, Parsed, Section, tidy

_QUESTION = (
    "question questions q 问题 問題 提问 提問 问 問 标准问题 标准问 标准问法 用户问题 常见问题"
)
_ANSWER = "answer answers a 答案 回答 解答 答 答复 答覆 回复 回覆 标准答案 标准回答"
QUESTION, ANSWER = frozenset(_QUESTION.split()), frozenset(_ANSWER.split())
# The names of the columns stand in one of these rows: above them may be the table's title.
HEAD = 5
# What Excel writes first where it is told to: which separator the file has.
_SEP = re.compile(r"\s*\"?sep=(.)\"?[,;\t]*\r?\n", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;\t，]")
# 答案（必填）, answer*
_REMARK = re.compile(r"[（(【\[*:：].*$")
# Rows that are named in the report.
_NAMED = 10


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    rows, before = _rows(text)
    head, asked, told = _columns(rows)
    sections, left_out = [], []
    for number, row in enumerate(rows[head + 1 :], start=head + 2 + before):
        cells = [*row, *[""] * (max(asked, told) + 1 - len(row))]
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


def _columns(rows: list[list[str]]) -> tuple[int, int, int]:
    """The row of names, the question's column and the answer's. Raises DocumentError."""
    for head, row in enumerate(rows[:HEAD]):
        names = [_REMARK.sub("", tidy(name).lower()).strip() for name in row]
        asked = next((n for n, name in enumerate(names) if name in QUESTION), None)
        told = next((n for n, name in enumerate(names) if name in ANSWER), None)
        if asked is not None and told is not None:
            return head, asked, told
    first = ", ".join(map(tidy, rows[0])) if rows else ""
    raise DocumentError("faq-columns", found=first[:100])


def _rows(text: str) -> tuple[list[list[str]], int]:
    """The rows, and how many lines stand before them. Raises DocumentError.

    They are separated by what the file says, or what the first line with such a mark has most of.
    """
    said = _SEP.match(text)
    lines = text[said.end() :] if said else text.lstrip("\r\n ")
    first = next((line for line in lines.split("\n")[:HEAD] if _SEPARATOR.search(line)), "")
    separator = said[1] if said else max(",;\t，", key=first.count)
    csv.field_size_limit(2**31 - 1)
    # Strict, since a quotation mark that isn't closed would swallow all rows after it.
    rows = csv.reader(io.StringIO(lines, newline=""), delimiter=separator, strict=True)
    found: list[list[str]] = []
    try:
        found.extend(rows)
    except csv.Error as error:
        raise DocumentError("faq-row", row=len(found) + 1) from error
    return found, 1 if said else 0
