"""The durable inbox, and the running bot's work on it.

Polling confirms updates with the next getUpdates call, a webhook with its answer; both happen
before a handler ends. So an update is written down before Telegram is told that it arrived: a
`kill -9` would else lose what was being handled, a payment for example.

What is written down is handled in lanes: the updates of one chat one after the other, payments
in a lane of their own that waits for nobody. What fails for a passing reason is tried again by the
lane itself, so that its order is kept, and payments before all else.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.dispatcher.middlewares.user_context import UserContextMiddleware
from aiogram.enums import ContentType
from aiogram.types import Update

from bot.messenger import cause_of
from bot.parsing import Unreadable, read_update
from bot.session import connection_refused
from services.operators import Operators
from storage import nursery
from storage.database import Database
from storage.passing import is_passing
from storage.repositories import inbox

log = logging.getLogger(__name__)

# Handlers that run at the same time, payments aside.
CONCURRENCY = 64
# With so many waiting, no more are fetched; Telegram keeps them.
MOST_WAITING = 2_000
# How long a stop waits for handlers, seconds; what isn't done by then is taken up at the start.
PATIENCE_S = 5.0
# Seconds between two tries of an update, doubled each time, and at most.
FIRST_PAUSE_S, LAST_PAUSE_S = 0.5, 15.0
# A payment that fails for whatever reason is tried so often before it waits for the next start.
MONEY_TRIES = 6
# What ended the process so often, though it is a payment, is put aside.
MOST_STARTS = 3
ENDED = "ended the process"
# Files are read by large libraries, in C some of them: the likeliest to end a process.
FILES = ("document", "photo", "video", "audio", "voice", "animation", "video_note", "sticker")


@dataclass(slots=True)
class Job:
    """One update's work. A `marked` one is counted in the inbox before it begins, so that a
    process which it ends leaves a name behind; one `alone` begins when no other such is at work.
    """

    update_id: int
    act: Callable[[], Awaitable[Any]]
    money: bool = False
    marked: bool = False
    alone: bool = False
    stays: bool = False  # in the inbox, whatever comes of it
    acted: bool = False
    tries: int = 0


@dataclass(slots=True)
class Lane:
    waiting: deque[Job]
    task: asyncio.Task[None] | None = None


class Inbox:
    """`receive` what comes, `take_up` what a stopped process left, `close` at the stop."""

    def __init__(
        self,
        database: Database,
        bot: Bot,
        dispatcher: Dispatcher,
        operators: Operators,
        clock: Callable[[], datetime],
    ) -> None:
        self.database = database
        self.bot = bot
        self.dispatcher = dispatcher
        self.operators = operators
        self.clock = clock
        self._lanes: dict[Hashable, Lane] = {}
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._one_alone = asyncio.Semaphore(1)
        self._acting: set[asyncio.Task[Any]] = set()
        self._begun: set[int] = set()
        self._owed: set[int] = set()  # payments that are to be tried again
        self._waiting = 0
        self._changed = asyncio.Condition()

    async def receive(self, payloads: Sequence[Mapping[str, Any]]) -> None:
        """Writes updates down and begins to handle those that had not come before."""
        async with self.database.write() as session:
            new = await inbox.receive(session, self.bot.id, payloads, self.clock())
        for payload in payloads:
            if int(payload["update_id"]) in new:
                self._take(payload)

    async def take_up(self) -> None:
        """Begins to handle what a stopped process left open."""
        async with self.database.write() as session:
            await inbox.forget_old(session, self.clock())
            left = await inbox.left_open(session, self.bot.id)
        for row in left:
            if row.payload:
                log.warning("Update id=%s was left by a stop", row.update_id)
                self._take(row.payload, row.attempts, again=True)

    async def room(self) -> None:
        """Returns when there is room for more updates."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._waiting < MOST_WAITING)

    async def close(self) -> None:
        """Lets handlers under way end, for a while; what is left is for the next start."""
        for lane in self._lanes.values():
            lane.waiting = deque(list(lane.waiting)[:1])
        tasks = {lane.task for lane in self._lanes.values() if lane.task}
        for task in tasks - self._acting:
            task.cancel()
        if acting := tasks & self._acting:
            await asyncio.wait(acting, timeout=PATIENCE_S)
        for task in acting:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._begun:  # it was we who ended them
            async with self.database.write() as session:
                await inbox.release(session, self.bot.id, self._begun)

    def _take(self, payload: Mapping[str, Any], starts: int = 0, *, again: bool = False) -> None:
        """Puts an update into its lane; `starts` is how often it was begun before a stop."""
        found = read_update(payload, self.bot)
        update_id = found.update_id
        if isinstance(found, Unreadable):
            keep = partial(self._keep_unreadable, found)
            self._put("unreadable", Job(update_id, keep, stays=True))
            return
        money = _is_money(found)
        lane = _lane(found, money)
        if starts >= (MOST_STARTS if money else 1):
            self._put(lane, Job(update_id, partial(self._keep_fatal, found), stays=True))
            return
        handle = partial(self.dispatcher.feed_update, self.bot, found)
        marked = again or _has_file(found)
        self._put(lane, Job(update_id, handle, money=money, marked=marked, alone=again))

    def _put(self, name: Hashable, job: Job) -> None:
        lane = self._lanes.setdefault(name, Lane(deque()))
        lane.waiting.append(job)
        self._waiting += 1
        if lane.task is None:
            lane.task = nursery.start(self._work(name, lane))

    async def _work(self, name: Hashable, lane: Lane) -> None:
        while lane.waiting:
            await self._see_through(lane.waiting[0])
            lane.waiting.popleft()
            self._waiting -= 1
            await self._tell_change()
        del self._lanes[name]

    async def _see_through(self, job: Job) -> None:
        """Handles an update, again and again if need be."""
        pause = FIRST_PAUSE_S
        while not await self._held(job):
            if job.money:
                self._owed.add(job.update_id)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE_S)
            if not job.money:
                async with self._changed:
                    await self._changed.wait_for(lambda: not self._owed)
        if job.update_id in self._owed:
            self._owed.discard(job.update_id)
            await self._tell_change()

    async def _held(self, job: Job) -> bool:
        """One try. False when another is to follow."""
        job.tries += 1
        try:
            async with self._slot(job):
                if not job.acted:
                    await self._act(job)
                if not job.stays:
                    async with self.database.write() as session:
                        await inbox.done(session, self.bot.id, job.update_id, self.clock())
        except Exception as error:
            if is_passing(error) or connection_refused(cause_of(error)):
                told = type(error).__name__
                log.warning("Update id=%s is tried again after a %s", job.update_id, told)
                return False
            log.exception("Update id=%s failed", job.update_id)
            if job.money:  # somebody's Stars hang on it, so it stays open for the next start
                return job.tries >= MONEY_TRIES
            job.acted = True  # another try would fail the same way
            return False
        self._begun.discard(job.update_id)
        return True

    async def _act(self, job: Job) -> None:
        if job.marked and job.update_id not in self._begun:
            async with self.database.write() as session:
                await inbox.begin(session, self.bot.id, job.update_id)
            self._begun.add(job.update_id)
        await job.act()
        job.acted = True

    @asynccontextmanager
    async def _slot(self, job: Job) -> AsyncIterator[None]:
        task = asyncio.current_task()
        async with AsyncExitStack() as stack:
            if not job.money:
                await stack.enter_async_context(self._one_alone if job.alone else self._slots)
            if task is not None:
                self._acting.add(task)
                stack.callback(self._acting.discard, task)
            yield

    async def _tell_change(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _keep_unreadable(self, found: Unreadable) -> None:
        log.warning("Update id=%s can't be read: %s", found.update_id, found.where)
        why = f"unreadable: {found.where}"
        if await self._put_aside(found.update_id, why, found.user_id):
            update = str(found.update_id)
            await self.operators.tell("update-unreadable", field=found.where, update=update)

    async def _keep_fatal(self, update: Update) -> None:
        log.error("Update id=%s ended the process and is put aside", update.update_id)
        context = UserContextMiddleware.resolve_event_context(update)
        await self._put_aside(update.update_id, ENDED, context.user_id)
        number, kind = str(update.update_id), _kind(update)
        await self.operators.tell("update-ended-process", kind=kind, update=number)
        if context.user and context.chat_id == context.user_id:
            await self.operators.tell_person(context.user.id, "update-put-aside", update=number)

    async def _put_aside(self, update_id: int, why: str, user_id: int | None) -> bool:
        async with self.database.write() as session:
            return await inbox.put_aside(session, self.bot.id, update_id, why, user_id)


def _lane(update: Update, money: bool) -> Hashable:
    """Where an update waits for those before it: its chat and who acts there, since members of a
    group don't wait for each other."""
    context = UserContextMiddleware.resolve_event_context(update)
    place = money, context.chat_id or context.user_id, context.user_id
    # The files of an album wait for each other, which they couldn't do in turn.
    in_album = update.message is not None and update.message.media_group_id is not None
    return (*place, update.update_id) if in_album else place


def _is_money(update: Update) -> bool:
    message = update.message
    paid = message and (message.successful_payment or message.refunded_payment)
    return bool(paid or update.pre_checkout_query or update.subscription)


def _has_file(update: Update) -> bool:
    return update.message is not None and any(getattr(update.message, name) for name in FILES)


def _kind(update: Update) -> str:
    message = update.message
    return f"message.{ContentType(message.content_type).value}" if message else update.event_type
