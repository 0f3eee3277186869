"""What a learning platform's ids stand for here: its people are our users, its courses our items.

A table tells it, a CSV file with the columns kind (person or item), theirs, ours, and maybe
platform:

    kind,theirs,ours,platform
    person,5f0c2a7e-0000-4000-8000-000000000011,700011,https://lms.example
    item,course-v1:CarSchool+EV101+2026,course-ev,
    item,course/view.php?id=3,course-winter,https://moodle.example
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

COLUMNS = ("kind", "theirs", "ours", "platform")
# A Telegram id; what is no such number can't be one of our users.
LARGEST = 2**63
# As long as a signal's object may be.
LONGEST = 128


class LeftOut(Exception):
    """A row that is all right, and stands for no signal of ours; it is counted under `reason`."""

    def __init__(self, reason: str, told: str) -> None:
        super().__init__(told)
        self.reason = reason


class TableError(Exception):
    """The table of ids can't be read; the message lists every fault with its line."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    kind: Literal["person", "item"]
    theirs: str = Field(min_length=1)
    ours: str = Field(min_length=1, max_length=LONGEST)
    platform: str = ""


@dataclass(slots=True)
class PlatformIds:
    """`platform` is the one whose accounts are named by our users' ids; while None, the first that
    is met becomes it."""

    platform: str | None = None
    _people: dict[tuple[str, str], int] = field(default_factory=dict)
    _items: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "PlatformIds":
        """Raises TableError."""
        ids = cls()
        faults = [f"line {line}: {fault}" for line, fault in ids._take(path)]
        if faults:
            raise TableError("\n".join([f"{path.name}: nothing was imported.", *faults[:20]]))
        return ids

    def _take(self, path: Path) -> Iterator[tuple[int, str]]:
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            yield 1, "not UTF-8 text: save the file as UTF-8"
            return
        rows = csv.DictReader(StringIO(text, newline=""), strict=True)
        try:
            missing = set(COLUMNS[:3]) - set(rows.fieldnames or ())
            if missing:
                yield 1, f"columns are missing: {', '.join(sorted(missing))}"
                return
            for row in rows:
                filled = {name: cell for name, cell in row.items() if name and cell}
                try:
                    self._add(_Row.model_validate(filled))
                except ValidationError as error:
                    place = error.errors()[0]
                    yield rows.line_num, f"{place['loc'][0]}: {place['msg']}"
                except ValueError as error:
                    yield rows.line_num, str(error)
        except csv.Error as error:
            yield rows.line_num + 1, f"not CSV: {error}"

    def _add(self, row: _Row) -> None:
        if row.kind == "person":
            user = _user(row.ours)
            if user is None:
                raise ValueError(f"ours is {row.ours!r}; a person is a user's id, a number")
            key = (_plain(row.platform), _plain(row.theirs))
            if self._people.setdefault(key, user) != user:
                raise ValueError(f"{row.theirs!r} is another person further up")
            return
        theirs = _plain(row.theirs)
        if row.platform and not theirs.startswith(start := f"{_plain(row.platform)}/"):
            theirs = f"{start}{theirs.lstrip('/')}"
        if self._items.setdefault(theirs, row.ours) != row.ours:
            raise ValueError(f"{row.theirs!r} is another item further up")

    def person(self, platform: str, name: str, *, by_number: bool) -> int:
        """The user that an account of a platform stands for. Without any people in the table, names
        `by_number` are our own ids, on one platform alone.

        Raises LeftOut.
        """
        key = _plain(platform)
        for where in (key, ""):
            if (found := self._people.get((where, _plain(name)))) is not None:
                return found
        user = _user(name) if by_number and not self._people else None
        if user is None:
            raise LeftOut("unknown_user", f"{name!r} of {platform or 'the platform'} is not known")
        if key and self.platform is None:
            self.platform = key
        if key and key != self.platform:
            told = f"account {name} is of {platform}, and users' ids are those of {self.platform}"
            raise LeftOut("unknown_user", told)
        return user

    def item(self, theirs: str) -> str:
        """The item that an id, an address mostly, stands for: by the table, in which the end of an
        address is enough, or else what its last part says. Raises LeftOut."""
        left = _plain(theirs)
        while left:
            if (found := self._items.get(left)) is not None:
                return found
            left = left.partition("/")[2]
        last = re.split(r"[/#:]", theirs.strip().rstrip("/"))[-1]
        if not 0 < len(last) <= LONGEST:
            raise LeftOut("unknown_item", f"item {theirs[:LONGEST]!r} is not known")
        return last

    def is_theirs(self, platform: str) -> None:
        """Says which platform's accounts are named by our users' ids."""
        self.platform = _plain(platform)


def _plain(theirs: str) -> str:
    """An id without what doesn't tell two apart: scheme, percent signs, case, a last slash."""
    return re.sub(r"^(https?://|mailto:)", "", unquote(theirs).strip().casefold()).rstrip("/")


def _user(name: str) -> int | None:
    """The user's id that a text is, if it is one."""
    name = name.strip()
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 20 else 0
    return number if 0 < number < LARGEST else None
