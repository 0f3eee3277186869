"""Interactions with a split to measure on: folders with a published one, read and checked, or an
installation's own log."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from scipy import sparse

from recsys.confidence import Confidence
from recsys.dataset import parted
from recsys.log import Log

Protocol = Literal["lightgcn", "csv"]


class FolderError(Exception):
    """The folder can't be read as the protocol says; the message says what to do."""


class Row(NamedTuple):
    user: str
    item: str
    value: float = 1.0
    time: float = np.nan


@dataclass(frozen=True, slots=True)
class Folder:
    """CSR float32 [users, items], all of one shape. `times` holds seconds where `train` has
    entries, or is None. `truth` lists test items that weren't in a user's train."""

    train: sparse.csr_matrix
    valid: sparse.csr_matrix | None
    truth: sparse.csr_matrix
    times: sparse.csr_matrix | None
    new_users: int
    """Users of the test file whom no training file knows: nothing can be ranked for them."""
    repeated: int
    """Test pairs that are in train already: they can't be recommended again."""


def read(folder: Path, protocol: Protocol) -> Folder:
    """Raises FolderError."""
    suffix, parse = (".txt", _lightgcn) if protocol == "lightgcn" else (".csv", _table)
    if not folder.is_dir():
        raise FolderError(f"{folder} is no folder.")
    found = {}
    for name in ("train", "test", "valid"):
        path = folder / f"{name}{suffix}"
        if path.exists():
            found[name] = _rows(path, parse)
        elif name != "valid":
            raise FolderError(
                f"{folder} has no {path.name}; with --protocol {protocol} it holds "
                f"train{suffix}, test{suffix} and perhaps valid{suffix}."
            )
    everyone = [row for rows in found.values() for row in rows]
    users = _numbered((row.user for row in everyone), protocol)
    items = _numbered((row.item for row in everyone), protocol)
    matrices = {name: _matrix(rows, users, items) for name, rows in found.items()}
    train, times = matrices["train"]
    known = train.getnnz(axis=1) > 0
    test = matrices["test"][0]
    has_test = test.getnnz(axis=1) > 0
    new = has_test & ~known
    test = _only(test, known)
    truth = _without(test, train)
    if not truth.nnz:
        raise FolderError(f"No user of test{suffix} with an item to find is in train{suffix}.")
    valid = matrices["valid"][0] if "valid" in matrices else None
    if valid is not None:
        valid = _without(_only(valid, known), train)
    return Folder(train, valid, truth, times, int(new.sum()), int(test.nnz - truth.nnz))


def of_log(log: Log, items: Sequence[str], confidence: Confidence | None = None) -> Folder:
    """An installation's own log: what was first taken up in the last part of it is the test.

    Raises TooLittleData.
    """
    before, truth, _ = parted(log, items, confidence)
    matrix = before.matrix
    seconds = before.first.astype(np.int64) / 1e6
    times = sparse.csr_matrix((seconds, matrix.indices, matrix.indptr), shape=matrix.shape)
    return Folder(matrix, None, truth.astype(np.float32), times, 0, 0)


def _numbered(names: Iterable[str], protocol: Protocol) -> dict[str, int]:
    """Rows or columns by name. LightGCN's numbers count from 0, and items that nobody took are
    ranked with the others; numbers with wide gaps are something else, and are closed up."""
    distinct = dict.fromkeys(names)
    if protocol == "lightgcn":
        by_number = {name: int(name) for name in distinct}
        if max(by_number.values()) < 2 * len(distinct):
            return by_number
    return {name: n for n, name in enumerate(distinct)}


def _rows(path: Path, parse: Callable[[Path], Iterator[Row]]) -> list[Row]:
    try:
        rows = list(parse(path))
    except UnicodeDecodeError as error:
        raise FolderError(f"{path} is no UTF-8 text.") from error
    except OSError as error:
        raise FolderError(f"{path} can't be read: {error.strerror}.") from error
    except csv.Error as error:
        raise FolderError(f"{path} is no CSV: {error}.") from error
    if not rows:
        raise FolderError(f"{path} holds no pair of a user and an item.")
    return rows


def _lightgcn(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            user, *items = line.split() or [""]
            if not all(part.isdecimal() for part in (user, *items)) and line.strip():
                raise FolderError(
                    f"{path}, line {number}: expected `user item item …`, whole numbers, "
                    f"found {line.strip()[:60]!r}."
                )
            yield from (Row(user, item) for item in items)


def _table(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        table = csv.DictReader(lines)
        columns = table.fieldnames or []
        if missing := {"user", "item"} - set(columns):
            raise FolderError(
                f"{path} lacks the column {', '.join(sorted(missing))}; "
                "its first line names user, item and perhaps value and time."
            )
        for line in table:
            where = f"{path}, line {table.line_num}"
            user, item = line["user"], line["item"]
            if not user or not item:
                raise FolderError(f"{where}: user or item is empty.")
            value = _number(line.get("value"), where, "value") if line.get("value") else 1.0
            if value > 0:
                yield Row(user, item, value, _time(line.get("time"), where))


def _number(text: str | None, where: str, column: str) -> float:
    try:
        number = float(text or "")
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise FolderError(f"{where}: {column} {text!r} is no number.")
    return number


def _time(text: str | None, where: str) -> float:
    """Seconds; a number is taken as it is, since only the order counts."""
    if not text:
        return np.nan
    try:
        moment = datetime.fromisoformat(text) if not text.isdecimal() else None
    except ValueError:
        moment = None
    if moment is None:
        return _number(text, where, "time (seconds, or ISO 8601)")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _matrix(
    rows: list[Row], users: dict[str, int], items: dict[str, int]
) -> tuple[sparse.csr_matrix, sparse.csr_matrix | None]:
    """Confidences and, where every row has one, the latest time of each pair."""
    shape = (max(users.values()) + 1, max(items.values()) + 1)
    keys = np.array([users[row.user] * shape[1] + items[row.item] for row in rows])
    pairs, place = np.unique(keys, return_inverse=True)
    where = (pairs // shape[1], pairs % shape[1])
    # Repeated acts count, each less than the one before: a busy pair must not outweigh many.
    values = np.log1p(np.bincount(place, [row.value for row in rows]))
    values = (values / values.mean()).astype(np.float32)
    matrix = sparse.csr_matrix((values, where), shape=shape)
    given = np.array([row.time for row in rows])
    if np.isnan(given).any():
        return matrix, None
    times = np.full(len(pairs), -np.inf)
    np.maximum.at(times, place, given)
    return matrix, sparse.csr_matrix((times, where), shape=shape)


def _only(matrix: sparse.csr_matrix, users: np.ndarray) -> sparse.csr_matrix:
    """The matrix with the rows of other users emptied."""
    kept = (sparse.diags(users.astype(np.float32)) @ matrix).tocsr()
    kept.eliminate_zeros()
    return kept


def _without(matrix: sparse.csr_matrix, other: sparse.csr_matrix) -> sparse.csr_matrix:
    """The entries that `other` lacks."""
    left = (matrix - matrix.multiply(other > 0)).tocsr()
    left.eliminate_zeros()
    left.sort_indices()
    return left
