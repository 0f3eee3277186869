"""A call that differs only by the chat, made ready once for all who are sent the same.

aiogram builds and checks each call and each answer anew, which for a message to everybody costs
more than all the rest. Here the parameters are encoded once, in aiogram's own way, and of an answer
no more is read than the message's id; refusals are read by aiogram.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiogram import Bot
from aiogram.methods import TelegramMethod

CONTENT_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Prepared:
    """`body` is all but the chat, form-encoded."""

    method: str
    body: bytes

    def to(self, chat_id: int, *, paid: bool) -> "PreparedCall":
        return PreparedCall(self, chat_id, paid)


@dataclass(frozen=True, slots=True)
class PreparedCall:
    what: Prepared
    chat_id: int
    allow_paid_broadcast: bool

    @property
    def body(self) -> bytes:
        paid = b"&allow_paid_broadcast=true" if self.allow_paid_broadcast else b""
        return b"chat_id=%d&" % self.chat_id + self.what.body + paid


def prepared(bot: Bot, method: TelegramMethod[Any]) -> Prepared:
    """Raises ValueError for a call that uploads a file: that is made once, to learn its name."""
    files: dict[str, Any] = {}
    values = {
        name: text.encode()  # not str: that of an enumeration is its name
        for name, value in method.model_dump(warnings=False).items()
        if name != "chat_id" and (text := bot.session.prepare_value(value, bot=bot, files=files))
    }
    if files:
        raise ValueError("A call with a file can't be prepared: send it once and use its name.")
    return Prepared(method.__api_method__, urlencode(values).encode("ascii"))
