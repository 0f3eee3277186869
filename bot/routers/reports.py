"""/report: what a campaign changed, for those who plan them."""

import re

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.callbacks import Planned
from bot.campaign_report import ALL, send_report
from bot.filters import May
from bot.people import Person
from campaigns.planning import Planning
from services.recommending.profiles import Profiles

router = Router(name="reports")
router.message.filter(May("report"), F.chat.type == "private")
router.callback_query.filter(May("report"))


@router.message(Command("report"))
async def report(
    message: Message,
    command: CommandObject,
    person: Person,
    planning: Planning,
    profiles: Profiles,
) -> None:
    asked = (command.args or "").strip()
    if asked != "all" and not re.fullmatch(r"[1-9][0-9]{0,17}", asked):
        await message.answer(person.texts("report-usage"))
        return
    campaign_id = ALL if asked == "all" else int(asked)
    if not await send_report(message, person, campaign_id, profiles):
        await message.answer(person.texts("report-gone"))
        return
    await planning.note_report(person, campaign_id)


@router.callback_query(Planned.filter(F.act == "report"))
async def show(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    profiles: Profiles,
    callback_answer: CallbackAnswer,
) -> None:
    campaign_id = callback_data.campaign
    there = isinstance(query.message, Message) and campaign_id != ALL
    if not there or not await send_report(query.message, person, campaign_id, profiles):  # type: ignore[arg-type]
        callback_answer.text = person.texts("report-gone")
        return
    await planning.note_report(person, campaign_id)
