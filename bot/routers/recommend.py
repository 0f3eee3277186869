"""/recommend: cards with a reason, and what the taps on them change."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.fsm.context import FSMContext
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities.items import find
from bot.callbacks import ItemAct
from bot.cards import item_form, teaser_buttons
from bot.chats import replace
from bot.forms import Form
from bot.people import Person
from services.recommending.exploring import explored
from services.recommending.picks import Pick
from services.recommending.serving import Recommendations
from wording.items import described
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
        await person.show(message, _form(one, texts))


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
    if isinstance(query.message, Message):
        form = _form(picked[0], texts)
        await person.show(query.message, form, free=[query.message.message_id])


def _form(pick: Pick, texts: Texts) -> Form:
    card = described(pick.item, texts, why=why(pick, texts))
    return item_form(card, teaser_buttons(pick.item, texts, "recommend"), texts)
