"""The clock that is handed to whatever needs the time, so that a test can move it."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


# Events take place in China, and are told in its one time zone.
ZONE = ZoneInfo("Asia/Shanghai")
