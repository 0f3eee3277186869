"""What is typed for a field of a campaign, read; the same for a chat and a command line."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from activities.lead_work import fen
from services.clock import ZONE

# Stands for nothing where a field may be empty.
NONE = "-"
MOST_NAME, MOST_HOLDOUT, MOST_DAYS, MOST_A_WEEK = 128, 0.9, 365, 100
MOST_URL = 512
_TIME = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T](\d{1,2})[:：](\d{2})")


class Unreadable(ValueError):
    """What was typed is no value of the field; `code` says of which it is none."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reading:
    """By whose clock a time is meant, and what the time is now."""

    now: datetime
    zone: ZoneInfo = ZONE


def read(field: str, text: str, by: Reading) -> Any:
    """The value of a field, by its name in `FIELDS`. Raises Unreadable."""
    return FIELDS[field](text.strip(), by)


def _name(text: str, _: Reading) -> str:
    if not 0 < len(text) <= MOST_NAME or not text.isprintable():
        raise Unreadable("name")
    return text


def _share(text: str, _: Reading) -> float:
    found = re.fullmatch(r"(\d{1,2}(?:\.\d)?) ?[%％]?", text)
    if found is None or float(found[1]) / 100 > MOST_HOLDOUT:
        raise Unreadable("holdout")
    return float(found[1]) / 100


def _yes(text: str, _: Reading) -> bool:
    if text.lower() not in ("yes", "no", "是", "否"):
        raise Unreadable("yes-no")
    return text.lower() in ("yes", "是")


def _whole(code: str, most: int) -> Callable[[str, Reading], int]:
    def read_whole(text: str, _: Reading) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= most:
            raise Unreadable(code)
        return int(text)

    return read_whole


def _time(text: str, by: Reading) -> datetime:
    """By the reader's clock; an hour that comes twice is the first."""
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise Unreadable("time")
        moment = datetime(*map(int, found.groups()), tzinfo=by.zone)  # type: ignore[misc, arg-type]
    except ValueError as error:
        raise Unreadable("time") from error
    if moment <= by.now:
        raise Unreadable("past")
    return moment


def _quiet(text: str, _: Reading) -> str:
    found = re.fullmatch(r"(\d{1,2}) ?[-–—~至到] ?(\d{1,2})", text)
    if found is None or found[1] == found[2] or max(map(int, found.groups())) > 23:
        raise Unreadable("quiet")
    return f"{int(found[1])}-{int(found[2])}"


def _money(text: str, _: Reading) -> int:
    found = 0 if re.fullmatch(r"¥?0+", text) else fen(text)
    if found is None:
        raise Unreadable("money")
    return found


def _url(text: str, _: Reading) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError as error:  # an address or a port that is none
        raise Unreadable("url") from error
    plain = text.isprintable() and not {" ", "@"} & set(text)
    if not fits or not plain or len(text) > MOST_URL:
        raise Unreadable("url")
    return text


def _or_none(reading: Callable[[str, Reading], Any]) -> Callable[[str, Reading], Any]:
    return lambda text, by: None if text == NONE else reading(text, by)


FIELDS: Mapping[str, Callable[[str, Reading], Any]] = {
    "name": _name,
    "holdout": _share,
    "window_days": _whole("days", MOST_DAYS),
    "starts_at": _or_none(_time),
    "every_days": _or_none(_whole("days", MOST_DAYS)),
    "until": _or_none(_time),
    "quiet": _or_none(_quiet),
    "most_a_week": _or_none(_whole("week", MOST_A_WEEK)),
    "cost_fen": _money,
    "cost_each_fen": _money,
    "budget_fen": _or_none(_money),
    "error_rate": _share,
    "paid": _yes,
    "url": _or_none(_url),
}
