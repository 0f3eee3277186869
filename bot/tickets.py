"""A booking in a chat: its card, its ticket, its calendar file, and where it is."""

import io
from collections.abc import Sequence

import segno
from aiogram import Bot
from aiogram.filters.callback_data import CallbackData
from aiogram.types import BufferedInputFile, InlineKeyboardMarkup, Message
from aiogram.utils.deep_linking import create_start_link

from activities import bookings, check_in, waitlist
from activities.check_in import Looked
from bot.buttons import Buttons
from bot.callbacks import BookingAct, ItemAct, WaitAct
from bot.people import Person
from services.permissions import may
from services.zones import zone_of
from storage.models import EVENT_TYPES, Booking
from storage.repositories.events import Event
from wording.calendar import calendar_file
from wording.events import booking_text, clock_time, event_lines, where
from wording.items import short_title
from wording.texts import Markup, Texts

# Before the code in what a ticket's link starts the bot with.
ENTRANCE = "in_"
PIXELS = 8


def booking_card(
    booking: Booking, event: Event, person: Person
) -> tuple[str, InlineKeyboardMarkup]:
    """A booking's text and buttons."""
    text = booking_text(booking, event, zone_of(person.row), person.texts, person.now)
    return text, booking_buttons(booking, event, person.texts, over=event.begun(person.now))


def booking_buttons(
    booking: Booking, event: Event, texts: Texts, *, over: bool = False
) -> InlineKeyboardMarkup:
    keyboard = Buttons()

    def add(act: str) -> None:
        key = f"button-{act}"
        keyboard.button(text=texts(key), callback_data=BookingAct(act=act, booking=booking.id))

    if booking.status == "booked" and event.item.type in EVENT_TYPES:
        add("ticket")
    if event.starts_at is not None:
        add("calendar")
    if event.at is not None:
        add("map")
    acts = len(keyboard)
    if booking.status == "booked" and not over:
        if booking.slot_id is not None:
            add("move")
        data = ItemAct(act="cancel", item=booking.item_id, origin="my")
        keyboard.button(text=texts("button-cancel"), callback_data=data)
    return keyboard.rows(*([acts] if acts else []), 1)


async def send_ticket(message: Message, bot: Bot, person: Person, booking_id: int) -> bool:
    """The code that lets in, to be scanned or typed. False where there is none."""
    booking, event = await bookings.of(person, booking_id)
    if booking is None or event is None or booking.code is None or booking.status == "cancelled":
        return False
    picture = io.BytesIO()
    link = await create_start_link(bot, ENTRANCE + booking.code)
    segno.make(link, error="m").save(picture, kind="png", scale=PIXELS)
    lines = event_lines(event, zone_of(person.row), person.texts)
    caption = person.texts.html(
        "ticket",
        title=person.texts.pick(event.item.title),
        lines=Markup("\n".join(lines)),
        code=booking.code,
    )
    file = BufferedInputFile(picture.getvalue(), "ticket.png")
    await message.answer_photo(file, caption=caption)
    return True


async def send_calendar(message: Message, person: Person, booking_id: int) -> bool:
    booking, event = await bookings.of(person, booking_id)
    if booking is None or event is None:
        return False
    data = calendar_file(booking, event, person.texts, person.now)
    if data is None:
        return False
    name = f"chezhi-{booking.item_id}.ics"
    file = BufferedInputFile(data, name)
    await message.answer_document(file, caption=person.texts("calendar-sent"))
    return True


async def send_place(message: Message, person: Person, booking_id: int) -> bool:
    booking, event = await bookings.of(person, booking_id)
    if booking is None or event is None or event.at is None:
        return False
    title = short_title(event.item, person.texts)
    address = where(event.city, event.place, person.texts) or title
    await message.answer_venue(*event.at, title=title, address=address)
    return True


async def open_code(message: Message, bot: Bot, person: Person, code: str) -> None:
    """Somebody opened a ticket's link: staff let its person in, its owner sees it."""
    if may(person.row, "check-in"):
        await tell(message, await check_in.let_in(person, code), person.texts)
        return
    own = await check_in.own_ticket(person, code)
    if own is None or not await send_ticket(message, bot, person, own.id):
        await message.answer(person.texts("check-in-refused"))


async def tell(message: Message, looked: Looked, texts: Texts) -> None:
    """Tells the staff what came of a look at a ticket."""
    key = f"check-in-{looked.outcome}"
    if looked.booking is None or looked.event is None:
        await message.answer(texts(key))
        return
    starts_at = looked.event.starts_at
    html = texts.html(
        key,
        name=looked.name,
        title=texts.pick(looked.event.item.title),
        when=texts.when(starts_at) if starts_at else "—",
    )
    await message.answer(html)


async def seats_had(
    person: Person, booked: Sequence[tuple[Booking, Event]]
) -> tuple[list[str], list[tuple[str, CallbackData]]]:
    """Lines and buttons of /my for bookings and places in lines."""
    texts, zone = person.texts, zone_of(person.row)
    lines: list[str] = []
    buttons: list[tuple[str, CallbackData]] = []
    for booking, event in booked:
        title = short_title(event.item, texts)
        when = clock_time(event.starts_at, zone, texts) if event.starts_at else "—"
        lines.append(texts.html("my-booking", title=title, when=when))
        buttons.append((f"🎫 {title}", BookingAct(act="show", booking=booking.id)))
    for place in await waitlist.places(person):
        title = short_title(place.event.item, texts)
        until = place.row.offered_until
        if place.row.status == "offered" and until is not None:
            kept = clock_time(until, zone, texts)
            lines.append(texts.html("my-offer", title=title, until=kept))
            buttons.append((texts("button-accept"), WaitAct(act="yes", waiting=place.row.id)))
        else:
            lines.append(texts.html("my-waiting", title=title, number=place.number))
        key = "button-decline" if place.row.status == "offered" else "button-unwait"
        buttons.append((texts(key), WaitAct(act="no", waiting=place.row.id)))
    return lines, buttons
