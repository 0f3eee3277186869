"""Files of behaviour, row by row: CSV, JSON lines, and what a learning platform tells: xAPI
statements, or Moodle's log, which is a CSV file too.

Nothing here holds a whole file: a reader yields each row with its line as it comes.
"""

import csv
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
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

from services.behaviour import moodle_log, xapi
from services.behaviour.json_stream import JsonError, Page, values
from services.behaviour.platform_ids import LeftOut, PlatformIds
from storage.models import UNITS, VERBS

FORMATS = ("csv", "jsonl", "xapi")
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "xapi"}
COLUMNS = (
    *("user", "verb", "object_type", "object", "value", "unit"),
    *("occurred_at", "source", "idempotency_key"),
)


def _absent(value: Any) -> Any:
    return None if value == "" else value


def _moment(value: Any) -> Any:
    """Python reads more of ISO 8601 than pydantic: +08, 20261120T080000Z, weeks."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


class SignalRow(BaseModel):
    """One signal of a file. Without an idempotency key, one is made of what the row says."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    user: int = Field(ge=1, lt=2**63)
    verb: Literal[VERBS]  # type: ignore[valid-type]
    object_type: str = Field("item", min_length=1, max_length=16)
    object: str = Field(min_length=1, max_length=128)
    value: Annotated[float | None, BeforeValidator(_absent)] = None
    unit: Annotated[Literal[UNITS] | None, BeforeValidator(_absent)] = None  # type: ignore[valid-type]
    occurred_at: Annotated[AwareDatetime, BeforeValidator(_moment)]
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
        said = [self.source, self.user, self.verb, self.object_type, self.object, self.value]
        said += [self.unit] if self.unit else []
        text = json.dumps([*said, self.occurred_at.timestamp()], ensure_ascii=False)
        return f"{self.source}:{hashlib.sha256(text.encode()).hexdigest()}"

    def columns(self) -> dict[str, Any]:
        return {
            "user_id": self.user,
            "verb": self.verb,
            "object_type": self.object_type,
            "object_id": self.object,
            "value": self.value,
            "unit": self.unit,
            "source": self.source,
            "campaign_id": None,
            "occurred_at": self.occurred_at,
            "idempotency_key": self.key,
        }


@dataclass(frozen=True, slots=True)
class Line:
    """A row with its line number: a signal, what is wrong with it, or why it is left out; or the
    key of a signal that it `voids`, or where there is `more` than this file has."""

    number: int
    signal: SignalRow | None = None
    fault: str | None = None
    left_out: LeftOut | None = None
    voids: str | None = None
    more: str | None = None


def format_of(path: Path) -> str | None:
    """The format that a file's suffix stands for."""
    return SUFFIXES.get(path.suffix.lower())


def read(
    file: IO[bytes], format_: str, ids: PlatformIds | None = None, platform: str = ""
) -> Iterator[Line]:
    """The rows of a file in UTF-8; a row that can't be read comes as a fault, and reading goes on.

    `format_` is one of FORMATS. `ids` tell whom and what a platform's rows are of; `platform` is
    its address, for a log that doesn't tell it.
    """
    ids = ids or PlatformIds()
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        if format_ == "csv":
            yield from _csv_lines(text, ids, platform)
        elif format_ == "jsonl":
            yield from _json_lines(text)
        else:
            yield from _xapi_lines(text, ids)
    finally:
        text.detach()  # the file is its opener's to close


def _csv_lines(text: IO[str], ids: PlatformIds, platform: str) -> Iterator[Line]:
    rows = csv.DictReader(text, strict=True)
    while True:
        try:
            row = next(rows, None)
            if row is None:
                return
            columns = rows.fieldnames or ()
        except (csv.Error, UnicodeDecodeError) as error:
            yield Line(rows.line_num + 1, fault=_broken(error))
            return
        if moodle_log.is_log(columns):
            cells = {name: cell or "" for name, cell in row.items() if name}
            yield _platform_line(rows.line_num, partial(moodle_log.signal, cells, platform, ids))
            continue
        if missing := {"user", "verb", "object", "occurred_at"} - set(columns):
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


def _xapi_lines(text: IO[str], ids: PlatformIds) -> Iterator[Line]:
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
        if isinstance(value, Page):
            if more := value.fields.get("more"):
                yield Line(number, more=str(more))
            continue
        try:
            voids = xapi.voids(value)
        except ValueError as error:
            yield Line(number, fault=f"not an xAPI statement that I know: {error}")
            continue
        if voids is not None:
            yield Line(number, voids=voids)
        else:
            yield _platform_line(number, partial(xapi.statement, value, ids))


def _platform_line(number: int, row: Callable[[], Mapping[str, Any]]) -> Line:
    try:
        return _line(number, row())
    except LeftOut as left_out:
        return Line(number, left_out=left_out)
    except (ValueError, TypeError, AttributeError) as error:
        return Line(number, fault=f"not a row of a platform that I know: {error}")


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
