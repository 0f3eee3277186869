"""The commands menu: everyone's, and more for content editors and admins."""

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    Message,
)

from bot.people import Person
from bot.texts import LANGUAGES, Texts

EVERYONE = ("recommend", "catalog", "events", "my", "help", "language", "privacy")
EDITOR = ("reindex",)
ADMIN = ("broadcast", "stats")


async def set_menus(bot: Bot) -> None:
    """Everyone's menu, by Telegram language; Chinese is the default."""
    for language in LANGUAGES:
        code = None if language == "zh" else language
        menu = _menu(EVERYONE, Texts(language))
        await bot.set_my_commands(menu, scope=BotCommandScopeDefault(), language_code=code)


async def set_personal_menu(message: Message, person: Person) -> None:
    """Staff see their own commands too, in their own language."""
    if message.bot and person.is_editor:
        names = EVERYONE + EDITOR + (ADMIN if person.is_admin else ())
        scope = BotCommandScopeChat(chat_id=message.chat.id)
        await message.bot.set_my_commands(_menu(names, person.texts), scope=scope)


def _menu(names: tuple[str, ...], texts: Texts) -> list[BotCommand]:
    return [BotCommand(command=name, description=texts(f"command-{name}")) for name in names]
