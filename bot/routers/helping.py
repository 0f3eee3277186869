"""/help, and the commands and buttons that nobody knows; `unknown` must come after all others."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities.lead_work import dealer_of
from bot.people import Person
from services.permissions import may
from wording.texts import Texts

router = Router(name="help")
unknown = Router(name="unknown")


@router.message(Command("help"))
async def help_(message: Message, person: Person, texts: Texts) -> None:
    parts = [texts("help")]
    for use, key in (("documents", "editor"), ("create", "marketer"), ("stats", "admin")):
        if may(person.row, use):
            parts.append(texts(f"help-{key}"))
    if dealer_of(person):
        parts.append(texts("help-dealer"))
    await message.answer("\n\n".join(parts))


@unknown.message(F.text.startswith("/"))
async def unknown_command(message: Message, texts: Texts) -> None:
    await message.answer(texts("unknown-command"))


@unknown.callback_query()
async def unknown_button(
    _query: CallbackQuery, texts: Texts, callback_answer: CallbackAnswer
) -> None:
    """A button of an older version, or one that isn't for this person."""
    callback_answer.text = texts("button-stale")
