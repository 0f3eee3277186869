"""Who may use a handler."""

from collections.abc import Mapping
from typing import Any

from aiogram.filters import Filter
from aiogram.types import Message, TelegramObject

from activities.lead_work import dealer_of
from bot.people import Person
from services import dialogues
from services.permissions import is_staff, may


class May(Filter):
    """Passes who has the right to a use case; to others it is as if there were no such thing."""

    def __init__(self, use: str) -> None:
        self.use = use

    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return may(person.row, self.use)


class Asked(Filter):
    """Passes what staff type when they were asked for it, and hands on `asked`."""

    def __init__(self, *what: str) -> None:
        self.what = what

    async def __call__(
        self, _message: Message, person: Person
    ) -> bool | dict[str, Mapping[str, Any]]:
        asked = await dialogues.asked(person) if is_staff(person.row) else None
        return {"asked": asked} if asked is not None and asked["what"] in self.what else False


class IsDealer(Filter):
    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return dealer_of(person) is not None


class Corrected(Filter):
    """A question that was answered and is edited now."""

    async def __call__(self, message: Message, person: Person) -> bool:
        return person.exchanges.is_corrected(message)
