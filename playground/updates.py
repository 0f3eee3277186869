"""A bot's queue of updates, and long polling on it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.clock import Clock
from playground.errors import ApiError
from playground.plain import Json, plain

KEPT = 24 * 3600  # seconds: https://core.telegram.org/bots/api#getting-updates
MAX_POLL = 50.0  # seconds
# Sent only to a bot that asks for them: https://core.telegram.org/bots/api#getupdates
ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}


@dataclass(frozen=True)
class Pending:
    """`lane` is the chat or user whose updates must arrive in order."""

    update: Json
    at: float
    lane: int

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


class UpdateQueue:
    """Updates wait here until the bot confirms them, 24 hours at most.

    `next_id` numbers them; `keep(id, pending or None)` saves or forgets one.
    """

    def __init__(
        self,
        clock: Clock,
        next_id: Callable[[], int],
        keep: Callable[[int, Pending | None], None],
    ) -> None:
        self._clock = clock
        self._next_id = next_id
        self._keep = keep
        self._pending: deque[Pending] = deque()
        self._poller: asyncio.Future[None] | None = None
        self._closed = False
        self.arrived = asyncio.Event()
        self.allowed: list[str] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def push(self, kind: str, body: Any, lane: int) -> None:
        """Queues an update of the kind unless the bot has not asked for such."""
        if kind in ON_REQUEST if not self.allowed else kind not in self.allowed:
            return
        update = {"update_id": self._next_id(), kind: plain(body)}
        pending = Pending(update, self._clock.now().timestamp(), lane)
        self._pending.append(pending)
        self._keep(pending.id, pending)
        self.arrived.set()
        self._wake()

    def restore(self, pending: Pending) -> None:
        self._pending.append(pending)

    def waiting(self) -> list[Pending]:
        """What is not confirmed yet, oldest first."""
        oldest = self._clock.now().timestamp() - KEPT
        while self._pending and self._pending[0].at < oldest:
            self._keep(self._pending.popleft().id, None)
        return list(self._pending)

    def confirm(self, *update_ids: int) -> None:
        gone = set(update_ids)
        self._pending = deque(p for p in self._pending if p.id not in gone)
        for update_id in gone:
            self._keep(update_id, None)

    def confirm_before(self, offset: int) -> None:
        """A negative offset keeps that many of the newest."""
        waiting = self.waiting()
        if offset < 0:
            gone = waiting[:offset]
        else:
            gone = [pending for pending in waiting if pending.id < offset]
        if gone:
            self.confirm(*(pending.id for pending in gone))

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109
        """Up to `limit` updates from `offset` on, waiting `timeout` seconds for the first.

        Raises ApiError 409 when another poller takes over.
        """
        self._supersede()
        self.confirm_before(offset)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, MAX_POLL)
        while not (found := self.waiting()[:limit]):
            left = deadline - loop.time()
            if left <= 0 or self._closed:
                break
            self._poller = loop.create_future()
            try:
                await asyncio.wait_for(self._poller, left)
            except TimeoutError:
                break
        return [pending.update for pending in found]

    def _supersede(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_exception(
                ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )
            )

    def _wake(self) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(None)

    def close(self) -> None:
        """Lets a waiting poller go home empty-handed."""
        self._closed = True
        self._wake()
