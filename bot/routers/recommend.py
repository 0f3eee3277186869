"""/recommend: cards with a reason, and what the taps on them change."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.callbacks import ItemAct
from bot.cards import card, teaser_buttons
from bot.chats import replace
from bot.people import Person
from bot.recommending import Recommendations
from bot.texts import Texts

router = Router(name="recommend")

CARDS = 4


@router.message(Command("recommend"))
async def recommend(
    message: Message, person: Person, texts: Texts, recommendations: Recommendations
) -> None:
    picked = await recommendations.for_person(person, CARDS)
    if not picked:
        await message.answer(texts("recommend-none"))
        return
    personal = person.row.personalisation is True
    await message.answer(texts("recommend-intro" if personal else "recommend-general"))
    for one in picked:
        html = card(one.item, texts, why=one.why(texts))
        await message.answer(html, reply_markup=teaser_buttons(one.item, texts, "recommend"))


@router.callback_query(ItemAct.filter(F.act == "dismiss"))
async def dismiss(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
    callback_answer: CallbackAnswer,
) -> None:
    """Not for me: under a recommendation, the card turns into the next one."""
    await person.note("dismissed", "item", callback_data.item)
    callback_answer.text = texts("dismissed")
    if callback_data.origin != "recommend" or person.row.personalisation is not True:
        return
    picked = await recommendations.for_person(person, CARDS + 1)
    # The first four are on screen already, whatever was dismissed among them.
    if not picked:
        await replace(query, texts("recommend-none"), None)
        return
    one = picked[-1]
    html = card(one.item, texts, why=one.why(texts))
    await replace(query, html, teaser_buttons(one.item, texts, "recommend"))
