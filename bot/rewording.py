"""A better wording for an answer that is on screen already, when a generator is set."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from time import perf_counter

from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message

from bot.chats import escape
from bot.forms import Form
from bot.people import Person
from retrieval.answer import Answer
from services.answering.rewording import Rewording
from services.lengths import LIMIT, length
from storage import nursery
from storage.models import Question

log = logging.getLogger(__name__)

# Telegram takes about one message a second in a chat; drafts keep to that too.
DRAFT_EVERY_S = 1.0


class Rewordings:
    """Wordings under way beside the handlers, one a person: the next question never waits."""

    def __init__(self, rewording: Rewording) -> None:
        self.rewording = rewording
        self._running: dict[int, asyncio.Task[None]] = {}
        # By the draft that is stopped.
        self._stops: dict[tuple[int, int], asyncio.Event] = {}

    def improve(
        self,
        person: Person,
        message: Message,
        shown: Sequence[int],
        found: Answer,
        question: Question,
        text: str,
        form: Callable[[Answer], Form],
    ) -> None:
        """Begins to word the answer that was shown; whatever fails, that answer stands."""
        # An answer in several messages can't be replaced by one edit.
        if self.rewording.generator is None or found.refused or len(shown) > 1:
            return
        task = nursery.start(self._improve(person, message, shown, found, question, text, form))
        self._running[person.id] = task
        task.add_done_callback(lambda done: self._forget(person.id, done))

    def stop(self, chat_id: int, draft_id: int) -> None:
        """The person has seen enough: the model stops, and what passed the checks so far stays."""
        if (stopped := self._stops.get((chat_id, draft_id))) is not None:
            stopped.set()

    async def cancel(self, person: int) -> None:
        """The person has asked something newer: the model stops, nothing more is shown."""
        task = self._running.pop(person, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        for person in list(self._running):
            await self.cancel(person)
        await self.rewording.close()

    async def _improve(
        self,
        person: Person,
        message: Message,
        shown: Sequence[int],
        found: Answer,
        question: Question,
        text: str,
        form: Callable[[Answer], Form],
    ) -> None:
        draft = message.chat.id, question.id
        stopped = self._stops[draft] = asyncio.Event()
        try:
            drafts = _Drafts(message, question.id)
            answer = await self.rewording.reworded(text, found, drafts.show, stopped)
            if answer is None or len((better := form(answer)).html) > 1:
                return
            await person.show(message, better, free=shown)
        except TelegramAPIError as error:
            log.warning("The wording of question %s isn't shown: %s", question.id, error)
            return
        finally:
            del self._stops[draft]
        await self.rewording.keep(question.id, answer)

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
        await bot.send_message_draft(
            chat.id, self._draft_id, text=escape(text), can_stop=True, keep_on_stop=True
        )
