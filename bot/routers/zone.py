"""/zone, and the button of /settings: by which clock a person is told times."""

from zoneinfo import ZoneInfo

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message

from bot.buttons import Buttons
from bot.callbacks import Drawing, Zone
from bot.chats import replace
from bot.people import Person
from services.zones import OFFERED, is_zone, zone_of
from wording.events import clock_time
from wording.texts import Texts

router = Router(name="zone")


@router.message(Command("zone"))
async def zone(message: Message, command: CommandObject, person: Person, texts: Texts) -> None:
    name = (command.args or "").strip()
    if not name:
        html, keyboard = _overview(person, texts)
        await message.answer(html, reply_markup=keyboard)
    elif not is_zone(name):
        await message.answer(texts("zone-unknown"))
    else:
        await message.answer(await _set(person, name, texts))


@router.callback_query(Drawing.filter(F.act == "zone"))
async def zones(query: CallbackQuery, person: Person, texts: Texts) -> None:
    if isinstance(query.message, Message):
        html, keyboard = _overview(person, texts)
        await query.message.answer(html, reply_markup=keyboard)


@router.callback_query(Zone.filter())
async def choose(query: CallbackQuery, callback_data: Zone, person: Person, texts: Texts) -> None:
    number = callback_data.number
    name = OFFERED[number] if 0 <= number < len(OFFERED) else None
    await replace(query, await _set(person, name, texts), None)


async def _set(person: Person, name: str | None, texts: Texts) -> str:
    await person.change(zone=name)
    person.row.zone = name
    zone = zone_of(person.row)
    return texts("zone-set", zone=zone.key, now=texts.when(person.now, zone))


def _overview(person: Person, texts: Texts) -> tuple[str, InlineKeyboardMarkup]:
    zone = zone_of(person.row)
    keyboard = Buttons()
    for number, name in enumerate(OFFERED):
        text = f"{name.rpartition('/')[2].replace('_', ' ')} · {_now(person, name, texts)}"
        keyboard.button(text=text, callback_data=Zone(number=number))
    keyboard.button(text=texts("zone-auto"), callback_data=Zone(number=-1))
    html = texts("zone", zone=zone.key, now=clock_time(person.now, zone, texts))
    return html, keyboard.rows(1)


def _now(person: Person, name: str, texts: Texts) -> str:
    return f"{person.now.astimezone(ZoneInfo(name)):%H:%M}"
