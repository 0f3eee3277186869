"""/plan: what to invite whom to, when, in which words; a tap makes a draft of a proposal."""

from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Planned, Proposed
from bot.chats import edit, replace
from bot.filters import May
from bot.people import Person
from campaigns.proposing import Plan, Proposing
from services.recommending.profiles import Profiles
from services.zones import zone_of
from wording.campaign_plan import plan_head, proposal_text
from wording.tags import Words
from wording.texts import Texts

router = Router(name="plan")
router.message.filter(May("plan"), F.chat.type == "private")
router.callback_query.filter(May("plan"))

PAGE, NAME = 4, 2


@router.message(Command("plan"))
async def plan(
    message: Message, person: Person, texts: Texts, proposing: Proposing, profiles: Profiles
) -> None:
    waiting = await message.answer(texts("plan-working"))
    made = await proposing.plan(person.now)
    html, keyboard = await _page(made, 0, person, texts, profiles)
    if not await edit(waiting, html, keyboard):
        await message.answer(html, reply_markup=keyboard)


@router.callback_query(Proposed.filter(F.act == "page"))
async def turn(
    query: CallbackQuery,
    callback_data: Proposed,
    person: Person,
    texts: Texts,
    proposing: Proposing,
    profiles: Profiles,
    callback_answer: CallbackAnswer,
) -> None:
    made = proposing.made(callback_data.plan)
    if made is None:
        callback_answer.text = texts("plan-gone")
        return
    await replace(query, *await _page(made, callback_data.at, person, texts, profiles))


@router.callback_query(Proposed.filter(F.act == "draft"))
async def draft(
    query: CallbackQuery,
    callback_data: Proposed,
    person: Person,
    texts: Texts,
    proposing: Proposing,
    callback_answer: CallbackAnswer,
) -> None:
    campaign = await proposing.write_one(person, callback_data.plan, callback_data.at)
    if campaign is None:
        callback_answer.text = texts("plan-gone")
        return
    keyboard = Buttons()
    data = Planned(act="show", campaign=campaign)
    keyboard.button(text=texts("plan-open"), callback_data=data)
    if isinstance(query.message, Message):
        told = texts("plan-drafted", campaign=str(campaign))
        await query.message.answer(told, reply_markup=keyboard.rows(1))


async def _page(
    made: Plan, page: int, person: Person, texts: Texts, profiles: Profiles
) -> tuple[str, InlineKeyboardMarkup | None]:
    if not made.proposals:
        return texts("plan-nothing"), None
    live = await profiles.live()
    words = Words(texts, await profiles.branded())
    names = (
        {}
        if live is None
        else {own: words.all(live.top(place, NAME)) for place, own in enumerate(live.ids)}
    )
    pages = ceil(len(made.proposals) / PAGE)
    page = max(0, min(page, pages - 1))
    shown = list(enumerate(made.proposals))[page * PAGE : (page + 1) * PAGE]
    zone, keyboard = zone_of(person.row), Buttons()
    parts = [plan_head(made, texts)] if page == 0 else []
    for number, one in shown:
        parts.append(proposal_text(number + 1, one, texts, zone, names))
        data = Proposed(act="draft", plan=made.number, at=number)
        keyboard.button(text=texts("plan-draft", number=number + 1), callback_data=data)
    turns = 0
    for key, to in (("button-previous", page - 1), ("button-next", page + 1)):
        if 0 <= to < pages:
            data = Proposed(act="page", plan=made.number, at=to)
            keyboard.button(text=texts(key), callback_data=data)
            turns += 1
    widths = [min(2, len(shown) - n) for n in range(0, len(shown), 2)]
    return "\n\n".join(parts), keyboard.rows(*widths, *([turns] if turns else []))
