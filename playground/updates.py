"""A bot's queue of updates, and long polling on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playground.clock import Clock
from playground.errors import ApiError
from playground.plain import Json, plain

KEPT = 24 * 3600  # seconds: https://core.telegram.org/bots/api#getting-updates
MAX_POLL = 50.0  # seconds
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
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
        self._pending: dict[int, Pending] = {}  # by id, oldest first
        self._turn = 0  # of the newest poller; an older one that still waits is sent away
        self._reason = ""
        self._woken = asyncio.Event()
        self._closed = False
        self.arrived = asyncio.Event()
        self.allowed: list[str] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def push(self, kind: str, body: Any, lane: int) -> int | None:
        """Queues an update of the kind and returns its id; None when the bot has not asked for
        such."""
        if kind in ON_REQUEST if not self.allowed else kind not in self.allowed:
            return None
        update = {"update_id": self._next_id(), kind: plain(body)}
        # A month that the page passes in a moment is none in which the bot was away.
        pending = Pending(update, self._clock.unmoved().timestamp(), lane)
        self._pending[pending.id] = pending
        self._keep(pending.id, pending)
        self.arrived.set()
        self._wake()
        return pending.id

    def restore(self, pending: Pending) -> None:
        self._pending[pending.id] = pending

    def waiting(self) -> list[Pending]:
        """What is not confirmed yet, oldest first."""
        oldest = self._clock.unmoved().timestamp() - KEPT
        while self._pending and (first := next(iter(self._pending.values()))).at < oldest:
            self.confirm(first.id)
        return list(self._pending.values())

    def next_in(self, lane: int) -> Pending | None:
        """The oldest of a chat."""
        return next((one for one in self._pending.values() if one.lane == lane), None)

    def confirm(self, *update_ids: int) -> None:
        for update_id in update_ids:
            if self._pending.pop(update_id, None) is not None:
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

        Raises ApiError 409 when another poller takes over, or a webhook.
        """
        self.send_away(OTHER_POLLER)
        self.confirm_before(offset)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, MAX_POLL)
        turn = self._turn
        while not (found := self.waiting()[:limit]):
            left = deadline - loop.time()
            if left <= 0 or self._closed:
                break
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), left)
            except TimeoutError:
                break
            if turn != self._turn:
                raise ApiError(409, self._reason)
        return [pending.update for pending in found]

    def send_away(self, reason: str) -> None:
        """Ends the poll that waits, if one does."""
        self._turn += 1
        self._reason = reason
        self._woken.set()

    def _wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        """Lets a waiting poller go home empty-handed."""
        self._closed = True
        self._wake()
