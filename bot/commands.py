"""The commands menu: everyone's, and more for content editors and admins."""

from aiogram import Bot
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)

from activities.lead_work import dealer_of
from bot.groups import PERSONAL
from bot.people import Person
from services.permissions import may
from storage.models.base import LANGUAGES
from wording.texts import Texts

EVERYONE = (
    "new",
    "recommend",
    "catalog",
    "find",
    "events",
    "my",
    "coupon",
    "favourites",
    "join",
    "quiz",
    "leaderboard",
    "help",
    "language",
    "settings",
    "privacy",
    "profile",
    "paysupport",
    "terms",
)
MARKETER = ("campaign", "plan", "report", "brand")
EDITOR = ("documents", "reindex", "gaps", "checkin")
ADMIN = ("broadcast", "campaigns", "stats", "segments", "link")
DEALER = ("leads",)


async def set_menus(bot: Bot) -> None:
    """Everyone's menus, by Telegram language; English where that is neither of ours. In groups it
    has what is seen by who asks alone."""
    for language, code in (("en", None), *((language, language) for language in LANGUAGES)):
        menu = _menu(EVERYONE, Texts(language))
        await bot.set_my_commands(menu, scope=BotCommandScopeDefault(), language_code=code)

    for language, code in (("en", None), *((language, language) for language in LANGUAGES)):
        alone = [
            command.model_copy(update={"is_ephemeral": True})
            for command in _menu(PERSONAL, Texts(language))
        ]
        await bot.set_my_commands(alone, scope=BotCommandScopeAllGroupChats(), language_code=code)


async def set_personal_menu(bot: Bot, person: Person, texts: Texts) -> None:
    """The menu of one chat: with staff's commands, and in the language that was chosen."""
    names: tuple[str, ...] = EVERYONE
    for use, more in (("documents", EDITOR), ("create", MARKETER), ("stats", ADMIN)):
        names += more if may(person.row, use) else ()
    names += DEALER if dealer_of(person) else ()
    await bot.set_my_commands(_menu(names, texts), scope=BotCommandScopeChat(chat_id=person.id))


def _menu(names: tuple[str, ...], texts: Texts) -> list[BotCommand]:
    return [BotCommand(command=name, description=texts(f"command-{name}")) for name in names]
