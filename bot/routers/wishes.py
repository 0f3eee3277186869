"""Messages that ask nothing of the lessons: each kind has its own reply, and a wish its screen."""

import re

from aiogram.fsm.context import FSMContext
from aiogram.types import InlineKeyboardMarkup, Message

from bot.buttons import Buttons
from bot.callbacks import Catalogue, CityCatalogue, Human
from bot.cities import CITIES, SLUGS
from bot.people import Person
from bot.recent import WINDOW
from bot.recommending import Recommendations
from bot.routers.bookings import my
from bot.routers.catalogue import listing, type_buttons
from bot.routers.paysupport import order_lines
from bot.routers.recommend import recommend
from bot.texts import Markup, Texts
from retrieval.intents import Intent, Kind
from retrieval.words import simplified
from storage.repositories import questions

# Kinds of items that a wish may name.
_TYPES = {
    "book": r"书(?!本费)|\bbooks?\b",
    "audio": r"音频|\baudio",
    "live": r"直播|\blive\b|\bstream",
    "salon": r"沙龙|\bsalons?\b",
    "draw": r"抽奖|\bdraws?\b",
    "test_drive": r"试驾|\btest[- ]drives?\b",
}


def said(intent: Intent, texts: Texts) -> Markup:
    """The reply in words."""
    name = f"{intent.kind}-{intent.of}" if intent.of else intent.kind
    return Markup(texts(f"intent-{name.replace('_', '-')}"))


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
    elif wish in ("test_drive", "events", "courses"):
        await message.answer(said(intent, person.texts))
        html, keyboard = await _shelf(text, wish, person)
        await message.answer(html, reply_markup=keyboard)
    elif wish == "cancel":
        await message.answer(said(intent, person.texts))
        await my(message, person, person.texts, person.database)
    elif wish == "refund":
        bought = await order_lines(person.id, person.texts, person.database)
        head = [person.texts("paysupport-orders"), *bought] if bought else []
        await message.answer("\n".join([said(intent, person.texts), *head]))
    else:
        buttons = await _buttons(wish, person)
        await message.answer(said(intent, person.texts), reply_markup=buttons)


async def _shelf(text: str, wish: str, person: Person) -> tuple[str, InlineKeyboardMarkup]:
    """The list of what was wished for: of the type and the city that the text names, or else of
    the person's own city.
    """
    usual = {"test_drive": "test_drive", "events": "events", "courses": "course"}[wish]
    named = next((kind for kind, words in _TYPES.items() if re.search(words, text.lower())), usual)
    own = SLUGS.get(person.row.city or "", "") if wish != "courses" else ""
    simple = simplified(text)
    city = next((s for s, name in CITIES.items() if name in simple or s in text.lower()), own)
    asked = CityCatalogue(kind=named, city=city) if city else Catalogue(kind=named)
    return await listing(person, asked)


async def _buttons(wish: str, person: Person) -> InlineKeyboardMarkup | None:
    if wish == "discounts":
        return type_buttons(person.texts)
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
