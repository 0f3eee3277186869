"""Delivers updates to a bot's webhook: in order within a chat, again and again until taken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from playground.plain import Json
from playground.state import Webhook
from playground.updates import Pending
from playground.world import Bot, World

TIMEOUT = 60.0  # seconds for one delivery
FIRST_RETRY, LAST_RETRY = 0.5, 60.0  # seconds between deliveries of one update; doubles

Answered = Callable[[Bot, Json], Awaitable[None]]


class Deliverer:
    """One per bot. Chats go in parallel up to max_connections; one chat's updates in order."""

    def __init__(self, world: World, bot: Bot, session: ClientSession, answered: Answered) -> None:
        self._world = world
        self._bot = bot
        self._session = session
        self._answered = answered
        self._lanes: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Serves until cancelled."""
        try:
            while True:
                await self._bot.updates.arrived.wait()
                self._bot.updates.arrived.clear()
                if self._bot.webhook.url:
                    self._start_lanes()
        finally:
            for task in self._lanes.values():
                task.cancel()
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    def _start_lanes(self) -> None:
        for pending in self._bot.updates.waiting():
            if len(self._lanes) >= self._bot.webhook.max_connections:
                return
            if pending.lane not in self._lanes:
                task = asyncio.create_task(self._serve(pending.lane))
                self._lanes[pending.lane] = task

    async def _serve(self, lane: int) -> None:
        retry = FIRST_RETRY
        try:
            while (hook := self._bot.webhook).url and (pending := self._next(lane)) is not None:
                answer = await self._deliver(hook, pending)
                if answer is None:
                    await asyncio.sleep(retry)
                    retry = min(retry * 2, LAST_RETRY)
                    continue
                retry = FIRST_RETRY
                self._bot.updates.confirm(pending.id)
                if answer.get("method"):
                    await self._answered(self._bot, answer)
        finally:
            del self._lanes[lane]
            self._bot.updates.arrived.set()  # a lane that had to wait may start now

    def _next(self, lane: int) -> Pending | None:
        waiting = self._bot.updates.waiting()
        return next((pending for pending in waiting if pending.lane == lane), None)

    async def _deliver(self, hook: Webhook, pending: Pending) -> dict[str, Any] | None:
        """The webhook's answer ({} when it holds no JSON object); None when it failed."""
        headers = {}
        if hook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret_token
        try:
            async with self._session.post(
                hook.url,
                json=pending.update,
                headers=headers,
                timeout=ClientTimeout(total=TIMEOUT),
            ) as response:
                if response.status // 100 == 2:
                    return _object(await response.text())
                reason = f"Wrong response from the webhook: {response.status} {response.reason}"
        except TimeoutError:
            reason = "Read timeout expired"
        except ClientError as error:
            reason = f"Connection failed: {error}"
        hook.last_error_date = int(self._world.clock.now().timestamp())
        hook.last_error_message = reason
        return None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
