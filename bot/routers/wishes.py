"""Messages that ask nothing of the lessons: each kind has its own reply, and a wish its screen."""

import re

from aiogram.fsm.context import FSMContext
from aiogram.types import InlineKeyboardMarkup, Message

from activities.items import PLAYED_TYPES
from bot.buttons import Buttons
from bot.callbacks import Catalogue, CityCatalogue, Human
from bot.people import Person
from bot.routers.bookings import my
from bot.routers.catalogue import listing, type_buttons
from bot.routers.paysupport import order_lines
from bot.routers.recommend import recommend
from retrieval.intents import Intent, Kind
from retrieval.words import simplified
from services.recent import WINDOW
from services.recommending.assortment import Assortment
from services.recommending.serving import Recommendations
from storage.repositories import items, questions
from wording.answers import said
from wording.cities import CITIES, SLUGS
from wording.texts import Texts

# Kinds of items that a wish may name.
_TYPES = {
    "book": r"书(?!本费)|\bbooks\b|\b(?:a|an|any|the|this|your) book\b",  # not "book a seat"
    "audio": r"音频|节目|\baudio|\bepisodes?\b",
    "live": r"直播|\blive\b|\bstream",
    "salon": r"沙龙|\bsalons?\b",
    "draw": r"抽奖|\bdraws?\b|\braffles?\b",
    "game": r"游戏|测验|\bgames?\b|\bquiz",
    "test_drive": r"试驾|\btest[- ]drives?\b",
}
# Wishes for a list, and what it has where they name no kind.
_SHELVES = {"test_drive": "test_drive", "events": "events", "courses": "course"}
_IN_CITIES = ("test_drive", "salon", "events")


async def reply(
    message: Message,
    text: str,
    intent: Intent,
    person: Person,
    recommendations: Recommendations,
    state: FSMContext,
) -> None:
    """Says what there is to say, and opens the screen that was wished for."""
    wish = intent.of if intent.kind is Kind.WISH else ""
    if wish == "recommend":
        await recommend(message, person, person.texts, recommendations, state)
    elif kind := _listed(text, wish):
        told = _shelf_head(text, wish, kind, person.texts)
        await _show_shelf(message, text, kind, told, person, recommendations.assortment)
    elif wish == "cancel":
        await message.answer(said(intent, person.texts))
        await my(message, person, recommendations.library)
    elif wish == "refund":
        lines = [said(intent, person.texts), *await order_lines(person)]
        await message.answer("\n".join(lines))
    else:
        buttons = await _buttons(wish, person)
        await message.answer(said(intent, person.texts), reply_markup=buttons)


def _listed(text: str, wish: str) -> str:
    """The kind of items that a wish is for: what the text names, or else the wish's usual kind."""
    simple = simplified(text).lower()
    named = next((kind for kind, words in _TYPES.items() if re.search(words, simple)), "")
    # Who asks for a draw is often taken to ask for something for nothing.
    if wish in _SHELVES or (wish == "discounts" and named in PLAYED_TYPES):
        return named or _SHELVES[wish]
    return ""


def _shelf_head(text: str, wish: str, kind: str, texts: Texts) -> str:
    if kind == "audio":
        return texts("wish-audio")
    if wish == "events" and re.search(r"提醒|\bremind", simplified(text).lower()):
        return texts("wish-reminder")
    return texts(f"intent-wish-{'events' if wish == 'discounts' else wish.replace('_', '-')}")


async def _show_shelf(
    message: Message, text: str, kind: str, head: str, person: Person, assortment: Assortment
) -> None:
    """The list of a kind, in the city that the text names or else the person's own; or that there
    is nothing of the kind."""
    async with person.database.read() as session:
        offered = await items.types_on_offer(session, person.now)
    if kind == "game" and kind not in offered:  # which can be played without any item
        await message.answer(person.texts("wish-quiz"))
        return
    if kind != "events" and kind not in offered:
        none = person.texts("wish-none", type=person.texts(f"type-{kind}"))
        await message.answer(none, reply_markup=await type_buttons(person))
        return
    city = ""
    if kind in _IN_CITIES:
        simple = simplified(text).lower()
        own = SLUGS.get(person.row.city or "", "")
        city = next((s for s, name in CITIES.items() if name in simple or s in simple), own)
    await message.answer(head)
    asked = CityCatalogue(kind=kind, city=city) if city else Catalogue(kind=kind)
    html, keyboard = await listing(person, asked, assortment)
    await message.answer(html, reply_markup=keyboard)


async def _buttons(wish: str, person: Person) -> InlineKeyboardMarkup | None:
    if wish == "discounts":
        return await type_buttons(person)
    if wish != "person":
        return None
    async with person.database.read() as session:
        last = await questions.newest(session, person.id, person.now - WINDOW)
    last = person.recent.newest(person.id, person.now - WINDOW) or last
    if last is None:
        return None
    keyboard = Buttons()
    keyboard.button(text=person.texts("ask-a-person-last"), callback_data=Human(question=last))
    return keyboard.rows()
