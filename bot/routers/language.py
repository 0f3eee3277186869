"""/language: the user's own choice, or Telegram's."""

from aiogram import Bot, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from bot.buttons import Buttons
from bot.callbacks import Language
from bot.chats import replace
from bot.commands import set_personal_menu
from bot.people import Person
from storage.models.base import LANGUAGES
from wording.texts import Texts, language_of

router = Router(name="language")

# A language names itself, so these are the same in every catalogue.
NAMES = {"zh": "中文", "en": "English"}


@router.message(Command("language"))
async def choose(message: Message, texts: Texts) -> None:
    keyboard = Buttons()
    for code in LANGUAGES:
        keyboard.button(text=NAMES[code], callback_data=Language(code=code))
    keyboard.button(text=texts("language-auto"), callback_data=Language(code="auto"))
    await message.answer(texts("language"), reply_markup=keyboard.rows(2, 1))


@router.callback_query(Language.filter())
async def chosen(query: CallbackQuery, callback_data: Language, person: Person, bot: Bot) -> None:
    code = callback_data.code if callback_data.code in LANGUAGES else None
    await person.change(language=code)
    texts = Texts(language_of(code, person.row.telegram_language))
    await replace(query, texts("language-set"), None)
    await set_personal_menu(bot, person.row, texts)
