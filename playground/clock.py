"""The two clocks of the playground: injected by tests, moved by tests and by the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """`monotonic` (seconds) measures rates and waits; `now` (aware UTC) dates messages.

    `ahead` is how many seconds the page has moved both.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._monotonic = monotonic
        self._now = now
        self.ahead = 0.0

    def monotonic(self) -> float:
        return self._monotonic() + self.ahead

    def now(self) -> datetime:
        return self.unmoved() + timedelta(seconds=self.ahead)

    def unmoved(self) -> datetime:
        """Now, as if the page had never moved the time."""
        return self._now()

    def date(self) -> datetime:
        """Now, cut to the whole second that Telegram's dates have."""
        return self.now().replace(microsecond=0)
