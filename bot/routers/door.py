"""/checkin and /noshow: the staff at the entrance, and who didn't come."""

import re

from aiogram import F, Router
from aiogram.filters import Command, CommandObject
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities import check_in
from bot.buttons import Buttons
from bot.callbacks import Absent
from bot.chats import replace
from bot.filters import May
from bot.people import Person
from bot.tickets import ENTRANCE, tell
from wording.events import own_time
from wording.items import short_title
from wording.texts import Texts

router = Router(name="door")
# Telegram takes a hundred buttons; who is marked makes room for the others.
SHOWN_EVENTS, SHOWN_GUESTS = 20, 60

Screen = tuple[str, InlineKeyboardMarkup]


@router.message(Command("checkin", "noshow"), May("check-in"))
async def door(message: Message, command: CommandObject, person: Person, texts: Texts) -> None:
    # What is pasted may be the whole link.
    code = (command.args or "").strip().rpartition(f"start={ENTRANCE}")[2]
    if not re.fullmatch(r"[\w-]{1,64}", code, re.ASCII):
        html, keyboard = await _events(person)
        await message.answer(f"{texts('check-in-usage')}\n\n{html}", reply_markup=keyboard)
        return
    act = check_in.let_in if command.command == "checkin" else check_in.mark_absent
    await tell(message, await act(person, code), texts)


@router.callback_query(Absent.filter(F.act == "events"), May("check-in"))
async def events(query: CallbackQuery, person: Person) -> None:
    await replace(query, *await _events(person))


@router.callback_query(Absent.filter(F.act == "list"), May("check-in"))
async def guests(query: CallbackQuery, callback_data: Absent, person: Person) -> None:
    await replace(query, *await _guests(person, callback_data.of))


@router.callback_query(Absent.filter(F.act == "ask"), May("check-in"))
async def ask(query: CallbackQuery, callback_data: Absent, person: Person, texts: Texts) -> None:
    missing = await check_in.who_is_missing(person, callback_data.of)
    names = {booking.id: name for booking, name in missing.guests} if missing else {}
    wanted = callback_data.booking
    if not names or (wanted and wanted not in names):
        await replace(query, *await _guests(person, callback_data.of))
        return
    if wanted:
        html = texts.html("absent-ask-one", name=names[wanted])
    else:
        html = texts.html("absent-ask-all", count=len(names))
    keyboard = Buttons()
    for act, key in (("mark", "absent-mark"), ("list", "absent-keep")):
        keyboard.button(
            text=texts(key), callback_data=callback_data.model_copy(update={"act": act})
        )
    await replace(query, html, keyboard.rows(1))


@router.callback_query(Absent.filter(F.act == "mark"), May("check-in"))
async def mark(
    query: CallbackQuery,
    callback_data: Absent,
    person: Person,
    texts: Texts,
    callback_answer: CallbackAnswer,
) -> None:
    of, whose = callback_data.of, callback_data.booking or None
    marked = await check_in.mark_missing(person, of, whose)
    callback_answer.text = texts("absent-marked", count=marked)
    await replace(query, *await _guests(person, of))


async def _events(person: Person) -> Screen:
    """What began lately, for whoever has to tell who didn't come."""
    texts, keyboard = person.texts, Buttons()
    begun = await check_in.lately_begun(person)
    for of, event, count in begun[:SHOWN_EVENTS]:
        when = own_time(event.starts_at, texts) if event.starts_at else "—"
        title = short_title(event.item, texts)
        text = texts("absent-event", title=title, when=when, count=count)
        keyboard.button(text=text, callback_data=Absent(act="list", of=of))
    return texts("absent-events" if begun else "absent-no-events"), keyboard.rows(1)


async def _guests(person: Person, of: int) -> Screen:
    missing = await check_in.who_is_missing(person, of)
    if missing is None or not missing.guests:
        return await _events(person)
    texts, keyboard, event = person.texts, Buttons(), missing.event
    for booking, name in missing.guests[:SHOWN_GUESTS]:
        data = Absent(act="ask", of=of, booking=booking.id)
        keyboard.button(text=texts("absent-guest", name=name), callback_data=data)
    everybody = texts("absent-all", count=len(missing.guests))
    keyboard.button(text=everybody, callback_data=Absent(act="ask", of=of))
    keyboard.button(text=texts("absent-back"), callback_data=Absent(act="events"))
    when = own_time(event.starts_at, texts) if event.starts_at else "—"
    title, count = texts.pick(event.item.title), len(missing.guests)
    return texts.html("absent-list", title=title, when=when, count=count), keyboard.rows(1)
