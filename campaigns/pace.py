"""Pacing of sends: so many a second, and silence when the messenger asks for it.

By hand: aiolimiter lets bursts through, and can't be told to be silent until a time.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic

# So late, seconds, a message may come to the server that is sent now.
LANDS_S = 0.05
# Turns that nobody was there for in so short a time, seconds, aren't lost: at a thousand a second
# whoever sends is late for many.
CATCH_UP_S = 0.05


class Turn:
    """A moment handed out, and when the message then came to the server at the latest."""

    __slots__ = ("_clock", "_lands_s", "at")

    def __init__(self, clock: Callable[[], float], lands_s: float) -> None:
        self._clock = clock
        self._lands_s = lands_s
        self.leaves()

    def leaves(self) -> None:
        """The message is handed over only now: on a busy machine a while after its turn."""
        self.at = self._clock() + self._lands_s

    def landed(self) -> None:
        """The server has answered."""
        self.at = min(self.at, self._clock())


class Pace:
    """Hands out evenly spaced moments to send at, at most `per_second` of them a second.

    The spacing is even, without bursts. A sleeper who wakes late keeps the turns after it on
    time, yet no second ever holds more than its share: also not by the server's clock, where
    messages take up to `lands_s` to come there, each its own time. Who comes up to `catch_up_s`
    after a turn still has it, so those next to it may come closer.
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lands_s: float = 0.0,
        catch_up_s: float = 0.0,
    ) -> None:
        self.per_second = per_second
        self._catch_up_s = catch_up_s
        self._lands_s = lands_s
        self._gap = 1 / per_second
        # The last moments handed out, as many as one period may hold.
        self._given: deque[Turn] = deque(maxlen=max(1, int(per_second)))
        self._period = self._gap * max(1, int(per_second))
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._held_until = 0.0

    async def wait(self, *, through_hold: bool = True) -> Turn | None:
        """Returns when it is this caller's turn.

        Without `through_hold`, None when the messenger wants silence: nobody's turn comes soon.
        """
        while True:
            if not through_hold and self._clock() < self._held_until:
                return None
            at = max(self._next, self._clock() - self._catch_up_s)
            self._next = at + self._gap
            while (now := self._clock()) < (turn := max(at, self._opens())):
                await self._sleep(turn - now)
            # A hold that came during the sleep moves every turn behind its end.
            if now >= self._held_until:
                taken = Turn(self._clock, self._lands_s)
                self._given.append(taken)
                return taken

    def _opens(self) -> float:
        """When the period that ends then holds less than its share."""
        full = len(self._given) == self._given.maxlen
        return self._given[0].at + self._period if full else 0.0

    async def released(self) -> None:
        """Returns when no hold is on."""
        while (left := self._held_until - self._clock()) > 0:
            await self._sleep(left)

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes before `seconds` have passed."""
        until = self._clock() + seconds
        self._held_until = max(self._held_until, until)
        self._next = max(self._next, until)


def pace_of_broadcasts(per_second: float) -> Pace:
    """Held by the server's clock, and close to what it allows."""
    return Pace(per_second, lands_s=LANDS_S, catch_up_s=CATCH_UP_S)
