"""A better wording for an answer that is on screen already, when a generator is set."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from time import perf_counter

from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.types import InlineKeyboardMarkup, Message

from bot.chats import NO_PREVIEW, escape
from bot.formatting import LIMIT, length
from retrieval.answer import Answer
from retrieval.batching import BatchingEncoder, Busy
from retrieval.compose import Sentence, joined
from retrieval.cosines import cosines_of
from retrieval.generator import Generator, GeneratorUnavailable
from retrieval.reword import NEARNESS, Read, answers_still, enough, reword
from storage import nursery
from storage.database import Database
from storage.models import Question
from storage.repositories import questions

log = logging.getLogger(__name__)

# Telegram takes about one message a second in a chat; drafts keep to that too.
DRAFT_EVERY_S = 1.0

Show = Callable[[str], Awaitable[None]]


class Rewording:
    """Replaces the extractive answer only by checked sentences; without a generator, by nothing.

    The wording goes on beside the handlers, one a person, so the next question never waits for it.
    """

    def __init__(
        self,
        generator: Generator | None,
        encoder: BatchingEncoder,
        database: Database,
        read: Read | None = None,
    ) -> None:
        """`read` is a reader's judgement of wordings, if there is one."""
        self.generator = generator
        self.encoder = encoder
        self.database = database
        self.read = read
        self._running: dict[int, asyncio.Task[None]] = {}

    async def improve(
        self,
        sent: Message,
        text: str,
        found: Answer,
        question: Question,
        buttons: InlineKeyboardMarkup,
        head: str = "",
        foot: str = "",
    ) -> None:
        """Begins to word the answer that was sent; whatever fails, that answer stands.

        `head` and `foot` are HTML that stays before and after the answer.
        """
        # An answer in several messages can't be replaced by one edit.
        if self.generator is None or found.refused or length(head + found.text + foot) > LIMIT:
            return
        person = sent.chat.id
        await self.cancel(person)
        task = nursery.start(self._improve(sent, text, found, question, buttons, head, foot))
        self._running[person] = task
        task.add_done_callback(lambda done: self._forget(person, done))

    async def cancel(self, person: int) -> None:
        """The person has asked something newer: the model stops, nothing more is shown."""
        task = self._running.pop(person, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        for person in list(self._running):
            await self.cancel(person)
        if self.generator is not None:
            await self.generator.close()

    async def reworded(self, text: str, found: Answer, show: Show | None = None) -> Answer | None:
        """The answer in the generator's words; None where the extractive one stands.

        `show` is handed the wording so far, as each sentence passes the checks.
        """
        if self.generator is None or found.refused:
            return None
        started = perf_counter()
        kept: list[Sentence] = []
        nearness = cosines_of(self.encoder.model).at(NEARNESS)
        words = reword(text, found.sentences, self.generator, self.encoder.encode, nearness)
        try:
            async with aclosing(words) as sentences:
                async for sentence in sentences:
                    kept.append(sentence)
                    if show is not None:
                        await show(joined(kept))
        except GeneratorUnavailable as error:
            log.warning("No wording: %s", error)
            return None
        wording = joined(kept)
        if not enough(found.sentences, kept) or wording == found.text or length(wording) > LIMIT:
            return None
        try:
            if self.read and not await answers_still(text, found.sentences, kept, self.read):
                return None
        except Busy:  # people's questions come first
            return None
        took = round((perf_counter() - started) * 1000, 1)
        timings = found.timings_ms | {"reword": took}
        return replace(
            found, text=wording, sentences=tuple(kept), mode="generative", timings_ms=timings
        )

    async def _improve(
        self,
        sent: Message,
        text: str,
        found: Answer,
        question: Question,
        buttons: InlineKeyboardMarkup,
        head: str,
        foot: str,
    ) -> None:
        try:
            answer = await self.reworded(text, found, _Drafts(sent, question.id).show)
            if answer is None:
                return
            await sent.edit_text(
                head + escape(answer.text) + foot,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
            )
        except TelegramAPIError as error:
            log.warning("The wording of question %s isn't shown: %s", question.id, error)
            return
        async with self.database.write() as session:
            await questions.set_answer(session, question.id, answer.text, answer.mode)

    def _forget(self, person: int, done: asyncio.Task[None]) -> None:
        if self._running.get(person) is done:
            del self._running[person]
        if not done.cancelled() and (error := done.exception()) is not None:
            log.error("Wording an answer failed", exc_info=error)


class _Drafts:
    """The wording as it grows, where the chat offers drafts: in private chats."""

    def __init__(self, sent: Message, draft_id: int) -> None:
        self._sent = sent
        self._draft_id = draft_id
        # The answer itself has just been sent.
        self._last = perf_counter()

    async def show(self, text: str) -> None:
        """Raises TelegramAPIError."""
        bot, chat = self._sent.bot, self._sent.chat
        if bot is None or chat.type != ChatType.PRIVATE or length(text) > LIMIT:
            return
        if perf_counter() - self._last < DRAFT_EVERY_S:
            return
        self._last = perf_counter()
        await bot.send_message_draft(chat.id, self._draft_id, text=escape(text))
