"""Delivers updates to a bot's webhook: in order within a chat, again and again until taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from playground.errors import ApiError
from playground.params import answered_params
from playground.state import Webhook
from playground.updates import Pending
from playground.world import Bot, World

TIMEOUT = 60.0  # seconds for one delivery
FIRST_RETRY, LAST_RETRY = 0.5, 60.0  # seconds between deliveries of one update; doubles

Answered = Callable[[Bot, dict[str, Any]], Awaitable[None]]


class Deliverer:
    """One per bot. Chats go in parallel up to max_connections; one chat's updates in order."""

    def __init__(self, world: World, bot: Bot, session: ClientSession, answered: Answered) -> None:
        self._world = world
        self._bot = bot
        self._session = session
        self._answered = answered
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._hook = bot.webhook

    async def run(self) -> None:
        """Serves until cancelled."""
        try:
            while True:
                await self._bot.updates.arrived.wait()
                self._bot.updates.arrived.clear()
                if self._hook is not self._bot.webhook:
                    await self._stop()
                    self._hook = self._bot.webhook
                if self._bot.webhook.url:
                    self._start_lanes()
        finally:
            await self._stop()

    async def _stop(self) -> None:
        """Ends what is under way; what was not taken is delivered again."""
        tasks = list(self._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
            hook = self._hook
            while hook.url and (pending := self._bot.updates.next_in(lane)) is not None:
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

    async def _deliver(self, hook: Webhook, pending: Pending) -> dict[str, Any] | None:
        """The webhook's answer ({} when it calls no method); None when it failed."""
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
                    return await answered_params(response)
                reason = f"Wrong response from the webhook: {response.status} {response.reason}"
        except TimeoutError:
            reason = "Read timeout expired"
        except ClientError as error:
            reason = f"Connection failed: {error}"
        except ApiError:
            return {}  # delivered, though its answer makes no sense
        hook.last_error_date = int(self._world.clock.now().timestamp())
        hook.last_error_message = reason
        return None
