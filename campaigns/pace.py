"""Pacing of sends: so many a second, and silence when the messenger asks for it."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic


class Pace:
    """Hands out evenly spaced moments to send at, at most `per_second` of them a second.

    The spacing is even, without bursts, so no second ever holds more than its share.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.per_second = per_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._held_until = 0.0

    async def wait(self) -> bool:
        """Returns when it is this caller's turn; False when the messenger wants silence instead."""
        now = self._clock()
        if now < self._held_until:
            return False
        at = max(self._next, now)
        self._next = at + 1 / self.per_second
        if at > now:
            await self._sleep(at - now)
        # A hold may have come during the sleep.
        return self._clock() >= self._held_until

    async def released(self) -> None:
        """Returns when no hold is on."""
        while (left := self._held_until - self._clock()) > 0:
            await self._sleep(left)

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes before `seconds` have passed."""
        until = self._clock() + seconds
        self._held_until = max(self._held_until, until)
        self._next = max(self._next, until)
