"""/recommend: cards with a reason, and what the taps on them change."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities.items import find
from bot.callbacks import ItemAct
from bot.cards import teaser_buttons
from bot.chats import replace
from bot.people import Person
from services.recommending.exploring import explored
from services.recommending.serving import Recommendations
from wording.items import card
from wording.reasons import why
from wording.texts import Texts

router = Router(name="recommend")

CARDS = 4


@router.message(Command("recommend"))
async def recommend(
    message: Message,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
    state: FSMContext,
) -> None:
    picked = await explored(recommendations, person, CARDS)
    # What is on screen, for a dismissed card to become something else.
    await state.update_data(shown=[one.item.id for one in picked])
    if not picked:
        await message.answer(texts("recommend-none"))
        return
    await message.answer(texts("recommend-intro" if person.agreed else "recommend-general"))
    for one in picked:
        html = card(one.item, texts, why=why(one, texts))
        await message.answer(html, reply_markup=teaser_buttons(one.item, texts, "recommend"))


@router.callback_query(ItemAct.filter(F.act == "dismiss"))
async def dismiss(
    query: CallbackQuery,
    callback_data: ItemAct,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
    state: FSMContext,
    callback_answer: CallbackAnswer,
) -> None:
    """Not for me: under a recommendation, the card turns into the next one."""
    if await find(person, callback_data.item) is None:
        callback_answer.text = texts("item-gone")
        return
    await person.note("dismissed", "item", callback_data.item)
    callback_answer.text = texts("dismissed" if person.agreed else "not-noted")
    if callback_data.origin != "recommend":
        return
    shown = [*(await state.get_data()).get("shown", []), callback_data.item]
    picked = await recommendations.for_person(person, 1, leave_out=shown)
    await state.update_data(shown=[*shown, *(one.item.id for one in picked)])
    if not picked:
        await replace(query, texts("recommend-none"), None)
        return
    one = picked[0]
    html = card(one.item, texts, why=why(one, texts))
    await replace(query, html, teaser_buttons(one.item, texts, "recommend"))
