"""/catalog, /events, and what can be done with an item besides buying and booking it."""

from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities.items import find
from bot.buttons import Buttons
from bot.callbacks import Browse, Catalogue, CityCatalogue, Find, ItemAct
from bot.cards import item_list
from bot.chats import replace
from bot.items import show_item
from bot.people import Person
from services.attribution import came_by_button
from services.recommending.assortment import Assortment
from services.recommending.serving import Recommendations
from storage.models import Item
from storage.repositories import items
from wording.cities import CITIES
from wording.events import own_time
from wording.items import label, place
from wording.texts import Texts

router = Router(name="catalogue")
PAGE = 6


@router.message(Command("catalog"))
async def catalogue(message: Message, person: Person) -> None:
    keyboard = await type_buttons(person)
    await message.answer(_catalogue_head(keyboard, person.texts), reply_markup=keyboard)


@router.message(Command("events"))
async def events(message: Message, person: Person, recommendations: Recommendations) -> None:
    html, keyboard = await listing(person, Catalogue(kind="events"), recommendations.assortment)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Catalogue.filter(F.kind == "all"))
async def all_types(query: CallbackQuery, person: Person) -> None:
    keyboard = await type_buttons(person)
    await replace(query, _catalogue_head(keyboard, person.texts), keyboard)


@router.callback_query(Catalogue.filter())
@router.callback_query(CityCatalogue.filter())
async def page(
    query: CallbackQuery,
    callback_data: Catalogue,
    person: Person,
    recommendations: Recommendations,
) -> None:
    html, keyboard = await listing(person, callback_data, recommendations.assortment)
    await replace(query, html, keyboard)


@router.callback_query(ItemAct.filter(F.act == "open"))
async def open_item(query: CallbackQuery, callback_data: ItemAct, person: Person) -> None:
    if isinstance(query.message, Message):
        await show_item(query.message, person, callback_data.item, callback_data.origin)


@router.callback_query(ItemAct.filter(F.act == "like"))
async def like(
    _query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    if await find(person, callback_data.item) is None:
        callback_answer.text = texts("item-gone")
        return
    await came_by_button(person, callback_data.origin, callback_data.item)
    await person.note("liked", "item", callback_data.item)
    callback_answer.text = texts("liked" if person.agreed else "not-noted")


def _catalogue_head(keyboard: InlineKeyboardMarkup, texts: Texts) -> str:
    return texts("catalog" if keyboard.inline_keyboard else "catalog-empty")


async def type_buttons(person: Person) -> InlineKeyboardMarkup:
    """A button for each type of which there is something on offer."""
    texts = person.texts
    async with person.database.read() as session:
        offered = await items.types_on_offer(session, person.now)
    keyboard = Buttons()
    for kind in offered:
        text = f"{texts(f'type-icon-{kind}')} {texts(f'type-{kind}')}"
        keyboard.button(text=text, callback_data=Catalogue(kind=kind))
    if not offered:
        return keyboard.rows()
    # Other ways through it.
    keyboard.button(text=texts("button-filter"), callback_data=Browse())
    keyboard.button(text=texts("button-find"), callback_data=Find())
    return keyboard.rows(2)


def event_line(item: Item, texts: Texts) -> str:
    when = own_time(item.starts_at, texts) if item.starts_at else ""
    facts = " · ".join(filter(None, (when, place(item, texts))))
    return texts.html("event-line", item=label(item, texts), facts=facts)


async def listing(
    person: Person, asked: Catalogue, assortment: Assortment
) -> tuple[str, InlineKeyboardMarkup]:
    """One page of items of a type, or of coming events, as text and buttons.

    Where the city that is asked for has none, those of all cities.
    """
    texts, told = person.texts, ""
    assortment.take_in(await person.database.together(assortment.changes))
    which = assortment.on_offer(person.now, dated=asked.kind == "events")
    if asked.kind != "events":
        which &= assortment.of_type(asked.kind)
    if isinstance(asked, CityCatalogue) and asked.city in CITIES:
        here = which & assortment.in_city(CITIES[asked.city], anywhere=False)
        told = texts(f"city-{asked.city}")
        if here.any():
            which = here
        else:
            asked, told = Catalogue(kind=asked.kind), texts("nothing-in-city", city=told)
    pages = ceil(int(which.sum()) / PAGE)
    asked.page = max(0, min(asked.page, pages - 1))
    ids = assortment.page(which, asked.page * PAGE, PAGE)
    found = await person.database.together(lambda session: items.by_ids(session, ids))
    shown = [found[one] for one in ids if one in found]
    numbers = {"page": asked.page + 1, "pages": pages}
    if not shown:
        head = texts("events-empty" if asked.kind == "events" else "catalog-empty")
    elif asked.kind == "events":
        head = "\n\n".join([texts("events", **numbers), *(event_line(i, texts) for i in shown)])
    else:
        head = texts("catalog-type", type=texts(f"type-{asked.kind}"), **numbers)
    return "\n".join(filter(None, (told, head))), item_list(shown, texts, asked, pages)
