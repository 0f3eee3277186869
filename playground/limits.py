"""Telegram's documented sending rates, as arithmetic on an injected monotonic clock.

Source: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Messages per second for a whole bot (and with paid broadcast), per chat, and per minute in
    a group. A burst is how many messages may pass at once after a rest."""

    per_second: float = 30.0
    burst: int = 30
    paid_per_second: float = 1000.0
    chat_per_second: float = 1.0
    chat_burst: int = 20
    group_per_minute: float = 20.0


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

    def take(self, n: int) -> None:
        self._tokens = max(0.0, self._tokens - n)


class RateLimiter:
    """The limits of one bot."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        now = monotonic()
        self._free = TokenBucket(limits.per_second, limits.burst, now)
        self._paid = TokenBucket(limits.paid_per_second, max(1, round(limits.paid_per_second)), now)
        self._chats: defaultdict[int, TokenBucket] = defaultdict(self._chat)
        self._groups: defaultdict[int, TokenBucket] = defaultdict(self._group)

    def _chat(self) -> TokenBucket:
        limits = self._limits
        return TokenBucket(limits.chat_per_second, limits.chat_burst, self._monotonic())

    def _group(self) -> TokenBucket:
        rate = self._limits.group_per_minute
        return TokenBucket(rate / 60, max(1, round(rate)), self._monotonic())

    def acquire(self, chat_id: int, messages: int = 1, paid: bool = False) -> int:
        """0 when `messages` may go to the chat now (they are counted); else the whole seconds to
        wait (nothing is counted). A group's id is negative, as in Telegram."""
        now = self._monotonic()
        buckets = [
            self._paid if paid else self._free,
            self._groups[chat_id] if chat_id < 0 else self._chats[chat_id],
        ]
        wait = max(bucket.wait(messages, now) for bucket in buckets)
        if wait > 0:
            return max(1, math.ceil(wait))
        for bucket in buckets:
            bucket.take(messages)
        return 0
