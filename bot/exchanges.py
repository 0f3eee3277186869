"""Which of the bot's messages answer which question, for as long as people refer to them.

A reply to an answer is about that answer's question, whoever replies; an edited question is
answered anew in the place of its answer. Kept in memory, for a day at most, so that nothing of it
outlives what the person chose about their data; after a restart a reply is about the last question.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from aiogram.types import Message, ReplyParameters

from bot.forms import Form

KEPT, KEPT_FOR = 5_000, timedelta(days=1)
Place = tuple[int, int]
"""A chat, and a message in it."""


@dataclass(slots=True)
class Exchange:
    said: str
    question: str  # as it was understood
    shown: list[int]
    at: datetime


class Reader(Protocol):
    """Who reads an answer, in the form that their app draws."""

    async def show(
        self,
        message: Message,
        form: Form,
        *,
        free: Sequence[int] = (),
        below: ReplyParameters | None = None,
    ) -> list[int]: ...


class Exchanges:
    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._by_question: OrderedDict[Place, Exchange] = OrderedDict()
        self._by_answer: dict[Place, Place] = {}

    def about(self, message: Message) -> str | None:
        """The question whose answer a message replies to."""
        replied = message.reply_to_message
        asked = replied and self._by_answer.get((message.chat.id, replied.message_id))
        return self._by_question[asked].question if asked else None

    def is_corrected(self, message: Message) -> bool:
        """Whether a message that was edited is a question that was answered, in other words now."""
        known = self._by_question.get((message.chat.id, message.message_id))
        return known is not None and known.said != (message.text or message.caption)

    async def show(
        self, person: Reader, message: Message, form: Form, question: str, *, reply: bool = False
    ) -> list[int]:
        """Shows an answer where the last answer to an edited message is, or below. Returns the ids
        of its messages; the last has the buttons.
        """
        place = message.chat.id, message.message_id
        older = self._by_question.get(place) if message.edit_date is not None else None
        free = list(older.shown) if older is not None and _is_anybodys(message) else []
        below = message.as_reply_parameters(allow_sending_without_reply=True) if reply else None
        shown = await person.show(message, form, free=free, below=below)
        said = message.text or message.caption or ""
        self._keep(place, Exchange(said, question, shown, self._clock()))
        return shown

    def forget(self, chat_id: int) -> None:
        for place in [place for place in self._by_question if place[0] == chat_id]:
            self._drop(place)

    def _keep(self, place: Place, exchange: Exchange) -> None:
        self._drop(place)
        self._by_question[place] = exchange
        for number in exchange.shown:
            self._by_answer[place[0], number] = place
        while self._by_question:
            oldest = next(iter(self._by_question))
            old = exchange.at - self._by_question[oldest].at > KEPT_FOR
            if not old and len(self._by_question) <= KEPT:
                break
            self._drop(oldest)

    def _drop(self, place: Place) -> None:
        if (older := self._by_question.pop(place, None)) is not None:
            for number in older.shown:
                self._by_answer.pop((place[0], number), None)


def _is_anybodys(message: Message) -> bool:
    """Not the bot's own: under one of its messages several questions may be tapped."""
    sender = message.from_user
    return sender is None or message.bot is None or sender.id != message.bot.id
