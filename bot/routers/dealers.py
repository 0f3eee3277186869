"""/leads, for dealers: who wants to hear from them, and what came of it."""

from datetime import datetime, timedelta
from math import ceil
from typing import cast

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.filters import Command, StateFilter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import lead_work
from activities.lead_stages import MARKS, Mark
from activities.lead_work import PAGE, dealer_of, fen
from activities.leads import Leads
from bot.buttons import Buttons
from bot.callbacks import LeadAct, LeadList
from bot.chats import edit_at, replace
from bot.filters import IsDealer
from bot.lead_cards import TITLE, card
from bot.people import Person
from storage.models.leads import LEAD_STATES
from storage.repositories import leads as leads_of
from wording.items import shorten, yuan
from wording.texts import Texts

router = Router(name="dealers")
router.message.filter(F.chat.type == "private")

STATES = tuple(state for state in LEAD_STATES if state not in leads_of.KEPT_BACK)
# After that, what a dealer writes is no amount any more.
AMOUNT_WITHIN = timedelta(minutes=10)


class Amount(StatesGroup):
    waiting = State()


@router.message(Command("leads"), IsDealer())
async def overview(message: Message, person: Person) -> None:
    html, keyboard = await _overview(person)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(LeadList.filter(F.state == ""), IsDealer())
async def back_to_overview(query: CallbackQuery, person: Person) -> None:
    await replace(query, *await _overview(person))


@router.callback_query(LeadList.filter(F.state.in_(STATES)), IsDealer())
async def turn(query: CallbackQuery, callback_data: LeadList, person: Person) -> None:
    await replace(query, *await _page(person, callback_data.state, callback_data.page))


@router.callback_query(LeadAct.filter(F.act == "open"), IsDealer())
async def open_(
    query: CallbackQuery,
    callback_data: LeadAct,
    person: Person,
    texts: Texts,
    leads: Leads,
    callback_answer: CallbackAnswer,
) -> None:
    """A message of its own, known before it holds a number, so that it can be taken back."""
    if not isinstance(query.message, Message):
        callback_answer.text = texts("button-stale")
        return
    if not await lead_work.is_mine(person, callback_data.lead):
        callback_answer.text = texts("lead-not-there")
        return
    sent = await query.message.answer(texts("lead-opening", lead=str(callback_data.lead)))
    await _show(sent, sent.message_id, callback_data.lead, person, leads)


@router.callback_query(LeadAct.filter((F.act == "mark") & F.to.in_(MARKS)), IsDealer())
async def mark(
    query: CallbackQuery,
    callback_data: LeadAct,
    person: Person,
    texts: Texts,
    leads: Leads,
    state: FSMContext,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await lead_work.mark(person, callback_data.lead, cast(Mark, callback_data.to))
    callback_answer.text = texts(f"lead-mark-{outcome}")
    if not isinstance(query.message, Message):
        return
    await _show(query.message, query.message.message_id, callback_data.lead, person, leads)
    if callback_data.to == "ordered" and outcome in ("marked", "same"):
        await state.set_state(Amount.waiting)
        card_id = query.message.message_id
        await state.set_data(
            {"lead": callback_data.lead, "card": card_id, "at": person.now.isoformat()}
        )
        keyboard = Buttons()
        keyboard.button(text=texts("lead-amount-skip"), callback_data=LeadAct(act="skip"))
        ask = texts("lead-amount-ask", lead=str(callback_data.lead))
        await query.message.answer(ask, reply_markup=keyboard.rows())


@router.callback_query(LeadAct.filter(F.act == "undo"), IsDealer())
async def undo(
    query: CallbackQuery,
    callback_data: LeadAct,
    person: Person,
    texts: Texts,
    leads: Leads,
    state: FSMContext,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await lead_work.undo(person, callback_data.lead, callback_data.change)
    callback_answer.text = texts("lead-undone" if outcome == "marked" else f"lead-mark-{outcome}")
    if await state.get_state() == Amount.waiting.state:
        await state.clear()
    if isinstance(query.message, Message):
        await _show(query.message, query.message.message_id, callback_data.lead, person, leads)


@router.callback_query(LeadAct.filter(F.act == "skip"), IsDealer())
async def skip(query: CallbackQuery, texts: Texts, state: FSMContext) -> None:
    if await state.get_state() == Amount.waiting.state:
        await state.clear()
    await replace(query, texts("lead-amount-none"), None)


@router.message(StateFilter(Amount.waiting), IsDealer(), F.text, ~F.text.startswith("/"))
async def amount(
    message: Message, person: Person, texts: Texts, leads: Leads, state: FSMContext
) -> None:
    """The amount of an order; what has no digit in it is a question."""
    data, said = await state.get_data(), message.text or ""
    stale = person.now - datetime.fromisoformat(data["at"]) > AMOUNT_WITHIN
    if stale or not any(character.isdigit() for character in said):
        await state.clear()
        raise SkipHandler
    found = fen(said)
    if found is None:
        await message.answer(texts("lead-amount-bad"))
        return
    await state.clear()
    outcome = await lead_work.tell_amount(person, data["lead"], found)
    if outcome == "gone":
        await message.answer(texts("lead-not-there"))
        return
    await message.answer(texts("lead-amount-noted", amount=yuan(found)))
    await _show(message, data["card"], data["lead"], person, leads)


async def _show(
    message: Message, message_id: int, lead_id: int, person: Person, leads: Leads
) -> None:
    """Puts a lead as it is now into a message of a dealer's chat.

    Whether it was withdrawn meanwhile is looked at on both sides of it: else a number could be put
    back where it has just been taken out.
    """
    if message.bot is None:
        raise RuntimeError("the message belongs to no bot")
    await leads.shown(lead_id, person.id, message_id)
    opened = await lead_work.read(person, lead_id)
    if opened is None:
        gone = person.texts.html("lead-gone", lead=str(lead_id))
        await edit_at(message.bot, message.chat.id, message_id, gone, None)
        return
    html, keyboard = card(opened, person.texts)
    await edit_at(message.bot, message.chat.id, message_id, html, keyboard)
    await leads.shown(lead_id, person.id, message_id)


async def _overview(person: Person) -> tuple[str, InlineKeyboardMarkup | None]:
    texts, keyboard = person.texts, Buttons()
    async with person.database.read() as session:
        counts = await leads_of.counts(session, dealer_of(person) or "")
    for state in STATES:
        if number := counts.get(state):
            text = f"{texts(f'lead-state-{state}')} ({number})"
            keyboard.button(text=text, callback_data=LeadList(state=state))
    if not counts:
        return texts("leads-none"), None
    return texts("leads", count=sum(counts.values())), keyboard.rows(2)


async def _page(person: Person, state: str, number: int) -> tuple[str, InlineKeyboardMarkup]:
    texts, keyboard = person.texts, Buttons()
    dealer = dealer_of(person) or ""
    async with person.database.read() as session:
        count = (await leads_of.counts(session, dealer)).get(state, 0)
        pages = max(ceil(count / PAGE), 1)
        number = max(0, min(number, pages - 1))
        shown = await leads_of.page(session, dealer, state, PAGE, number * PAGE)
    for lead, at, item in shown:
        title = shorten(texts.pick(item.title), TITLE)
        text = f"#{lead} · {title} · {texts.when(at)}"
        keyboard.button(text=text, callback_data=LeadAct(act="open", lead=lead))
    turns = [("button-previous", number - 1)] if number else []
    turns += [("button-next", number + 1)] if number + 1 < pages else []
    for key, to in turns:
        keyboard.button(text=texts(key), callback_data=LeadList(state=state, page=to))
    keyboard.button(text=texts("leads-all"), callback_data=LeadList())
    name = texts(f"lead-state-{state}")
    head = texts("leads-page", state=name, count=count, page=number + 1, pages=pages)
    sizes = [1] * len(shown) + ([len(turns)] if turns else [])
    return head, keyboard.rows(*sizes, 1)
