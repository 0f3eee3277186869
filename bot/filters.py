"""Who may use a handler."""

from aiogram.filters import Filter
from aiogram.types import Message, TelegramObject

from activities.lead_work import dealer_of
from bot.people import Person


class IsAdmin(Filter):
    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return person.is_admin


class IsEditor(Filter):
    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return person.is_editor


class IsDealer(Filter):
    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return dealer_of(person) is not None


class Corrected(Filter):
    """A question that was answered and is edited now."""

    async def __call__(self, message: Message, person: Person) -> bool:
        return person.exchanges.is_corrected(message)
