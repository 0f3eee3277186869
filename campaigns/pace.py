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
        self._gap = 1 / per_second
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._held_until = 0.0

    async def wait(self) -> None:
        """Returns when it is this caller's turn."""
        while True:
            now = self._clock()
            at = max(self._next, now)
            self._next = at + self._gap
            if at > now:
                await self._sleep(at - now)
            # A hold that came during the sleep moves every turn behind its end.
            if self._clock() >= self._held_until:
                return

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes before `seconds` have passed."""
        until = self._clock() + seconds
        self._held_until = max(self._held_until, until)
        self._next = max(self._next, until)
