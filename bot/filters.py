"""Who may use a handler."""

from aiogram.filters import Filter
from aiogram.types import TelegramObject

from bot.people import Person


class IsAdmin(Filter):
    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return person.is_admin


class IsEditor(Filter):
    async def __call__(self, _event: TelegramObject, person: Person) -> bool:
        return person.is_editor
