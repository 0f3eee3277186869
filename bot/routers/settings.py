"""/settings: the language, one's data, and whether messages come with headings and tables."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Drawing
from bot.chats import replace
from bot.people import Person
from bot.rich_sample import offer_sample
from bot.routers.language import choose as choose_language
from bot.routers.privacy import overview as privacy_overview
from storage.database import Database
from wording.texts import Texts

router = Router(name="settings")


@router.message(Command("settings"))
async def settings(message: Message, person: Person, texts: Texts) -> None:
    html, keyboard = _overview(person, texts, drawn=person.row.draws_rich is True)
    await message.answer(html, reply_markup=keyboard)


def _overview(person: Person, texts: Texts, *, drawn: bool) -> tuple[str, InlineKeyboardMarkup]:
    keyboard = Buttons()
    for act in ("off" if drawn else "sample", "language", "zone", "privacy"):
        keyboard.button(text=texts(f"drawing-{act}"), callback_data=Drawing(act=act))
    return texts("settings", form="rich" if drawn else "classic"), keyboard.rows(1)


@router.callback_query(Drawing.filter(F.act == "language"))
async def language(query: CallbackQuery, texts: Texts) -> None:
    if isinstance(query.message, Message):
        await choose_language(query.message, texts)


@router.callback_query(Drawing.filter(F.act == "privacy"))
async def privacy(query: CallbackQuery, person: Person, texts: Texts, database: Database) -> None:
    if isinstance(query.message, Message):
        html, keyboard = await privacy_overview(person.row, texts, database)
        await query.message.answer(html, reply_markup=keyboard)


@router.callback_query(Drawing.filter(F.act == "sample"))
async def sample(query: CallbackQuery, person: Person) -> None:
    if isinstance(query.message, Message):
        await offer_sample(query.message, person)


@router.callback_query(Drawing.filter(F.act == "seen"))
async def seen(query: CallbackQuery, person: Person, texts: Texts) -> None:
    await person.change(draws_rich=True)
    if isinstance(query.message, Message):
        await query.message.answer(texts("drawing-on"))


@router.callback_query(Drawing.filter(F.act == "off"))
async def off(query: CallbackQuery, person: Person, texts: Texts) -> None:
    await person.change(draws_rich=False)
    await replace(query, *_overview(person, texts, drawn=False))


@router.callback_query(Drawing.filter(F.act == "empty"))
async def empty(
    query: CallbackQuery, person: Person, texts: Texts, callback_answer: CallbackAnswer
) -> None:
    """They see an empty bubble: this message becomes a classic one, as all that follow."""
    await person.change(draws_rich=False)
    person.row.draws_rich = False
    if not isinstance(query.message, Message):
        return
    number = query.message.message_id
    form = person.forms.classic_of(query.message.chat.id, number)
    if form is None:  # sent before the last start
        await replace(query, texts("drawing-forgotten"), None)
        return
    await person.show(query.message, form, free=[number])
    callback_answer.text = texts("drawing-classic")
