"""The times of an item as a chat shows them, and a seat that is held."""

from math import ceil

from aiogram.types import InlineKeyboardMarkup

from activities.items import find, standing
from bot.buttons import Buttons
from bot.callbacks import BookingAct, ItemAct, SlotAct, Times
from bot.people import Person
from services.zones import zone_of
from storage.models import Booking
from storage.repositories import slots
from storage.repositories.events import Event
from wording.events import clock_time, event_lines, slot_label

PAGE = 6


async def times(person: Person, item_id: str, page: int) -> tuple[str, InlineKeyboardMarkup | None]:
    """A page of the times of an item, those of the person's city first."""
    texts, item = person.texts, await find(person, item_id)
    if item is None or not item.active:
        return texts("item-gone"), None
    has = await standing(person, item_id)
    async with person.database.read() as session:
        pages = ceil(await slots.count_coming(session, item_id, person.now) / PAGE)
        page = max(0, min(page, pages - 1))
        shown = await slots.coming(
            session, item_id, person.now, page * PAGE, PAGE, first_city=person.row.city
        )
    title, keyboard = texts.pick(item.title), Buttons()
    if not shown:
        return texts.html("times-none", title=title), None
    own = has.booking.slot_id if has.booking else None
    for slot in shown:
        label = slot_label(slot, texts, zone_of(person.row), own=slot.id == own)
        act = "wait" if slot.seats_taken >= slot.capacity and slot.id != own else "take"
        keyboard.button(text=label, callback_data=SlotAct(act=act, slot=slot.id))
    widths = [1] * len(shown)
    if item.capacity is not None and item.seats_taken >= item.capacity and has.waiting is None:
        data = ItemAct(act="wait", item=item_id)
        keyboard.button(text=texts("button-wait"), callback_data=data)
        widths.append(1)
    for key, to in (("button-previous", page - 1), ("button-next", page + 1)):
        if 0 <= to < pages:
            keyboard.button(text=texts(key), callback_data=Times(item=item_id, page=to))
    key = "times-move" if has.booked else "times"
    html = texts.html(key, title=title, page=page + 1, pages=pages)
    return html, keyboard.rows(*widths, 2)


def hold_card(booking: Booking, event: Event, person: Person) -> tuple[str, InlineKeyboardMarkup]:
    """What is held, until when, and the two ways on."""
    texts, zone = person.texts, zone_of(person.row)
    until = clock_time(booking.hold_until or person.now, zone, texts)
    head = texts.html("hold-card", title=texts.pick(event.item.title), until=until)
    keyboard = Buttons()
    for key, act in (("button-confirm", "confirm"), ("button-let-go", "free")):
        data = BookingAct(act=act, booking=booking.id)
        keyboard.button(text=texts(key), callback_data=data)
    return "\n".join([head, *event_lines(event, zone, texts)]), keyboard.rows(1)
