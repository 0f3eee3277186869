"""Pacing of sends: so many a second, and silence when the messenger asks for it.

By hand: aiolimiter lets bursts through, and can't be told to be silent until a time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic


class Pace:
    """Hands out evenly spaced moments to send at, at most `per_second` of them a second.

    The spacing is even, without bursts. A sleeper who wakes late keeps the turns after it on
    time, yet no second ever holds more than its share.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.per_second = per_second
        self._gap = 1 / per_second
        # The last moments handed out, as many as one period may hold.
        self._given: deque[float] = deque(maxlen=max(1, int(per_second)))
        self._period = self._gap * max(1, int(per_second))
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._held_until = 0.0

    async def wait(self, *, through_hold: bool = True) -> bool:
        """Returns True when it is this caller's turn.

        Without `through_hold`, False when the messenger wants silence: nobody's turn comes soon.
        """
        while True:
            if not through_hold and self._clock() < self._held_until:
                return False
            at = max(self._next, self._clock())
            self._next = at + self._gap
            while (now := self._clock()) < (turn := max(at, self._opens())):
                await self._sleep(turn - now)
            # A hold that came during the sleep moves every turn behind its end.
            if now >= self._held_until:
                self._given.append(now)
                return True

    def _opens(self) -> float:
        """When the period that ends then holds less than its share."""
        full = len(self._given) == self._given.maxlen
        return self._given[0] + self._period if full else 0.0

    async def released(self) -> None:
        """Returns when no hold is on."""
        while (left := self._held_until - self._clock()) > 0:
            await self._sleep(left)

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes before `seconds` have passed."""
        until = self._clock() + seconds
        self._held_until = max(self._held_until, until)
        self._next = max(self._next, until)
