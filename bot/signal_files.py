"""Files of behaviour, row by row: CSV, JSON lines, and xAPI statements of a learning platform.

Nothing here holds a whole file: a reader yields each row with its line as it comes.
"""

import csv
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from bot.json_stream import JsonError, values
from bot.xapi import OtherVerb, statement
from storage.models import VERBS

FORMATS = ("csv", "jsonl", "xapi")
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "xapi"}
COLUMNS = (
    *("user", "verb", "object_type", "object", "value"),
    *("occurred_at", "source", "idempotency_key"),
)


class RowError(Exception):
    """A row can't be read; the message says why."""


def _absent(value: Any) -> Any:
    return None if value == "" else value


class SignalRow(BaseModel):
    """One signal of a file. Without an idempotency key, one is made of what the row says."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    user: int = Field(ge=1, lt=2**63)
    verb: Literal[VERBS]  # type: ignore[valid-type]
    object_type: str = Field("item", min_length=1, max_length=16)
    object: str = Field(min_length=1, max_length=128)
    value: Annotated[float | None, BeforeValidator(_absent)] = None
    occurred_at: AwareDatetime
    source: str = Field("import", min_length=1, max_length=32)
    idempotency_key: Annotated[str | None, BeforeValidator(_absent)] = Field(None, max_length=128)

    @field_validator("value")
    @classmethod
    def finite(cls, value: float | None) -> float | None:
        if value is not None and not math.isfinite(value):
            raise ValueError("not a finite number")
        return value

    @cached_property
    def key(self) -> str:
        if self.idempotency_key:
            return self.idempotency_key
        said = (self.source, self.user, self.verb, self.object_type, self.object, self.value)
        text = json.dumps([*said, self.occurred_at.timestamp()], ensure_ascii=False)
        return f"{self.source}:{hashlib.sha256(text.encode()).hexdigest()}"

    def columns(self) -> dict[str, Any]:
        return {
            "user_id": self.user,
            "verb": self.verb,
            "object_type": self.object_type,
            "object_id": self.object,
            "value": self.value,
            "source": self.source,
            "campaign_id": None,
            "occurred_at": self.occurred_at,
            "idempotency_key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its line number: a signal, what is wrong with it, or a verb that isn't ours."""

    number: int
    signal: SignalRow | None = None
    fault: str | None = None
    other_verb: str | None = None


def format_of(path: Path) -> str | None:
    """The format that a file's suffix stands for."""
    return SUFFIXES.get(path.suffix.lower())


def read(file: IO[bytes], format_: str) -> Iterator[Line]:
    """The rows of a file in UTF-8; a row that can't be read comes as a fault, and reading goes on.

    `format_` is one of FORMATS.
    """
    reader: Callable[[IO[str]], Iterator[Line]] = {
        "csv": _csv_lines,
        "jsonl": _json_lines,
        "xapi": _xapi_lines,
    }[format_]
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield from reader(text)
    finally:
        text.detach()  # the file is its opener's to close


def _csv_lines(text: IO[str]) -> Iterator[Line]:
    rows = csv.DictReader(text, strict=True)
    while True:
        try:
            row = next(rows, None)
            if row is None:
                return
            missing = {"user", "verb", "object", "occurred_at"} - set(rows.fieldnames or ())
        except (csv.Error, UnicodeDecodeError) as error:
            yield Line(rows.line_num + 1, fault=_broken(error))
            return
        if missing:
            names = ", ".join(sorted(missing))
            yield Line(1, fault=f"columns are missing: {names} (known: {', '.join(COLUMNS)})")
            return
        filled = {name: cell for name, cell in row.items() if name and cell not in (None, "")}
        yield _line(rows.line_num, filled)


def _json_lines(text: IO[str]) -> Iterator[Line]:
    number = 0
    while True:
        number += 1
        try:
            line = text.readline()
        except UnicodeDecodeError as error:
            yield Line(number, fault=_broken(error))
            return
        if not line:
            return
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Line(number, fault=f"not JSON: {error}")
            continue
        if isinstance(row, dict):
            yield _line(number, row)
        else:
            yield Line(number, fault="not a JSON object")


def _xapi_lines(text: IO[str]) -> Iterator[Line]:
    found = values(text)
    number = 1
    while True:
        try:
            number, value = next(found)
        except StopIteration:
            return
        except JsonError as error:
            yield Line(error.line, fault=f"not JSON: {error}")
            return
        except UnicodeDecodeError as error:
            yield Line(number, fault=_broken(error))
            return
        try:
            row = statement(value)
        except OtherVerb as other:
            yield Line(number, other_verb=str(other))
        except (ValueError, TypeError, AttributeError) as error:
            yield Line(number, fault=f"not an xAPI statement that I know: {error}")
        else:
            yield _line(number, row)


def _line(number: int, row: Mapping[str, Any]) -> Line:
    try:
        return Line(number, signal=SignalRow.model_validate(row))
    except ValidationError as error:
        told = [
            f"{'.'.join(map(str, problem['loc'])) or 'row'}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]
        return Line(number, fault="; ".join(told))


def _broken(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text: save the file as UTF-8"
    return f"not CSV: {error}"
