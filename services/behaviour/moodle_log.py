"""Moodle's log as signals: the CSV file that its report of logs lets one download.

Its headers are in the reader's language; what was done is told by the description, which Moodle
writes in English everywhere.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.behaviour.platform_ids import LeftOut, PlatformIds
from services.clock import ZONE

# The columns that are read, in English and in Simplified and Traditional Chinese.
TIME = ("time", "时间", "時間")
EVENT = ("event name", "事件名称", "事件名稱", "事件名")
DESCRIPTION = ("description", "描述", "说明", "說明")
# Day before month in English, and year before month in Chinese.
TIMES = {
    "time": ("%d/%m/%y, %H:%M", "%d/%m/%Y, %H:%M", "%d %B %Y, %H:%M", "%d %b %Y, %H:%M"),
    "时间": ("%Y年%m月%d日 %H:%M", "%Y/%m/%d %H:%M", "%y/%m/%d %H:%M", "%y年%m月%d日 %H:%M"),
}
TIMES["時間"] = TIMES["时间"]

_USER, _COURSE = r"[Tt]he user with id '(?P<user>\d+)'", r"course with id '(?P<course>\d+)'"
_MODULE = r"course module id '(?P<module>\d+)'"
# What people did, and its verb: the first that fits counts.
ACTS = tuple(
    (re.compile(pattern), verb)
    for pattern, verb in (
        (rf"{_USER} viewed the (section number '\d+' of the )?{_COURSE}", "viewed"),
        (rf"{_USER} viewed the '(?P<kind>\w+)' activity with {_MODULE}", "viewed"),
        (rf" unenrolled {_USER} .*from the {_COURSE}", "unenrolled"),
        (rf" enrolled {_USER} .*in the {_COURSE}", "enrolled"),
        (rf"{_USER} (has )?completed the {_COURSE}", "completed"),
        (
            rf"{_USER} has submitted the attempt .* for the (?P<kind>quiz) with {_MODULE}",
            "quiz_answered",
        ),
    )
)


def is_log(columns: Sequence[str]) -> bool:
    """Whether a table with these columns is such a log."""
    names = {_named(column) for column in columns}
    return all(names & set(wanted) for wanted in (TIME, EVENT, DESCRIPTION))


def signal(row: Mapping[str, str], platform: str, ids: PlatformIds) -> dict[str, Any]:
    """The fields of a signal, unchecked; `platform` is the address of that Moodle, or empty.

    Raises LeftOut for other events and other people, and ValueError for a time that isn't one.
    """
    cells = {_named(name): cell.strip() for name, cell in row.items()}
    told = _one(cells, DESCRIPTION)[1]
    acts = ((found, verb) for pattern, verb in ACTS if (found := pattern.search(told)))
    found, verb = next(acts, (None, ""))
    if found is None:
        raise LeftOut("other_event", f"the event {_one(cells, EVENT)[1]!r} stands for no signal")
    parts = found.groupdict()
    if parts.get("course"):
        place = f"course/view.php?id={parts['course']}"
    else:
        place = f"mod/{parts['kind']}/view.php?id={parts['module']}"
    return {
        # Moodle numbers its people by itself: such a number is never a user's id here.
        "user": ids.person(platform, parts["user"], by_number=False),
        "verb": verb,
        "object": ids.item(f"{platform.rstrip('/')}/{place}" if platform else place),
        "occurred_at": _time(*_one(cells, TIME)),
        "source": "moodle",
    }


def _named(column: str) -> str:
    return " ".join(column.split()).casefold()


def _one(cells: Mapping[str, str], names: Sequence[str]) -> tuple[str, str]:
    """The column of these names that is there, and its cell."""
    return next((name, cells[name]) for name in names if name in cells)


def _time(column: str, text: str) -> datetime:
    """The log tells no zone; it is the clock of our people's country."""
    spaced = " ".join(text.replace("\N{NARROW NO-BREAK SPACE}", " ").split())
    if column != "time":
        spaced = re.sub(r"[,，]? (?=\d+:)", " ", spaced)
    for form in TIMES[column]:
        for accurate in (form, f"{form}:%S"):
            try:
                return datetime.strptime(spaced, accurate).replace(tzinfo=ZONE)
            except ValueError:
                continue
    wanted = datetime(2026, 11, 20, 8, 15, tzinfo=ZONE).strftime(TIMES[column][0])
    raise ValueError(f"the time is {text!r}; it looks like {wanted}")
