"""Telegram's documented sending rates, as arithmetic on an injected monotonic clock.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Messages per second for a whole bot (and with paid broadcast), per chat, and per minute in
    a group. `chat_burst` is how many messages may come at once in a chat after a rest; `slack`
    is the share by which a second may exceed the average, as Telegram says "about 30"."""

    per_second: int = 30
    paid_per_second: int = 1000
    slack: float = 0.1
    chat_per_second: float = 1.0
    chat_burst: int = 20
    group_per_minute: int = 20


class TokenBucket:
    """`capacity` tokens, refilled at `rate` per second."""

    def __init__(self, rate: float, capacity: int, now: float) -> None:
        self.rate = rate
        self.capacity = float(capacity)
        self._tokens = float(capacity)
        self._at = now

    def wait(self, n: int, now: float) -> float:
        """Seconds until `n` tokens are there; 0 when they are. More than the capacity never are,
        so a larger `n` waits for a full bucket."""
        self._tokens = min(self.capacity, self._tokens + (now - self._at) * self.rate)
        self._at = now
        # The epsilon forgives float rounding, so that a caller who waited is let through.
        lacking = min(float(n), self.capacity) - self._tokens - 1e-9
        return max(0.0, lacking / self.rate)

    def take(self, n: int, now: float) -> None:
        self._tokens = max(0.0, self._tokens - n)


class Window:
    """At most `limit` in any `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._taken: deque[float] = deque(maxlen=limit)

    def wait(self, n: int, now: float) -> float:
        """Seconds until `n` more fit; more than the limit wait for an empty window."""
        over = len(self._taken) + min(n, self.limit) - self.limit
        # The oldest `over` must have left; the epsilon forgives float rounding.
        return max(0.0, self._taken[over - 1] + self.seconds - now - 1e-9) if over > 0 else 0.0

    def take(self, n: int, now: float) -> None:
        self._taken.extend([now] * n)


class RateLimiter:
    """The limits of one bot."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._free = self._overall(limits.per_second)
        self._paid = self._overall(limits.paid_per_second)
        self._chats: dict[int, TokenBucket | Window] = {}

    def _overall(self, per_second: int) -> list[TokenBucket | Window]:
        most = math.ceil(per_second * (1 + self._limits.slack))
        return [TokenBucket(per_second, per_second, self._monotonic()), Window(most, 1.0)]

    def _chat(self, chat_id: int) -> TokenBucket | Window:
        """A group's id is negative, as in Telegram."""
        limits = self._limits
        if chat_id not in self._chats:
            self._chats[chat_id] = (
                Window(limits.group_per_minute, 60.0)
                if chat_id < 0
                else TokenBucket(limits.chat_per_second, limits.chat_burst, self._monotonic())
            )
        return self._chats[chat_id]

    def acquire(self, chat_id: int, messages: int = 1, paid: bool = False) -> int:
        """0 when `messages` may go to the chat now (they are counted); else the whole seconds to
        wait (nothing is counted)."""
        now = self._monotonic()
        held = [*(self._paid if paid else self._free), self._chat(chat_id)]
        wait = max(limit.wait(messages, now) for limit in held)
        if wait > 0:
            return max(1, math.ceil(wait))
        for limit in held:
            limit.take(messages, now)
        return 0
