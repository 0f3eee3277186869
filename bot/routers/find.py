"""/find: the catalogue by words; and what goes with an item."""

from collections.abc import Sequence

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Catalogue, Find, ItemAct
from bot.people import Person
from retrieval.batching import Busy
from services.recommending.item_search import ItemSearch
from services.recommending.serving import Recommendations
from storage.models import Item
from wording.cities import with_names
from wording.items import label, price, shorten
from wording.texts import Texts

router = Router(name="find")
SHOWN, RELATED, SAID = 6, 5, 60


@router.message(Command("find"))
async def find(
    message: Message, command: CommandObject, person: Person, texts: Texts, item_search: ItemSearch
) -> None:
    words = (command.args or "").strip()
    if not words:
        await message.answer(texts("find-usage"))
        return
    try:
        hits = await item_search.find(with_names(words), SHOWN, person.now)
    except Busy as busy:
        await message.answer(texts("answer-busy", waiting=busy.waiting))
        return
    key = "find-found" if hits.sure else "find-near" if hits.items else "find-nothing"
    html = texts.html(key, words=shorten(words, SAID))
    await message.answer(html, reply_markup=_list(hits.items, texts, "find"))


@router.callback_query(Find.filter())
async def ask(query: CallbackQuery, texts: Texts) -> None:
    if isinstance(query.message, Message):
        await query.message.answer(texts("find-usage"))


@router.callback_query(ItemAct.filter(F.act == "near"))
async def related(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
    callback_answer: CallbackAnswer,
) -> None:
    item = callback_data.item
    found = await recommendations.related(person.row, item, RELATED, person.now)
    if not found:
        callback_answer.text = texts("related-none")
    elif isinstance(query.message, Message):
        await query.message.answer(texts("related"), reply_markup=_list(found, texts, "near"))


def _list(items: Sequence[Item], texts: Texts, origin: str) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    for item in items:
        text = texts("button-item", item=label(item, texts), price=price(item, texts))
        data = ItemAct(act="open", item=item.id, origin=origin)
        keyboard.button(text=text, callback_data=data)
    keyboard.button(text=texts("button-catalogue"), callback_data=Catalogue(kind="all"))
    return keyboard.rows(1)
