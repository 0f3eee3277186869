"""/checkin and /noshow: the staff at the entrance."""

import re

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from activities import check_in
from bot.filters import May
from bot.people import Person
from bot.tickets import ENTRANCE, tell
from wording.texts import Texts

router = Router(name="door")


@router.message(Command("checkin", "noshow"), May("check-in"))
async def door(message: Message, command: CommandObject, person: Person, texts: Texts) -> None:
    # What is pasted may be the whole link.
    code = (command.args or "").strip().rpartition(f"start={ENTRANCE}")[2]
    if not re.fullmatch(r"[\w-]{1,64}", code, re.ASCII):
        await message.answer(texts("check-in-usage"))
        return
    act = check_in.let_in if command.command == "checkin" else check_in.mark_absent
    await tell(message, await act(person, code), texts)
