"""/link, for admins: a signed deep link to an item."""

from aiogram import Bot, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.filters import May
from bot.people import Person
from services.attribution import Attributions
from wording.items import shorten

router = Router(name="links")
NAME = 64


@router.message(Command("link"), May("link"))
async def link(
    message: Message,
    command: CommandObject,
    bot: Bot,
    person: Person,
    attributions: Attributions,
) -> None:
    texts = person.texts
    item, _, name = (command.args or "").strip().partition(" ")
    if not item:
        await message.answer(texts("link-usage"))
        return
    made = await attributions.make(item, shorten(name.strip(), NAME) or item)
    if made is None:
        await message.answer(texts.html("link-no-item", item=item))
        return
    row, payload = made
    url = f"https://t.me/{(await bot.me()).username}?start={payload}"
    await message.answer(texts.html("link-made", url=url, name=row.name, id=str(row.id)))
