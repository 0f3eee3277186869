"""The two clocks of the playground, injected so that tests can move them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """`monotonic` (seconds) measures rates and waits; `now` (aware UTC) dates messages."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now

    def date(self) -> datetime:
        """Now, cut to the whole second that Telegram's dates have."""
        return self.now().replace(microsecond=0)
