"""Leads as a CSV file, for who works in a CRM: for spreadsheets, and back with outcomes."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from activities.lead_stages import MARKS
from activities.lead_work import Told, fen
from services.clock import ZONE
from storage.models import Item, Lead
from storage.repositories import leads

READ = ("lead", "outcome", "amount", "date")
COLUMNS = (
    "lead",
    "dealer",
    "item",
    "title",
    "name",
    "phone",
    "handed_over",
    "state",
    "outcome",
    "amount",
    "date",
)
# With one of these at its beginning a cell is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class LeadsFileError(Exception):
    """The file can't be imported; the message names every fault with its line."""


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def write(rows: Sequence[tuple[Lead, Item]], target: IO[str]) -> None:
    """`outcome`, `amount` and `date` are empty: they are for who sends the file back."""
    table = csv.writer(target)
    table.writerow(COLUMNS)
    for lead, item in rows:
        handed = lead.handed_at.astimezone(ZONE).isoformat(" ", "minutes") if lead.handed_at else ""
        cells = (
            str(lead.id),
            lead.dealer_id,
            item.id,
            item.title.get("zh") or "",
            lead.name or "",
            lead.phone or "",
            handed,
            lead.status,
            "",
            "",
            "",
        )
        table.writerow([guarded(cell) for cell in cells])


def read(data: bytes, now: datetime, known: Mapping[int, Lead]) -> list[Told]:
    """The outcomes of a file; lines without one are passed over. `known` are the leads that it may
    name. Raises LeadsFileError."""
    faults: list[str] = []
    told = []
    for line, cells in rows(data):
        try:
            if cells["outcome"]:
                told.append(_told(cells, now, known))
        except ValueError as error:
            faults.append(f"line {line}: {error}")
    if faults:
        raise LeadsFileError("Nothing was imported. Please mend:\n" + "\n".join(faults))
    return told


def rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    """(line, cells by column). Raises LeadsFileError for what is no such file."""
    try:
        text = data.decode("utf-8-sig")
        table = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        head = [name.strip() for name in table.fieldnames or ()]
        table.fieldnames = head
        missing = [name for name in ("lead", "outcome") if name not in head]
        strange = [name for name in head if name not in COLUMNS]
        if missing or strange or len(set(head)) < len(head):
            raise LeadsFileError(
                f"The first line has to name the columns {', '.join(READ)}, each once; there may "
                f"be those of `chezhi leads export` besides. It says: {', '.join(head)[:200]}"
            )
        return [(table.line_num, _cells(row)) for row in table]
    except UnicodeDecodeError as error:
        raise LeadsFileError("The file is not UTF-8 text: save it as CSV UTF-8.") from error
    except csv.Error as error:
        raise LeadsFileError(f"The file is not valid CSV: {error}") from error


def ids(data: bytes) -> set[int]:
    """The leads that a file names. Raises LeadsFileError."""
    return {int(cells["lead"]) for _, cells in rows(data) if _is_id(cells["lead"])}


def _cells(row: Mapping[Any, Any]) -> dict[str, str]:
    found = {name: (row.get(name) or "").strip().removeprefix("'") for name in READ}
    return found | ({"too many": "x"} if None in row else {})


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _told(cells: Mapping[str, str], now: datetime, known: Mapping[int, Lead]) -> Told:
    if "too many" in cells:
        raise ValueError("more cells than columns")
    if not _is_id(cells["lead"]):
        raise ValueError(f"lead is {cells['lead'][:40]!r}; it is the number of a lead")
    lead = known.get(int(cells["lead"]))
    if lead is None or lead.status in leads.KEPT_BACK:
        raise ValueError(f"there is no lead {cells['lead']}, or it was withdrawn")
    outcome = next((mark for mark in MARKS if mark == cells["outcome"].casefold()), None)
    if outcome is None:
        raise ValueError(
            f"outcome is {cells['outcome'][:40]!r}; it is one of {', '.join(MARKS)}, or empty"
        )
    amount = None
    if cells["amount"]:
        amount = fen(cells["amount"])
        if outcome != "ordered" or amount is None:
            raise ValueError("amount is for what was ordered, in yuan, such as 258000")
    at = _at(cells["date"], now)
    if lead.handed_at is not None and at < lead.handed_at:
        raise ValueError(f"date {cells['date']} lies before the lead was handed over")
    key = f"file:{lead.id}:{outcome}:{cells['date']}:{amount}"
    return Told(lead.id, outcome, amount, at, key)


def _at(text: str, now: datetime) -> datetime:
    """When it happened; of a day its end, as nothing of that day came later. Raises ValueError."""
    try:
        if len(text) == len("2026-11-28"):
            day = date.fromisoformat(text)
            at = datetime.combine(day + timedelta(days=1), time(), ZONE) - timedelta(seconds=1)
            if day == now.astimezone(ZONE).date():
                return now
        else:
            at = datetime.fromisoformat(text)
            at = at if at.tzinfo else at.replace(tzinfo=ZONE)
        ahead = at > now
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"date is {text[:40]!r}; it is a day, such as 2026-11-28, or a time, such as "
            "2026-11-28 15:30"
        ) from error
    if ahead:
        raise ValueError(f"date {text} lies ahead")
    return at
