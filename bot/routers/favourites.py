"""♥ on a card, and /favourites: the person's own list."""

from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import favourites
from bot.buttons import Buttons
from bot.callbacks import ItemAct, Marked
from bot.chats import replace
from bot.items import refresh_item
from bot.people import Person
from wording.items import label, price
from wording.texts import Texts

router = Router(name="favourites")
PAGE = 8


@router.message(Command("favourites"))
async def favourites_list(message: Message, person: Person) -> None:
    html, keyboard = await _page(person, 0)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Marked.filter())
async def page(query: CallbackQuery, callback_data: Marked, person: Person) -> None:
    await replace(query, *await _page(person, callback_data.page))


@router.callback_query(ItemAct.filter(F.act == "fav"))
async def toggle(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await favourites.toggle(person, callback_data.item)
    callback_answer.text = texts("item-gone" if outcome == "gone" else f"favourite-{outcome}")
    await refresh_item(query, person, callback_data.item, callback_data.origin)


async def _page(person: Person, number: int) -> tuple[str, InlineKeyboardMarkup | None]:
    texts = person.texts
    count, shown = await favourites.page(person, max(number, 0) * PAGE, PAGE)
    if not count:
        return texts("favourites-empty"), None
    pages = ceil(count / PAGE)
    if not shown:  # so many were unmarked since
        return await _page(person, pages - 1)
    keyboard = Buttons()
    for item in shown:
        text = texts("button-item", item=label(item, texts), price=price(item, texts))
        data = ItemAct(act="open", item=item.id, origin="fav")
        keyboard.button(text=text, callback_data=data)
    pager = [
        (key, to)
        for key, to in (("button-previous", number - 1), ("button-next", number + 1))
        if 0 <= to < pages
    ]
    for key, to in pager:
        keyboard.button(text=texts(key), callback_data=Marked(page=to))
    head = texts("favourites", page=number + 1, pages=pages)
    return head, keyboard.rows(*[1] * len(shown), max(len(pager), 1))
