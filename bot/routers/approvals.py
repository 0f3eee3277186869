"""Approve and Refuse, for admins: the second person of what is sent to many."""

from typing import Any

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.approval_cards import approval_buttons
from bot.buttons import Buttons
from bot.callbacks import Approval, Planned
from bot.chats import replace
from bot.filters import Asked, May
from bot.people import Person
from campaigns.planning import Decision, Planning
from services import dialogues
from wording.texts import Texts

router = Router(name="approvals")
router.message.filter(May("approve"))
router.callback_query.filter(May("approve"))


@router.callback_query(Approval.filter(F.act == "approve"))
async def approve(
    query: CallbackQuery,
    callback_data: Approval,
    person: Person,
    texts: Texts,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    outcome = await planning.approve(person, callback_data.campaign, callback_data.seen)
    if outcome == "approved":
        keyboard = Buttons()
        open_ = Planned(act="show", campaign=callback_data.campaign)
        keyboard.button(text=texts("approval-open"), callback_data=open_)
        await replace(query, _told(outcome, callback_data.campaign, texts), keyboard.rows())
    else:
        callback_answer.text = _told(outcome, callback_data.campaign, texts)
        callback_answer.show_alert = True


@router.callback_query(Approval.filter(F.act == "refuse"))
async def ask_why(
    query: CallbackQuery, callback_data: Approval, person: Person, texts: Texts
) -> None:
    about = callback_data.model_dump(include={"campaign", "seen"})
    await dialogues.ask(person, "refuse", **about)
    if isinstance(query.message, Message):
        await query.message.answer(texts("approval-why"), reply_markup=_why(callback_data, texts))


@router.callback_query(Approval.filter(F.act == "without"))
async def refuse_without(
    query: CallbackQuery,
    callback_data: Approval,
    person: Person,
    texts: Texts,
    planning: Planning,
) -> None:
    await dialogues.close(person)
    outcome = await planning.refuse(person, callback_data.campaign, callback_data.seen, "")
    await replace(query, _told(outcome, callback_data.campaign, texts), None)


@router.callback_query(Approval.filter(F.act == "back"))
async def back(query: CallbackQuery, callback_data: Approval, person: Person, texts: Texts) -> None:
    await dialogues.close(person)
    buttons = approval_buttons(callback_data.campaign, callback_data.seen, texts)
    await replace(query, texts("approval-undecided"), buttons)


@router.message(F.text, ~F.text.startswith("/"), Asked("refuse"))
async def refuse(
    message: Message, person: Person, asked: dict[str, Any], texts: Texts, planning: Planning
) -> None:
    await dialogues.close(person)
    why = message.text or ""
    outcome = await planning.refuse(person, asked["campaign"], asked["seen"], why)
    await message.answer(_told(outcome, asked["campaign"], texts))


def _told(outcome: Decision, campaign_id: int, texts: Texts) -> str:
    return texts(f"approval-{outcome}", campaign=str(campaign_id))


def _why(asked: Approval, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    for act in ("without", "back"):
        data = asked.model_copy(update={"act": act})
        keyboard.button(text=texts(f"approval-{act}"), callback_data=data)
    return keyboard.rows(2)
