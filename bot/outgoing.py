"""One budget for all that the bot sends: a crowd is served late rather than never.

Replies go before broadcasts, one chat's messages one after the other. Telegram's "429, retry after"
means that nothing was done, so the call waits as long as it is told and is made again; the wait is
that chat's alone, since one chat's limit says nothing of the others'. By hand: aiolimiter knows
neither two kinds of callers nor a budget that the other side takes back.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

from aiogram import Bot
from aiogram.client.session.middlewares.base import (
    BaseRequestMiddleware,
    NextRequestMiddlewareType,
)
from aiogram.exceptions import TelegramAPIError, TelegramMigrateToChat, TelegramRetryAfter
from aiogram.methods import Response, SendChatAction, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.prepared import PreparedCall
from campaigns.pace import Pace

log = logging.getLogger(__name__)

# What replies get on top of a broadcast's pace; both together stay under Telegram's 30 a second.
ROOM = 1.12
# A chat takes short bursts, and about one message a second for long.
BURST, BURST_S = 15, 15.0
# Who has waited so long for a reply is told that it failed.
PATIENCE_S = 120.0
YIELD_S = 0.02
KEPT = 2000
COUNTED = ("Send", "Copy", "Forward", "EditMessage")
# They show nothing that lasts, so they are worth no waiting.
PASSING = ("SendMessageDraft", "SendRichMessageDraft")

_broadcasting: ContextVar[bool] = ContextVar("broadcasting", default=False)


@contextmanager
def broadcasting() -> Iterator[None]:
    """What is sent inside gives way to replies, and is told of a 429 instead of waiting it out."""
    token = _broadcasting.set(True)
    try:
        yield
    finally:
        _broadcasting.reset(token)


@dataclass(slots=True)
class _Chat:
    """Its turn, and when it was last sent to."""

    sent: deque[float]
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


async def _shown_or_not(
    make_request: NextRequestMiddlewareType[TelegramType],
    bot: Bot,
    method: TelegramMethod[TelegramType],
) -> Response[TelegramType]:
    """Shows "typing…" where that can be; it comes from a task of its own, whose error nobody
    would take up."""
    try:
        return await make_request(bot, method)
    except TelegramAPIError as error:
        log.info("No chat action is shown: %s", error.message)
        return cast(Response[TelegramType], True)


class Outgoing(BaseRequestMiddleware):
    """Lets `per_second` messages of a broadcast out, and a few replies more."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        # As the pace that is set: who sets a higher one is not held to Telegram's for chats either.
        self._burst = max(1, round(BURST * per_second / 25))
        self._overall = Pace(per_second * ROOM, clock, sleep)
        self._clock = clock
        self._sleep = sleep
        self._chats: dict[int | str, _Chat] = {}
        self._replies = 0
        # The library builds the type that an answer is parsed with for each call; unheld, it is
        # built anew after each garbage collection, 20 to 60 ms on the event loop.
        self._parsed_with: dict[type[TelegramMethod[Any]], type[Response[Any]]] = {}

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        if isinstance(method, PreparedCall):
            await self._broadcast_turn(paid=method.allow_paid_broadcast)
            return await make_request(bot, method)
        if type(method) not in self._parsed_with:
            self._parsed_with[type(method)] = Response[method.__returning__]  # type: ignore[name-defined]
        name, chat = type(method).__name__, getattr(method, "chat_id", None)
        if isinstance(method, SendChatAction):
            return await _shown_or_not(make_request, bot, method)
        if chat is None or name in PASSING or not name.startswith(COUNTED):
            return await make_request(bot, method)
        if _broadcasting.get():
            paid = bool(getattr(method, "allow_paid_broadcast", None))
            await self._broadcast_turn(paid=paid)
            return await make_request(bot, method)
        async with self._turn(chat) as sent:
            try:
                return await self._send(sent, lambda: make_request(bot, method))
            except TelegramMigrateToChat as error:
                # A group that grew has another id; nothing was sent. A person's never changes:
                # whatever is there then isn't who was written to.
                if not isinstance(chat, int) or chat > 0:
                    raise
                moved = method.model_copy(update={"chat_id": error.migrate_to_chat_id})
                return await self._send(sent, lambda: make_request(bot, moved))

    async def _broadcast_turn(self, *, paid: bool) -> None:
        """Behind all replies. What is paid for has a budget of its own at Telegram."""
        while self._replies:
            await self._sleep(YIELD_S)
        if not paid:
            await self._overall.wait()

    async def _send(
        self, sent: deque[float], call: Callable[[], Awaitable[Response[TelegramType]]]
    ) -> Response[TelegramType]:
        """Calls, and again after each 429, for as long as patience lasts."""
        deadline = self._clock() + PATIENCE_S
        while True:
            if len(sent) == self._burst and (early := sent[0] + BURST_S - self._clock()) > 0:
                await self._sleep(early)
            self._replies += 1
            try:
                await self._overall.wait()
            finally:
                self._replies -= 1
            sent.append(self._clock())
            try:
                return await call()
            except TelegramRetryAfter as error:
                if self._clock() + error.retry_after > deadline:
                    raise
                await self._sleep(error.retry_after)

    @asynccontextmanager
    async def _turn(self, chat: int | str) -> AsyncIterator[deque[float]]:
        """The chat's turn, in the order of asking."""
        if len(self._chats) > KEPT:
            before = self._clock() - BURST_S
            self._chats = {
                name: one
                for name, one in self._chats.items()
                if one.turn.locked() or (one.sent and one.sent[-1] > before)
            }
        one = self._chats.setdefault(chat, _Chat(deque(maxlen=self._burst)))
        async with one.turn:
            yield one.sent
