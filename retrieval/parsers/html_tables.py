"""Tables of a web page: merged cells laid out, the rows of names told from those of values."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from selectolax.lexbor import LexborNode

from retrieval.sections import tidy
from retrieval.sentences import size

Said = Callable[[LexborNode], str]
"""The visible text of an element."""

# A cell may say that it is as large as it likes.
_LARGEST = {"colspan": 200, "rowspan": 10_000}
# A name of a column is no longer than this, in units of `size`.
_NAME = 24
_END = re.compile(r"[。！？；.!?;]$")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """`names`: whether it is marked or printed as the name of a row or column."""

    text: str
    names: bool = False


EMPTY = Cell("")
Row = list[Cell]


def is_layout(table: LexborNode) -> bool:
    """Whether a table only arranges a page: headings, tables or several paragraphs in its cells."""
    if table.attributes.get("role") in ("presentation", "none"):
        return True
    cells = [list(_cells(line)) for line, _ in _lines(table)]
    if not cells or any(cell.css_first("table") for line in cells for cell in line):
        return True
    if any(cell.tag == "th" for line in cells for cell in line):
        return False
    if any(cell.css_first("h1, h2, h3, h4, h5, h6") for line in cells for cell in line):
        return True
    if max(map(len, cells)) <= 1:
        return True
    blocks = [len(cell.css("p, div, li")) for line in cells for cell in line]
    return len(cells) == 1 and max(blocks) > 1


def paragraphs(table: LexborNode, said: Said) -> Iterator[str]:
    """One a row, so that a row stays whole, with the column's name at each cell; after a row that
    spans the table, with what it says.
    """
    rows, marked = _grid(table, said)
    names, values = _named(rows, marked)
    group = ""
    for n, row in enumerate(values):
        told = [cell.text for cell in row if cell.text]
        spans = len(row) > 1 and all(cell is row[0] for cell in row)
        if spans and n + 1 < len(values) and not _END.search(row[0].text):
            group = row[0].text
        elif spans:
            yield row[0].text
        elif told:
            yield _line(group, names, row)


def _line(group: str, names: list[str], row: Row) -> str:
    han = re.search(r"[\u4e00-\u9fff]", "".join([group, *names, *(cell.text for cell in row)]))
    colon, comma = ("：", "，") if han else (": ", ", ")
    parts = [group] if group else []
    for n, (name, cell) in enumerate(zip_longest(names, row, fillvalue=None)):
        text = cell.text if isinstance(cell, Cell) else ""
        merged = not names and n > 0 and cell is row[n - 1]
        if text and not merged:
            parts.append(f"{name}{colon}{text}" if name and name != text else text)
    return comma.join(parts)


def _named(rows: list[Row], marked: int) -> tuple[list[str], list[Row]]:
    """The columns' names, and the rows under them."""
    count = marked
    if not marked:
        while count < len(rows) and _all_names(rows[count]):
            count += 1
    if not marked and count == 0 and _looks_headed(rows):
        count = 1
    if not 0 < count < len(rows):
        return [], rows
    columns = zip(*rows[:count], strict=True)
    return [
        " ".join(dict.fromkeys(cell.text for cell in column if cell.text)) for column in columns
    ], rows[count:]


def _all_names(row: Row) -> bool:
    return any(cell.text for cell in row) and all(cell.names for cell in row if cell.text)


def _looks_headed(rows: list[Row]) -> bool:
    """Whether the first row of an unmarked table names its columns: words over numbers."""
    first = [cell.text for cell in rows[0]] if rows else []
    if len(first) < 3 or len(rows) < 3 or len({*first} - {""}) < len(first) - 1:
        return False
    if any(_DIGIT.search(text) or _END.search(text) or size(text) > _NAME for text in first):
        return False
    columns = list(zip(*rows[1:], strict=True))[1:]
    return any(all(_DIGIT.search(cell.text) for cell in column) for column in columns)


def _grid(table: LexborNode, said: Said) -> tuple[list[Row], int]:
    """The rows, as wide as the widest, with merged cells in every place that they cover; and how
    many of them are marked as the table's head.
    """
    rows: list[Row] = []
    marked = 0
    # By column: a cell from above and how many more rows it covers.
    below: dict[int, tuple[Cell, int]] = {}
    for line, in_head in _lines(table):
        row: Row = []

        def covered(row: Row = row) -> None:
            while len(row) in below:
                cell, left = below.pop(len(row))
                if left > 1:
                    below[len(row)] = cell, left - 1
                row.append(cell)

        for node in _cells(line):
            covered()
            cell = Cell(tidy(said(node)), _is_name(node, said))
            across, down = _span(node, "colspan"), _span(node, "rowspan")
            for _ in range(across):
                if down > 1:
                    below[len(row)] = cell, down - 1
                row.append(cell)
        covered()
        if any(cell.text for cell in row):
            marked += in_head and len(rows) == marked
            rows.append(row)
    width = max(map(len, rows), default=0)
    return [row + [EMPTY] * (width - len(row)) for row in rows], marked


def _lines(table: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """The table's own rows, and whether each stands in its head."""
    for part in table.iter():
        if part.tag == "tr":
            yield part, False
        elif part.tag in ("thead", "tbody", "tfoot"):
            yield from ((line, part.tag == "thead") for line in part.iter() if line.tag == "tr")


def _cells(line: LexborNode) -> Iterator[LexborNode]:
    return (cell for cell in line.iter() if cell.tag in ("td", "th"))


def _is_name(cell: LexborNode, said: Said) -> bool:
    """A `<th>`, or all of it bold."""
    if cell.tag == "th":
        return True
    bold = "".join(node.text() for node in cell.css("b, strong"))
    return bool(bold.strip()) and "".join(bold.split()) == "".join(said(cell).split())


def _span(cell: LexborNode, name: str) -> int:
    given = (cell.attributes.get(name) or "").strip()
    number = int(given) if given.isdecimal() and len(given) < 6 else 1
    # 0 rows are all that follow.
    return min(number or (_LARGEST[name] if name == "rowspan" else 1), _LARGEST[name])
