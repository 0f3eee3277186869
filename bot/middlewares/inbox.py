"""The durable inbox: an update is written down before Telegram is told that it arrived.

Polling confirms updates with the next getUpdates call, a webhook with its answer; both happen
before a handler ends. So a `kill -9` would lose what was being handled, a payment for example.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from aiogram import BaseMiddleware, Bot, Dispatcher
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.methods import GetUpdates, Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import TelegramObject, Update

from storage.database import Database
from storage.repositories import inbox

log = logging.getLogger(__name__)

# An update that stopped the process this often is given up, or the bot would never start again.
MAX_ATTEMPTS = 3
# Updates begun that are remembered, so that one told again meanwhile isn't handled twice.
REMEMBERED = 10_000
# How long a stop waits for handlers, seconds; what isn't done by then is taken up at the start.
PATIENCE_S = 5.0


class Inbox(BaseRequestMiddleware):
    """Writes updates down as getUpdates or the webhook brings them, and replays the unfinished."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock
        self._handled: set[int] = set()
        self._begun: dict[int, None] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        response = await make_request(bot, method)
        if isinstance(method, GetUpdates) and isinstance(response, list) and response:
            await self.receive(bot.id, response)
        return response

    async def receive(self, bot_id: int, updates: list[Update]) -> None:
        # Only what came: aiogram's defaults for the rest can't be serialised.
        payloads = [u.model_dump(mode="json", by_alias=True, exclude_unset=True) for u in updates]
        async with self.database.write() as session:
            self._handled |= await inbox.receive(
                session, bot_id, payloads, self.clock(), MAX_ATTEMPTS
            )

    def begin(self, update_id: int) -> bool:
        """Whether to handle this update: False when that was done, or begun, before."""
        if update_id in self._handled:
            self._handled.discard(update_id)
            return False
        if update_id in self._begun:
            return False
        self._begun[update_id] = None
        if len(self._begun) > REMEMBERED:
            del self._begun[next(iter(self._begun))]
        if task := asyncio.current_task():
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return True

    async def settle(self) -> None:
        """At the stop: lets handlers under way end."""
        mine = asyncio.current_task()
        if running := {task for task in self._running if task is not mine}:
            await asyncio.wait(running, timeout=PATIENCE_S)

    async def done(self, bot_id: int, update_id: int) -> None:
        async with self.database.write() as session:
            await inbox.done(session, bot_id, update_id, self.clock())

    async def replay(self, dispatcher: Dispatcher, bot: Bot) -> int:
        """Handles what a stopped process left unfinished; returns how many updates that were."""
        async with self.database.write() as session:
            await inbox.forget_old(session, self.clock())
            left = await inbox.begin_open(session, bot.id, MAX_ATTEMPTS)
        for payload in left:
            log.warning("Handling update id=%s again, left by a stop", payload["update_id"])
            await dispatcher.feed_raw_update(bot, dict(payload))
        return len(left)


class HandledOnce(BaseMiddleware):
    """Drops updates that were handled before, and marks the others when they are done."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        if not isinstance(event, Update):
            return await handler(event, data)
        if not self.inbox.begin(event.update_id):
            return None
        bot_id = data["bot"].id
        try:
            result = await handler(event, data)
        except Exception:
            # The user was told, and a replay would fail the same way. A cancelled handler
            # (the bot is stopping) is another matter: it stays open for the next start,
            # and so does a payment, since somebody's Stars hang on it.
            if not (event.message and event.message.successful_payment):
                await self.inbox.done(bot_id, event.update_id)
            raise
        await self.inbox.done(bot_id, event.update_id)
        return result
