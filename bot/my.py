"""/my: what a person has, in sections; whatever else people come to have gets a section here."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from activities import bookings, coupons, favourites, learning, quizzing
from activities.membership import held
from bot.buttons import Buttons
from bot.callbacks import CouponAct, ItemAct, Marked
from bot.lead_cards import handed_over, leads_shown
from bot.lessons import go_on_button
from bot.memberships import held_line, renewal
from bot.people import Person
from bot.tickets import seats_had
from services.content.library import Library
from storage.models import DIGITAL_TYPES, Booking, Item
from storage.repositories.events import Event
from wording.coupons import cut
from wording.items import label
from wording.texts import Texts

# Telegram takes 100 buttons: the sections together have fewer.
MOST_OWNED, MOST_BOOKED, MOST_COUPONS, MOST_MARKED = 50, 20, 8, 5


@dataclass(frozen=True, slots=True)
class Section:
    """A part of /my: lines of HTML, and buttons with what they carry."""

    lines: Sequence[str]
    buttons: Sequence[tuple[str, CallbackData]]


@dataclass(frozen=True, slots=True)
class Had:
    """What more than one section is made of: `items` owned or booked, and the `seats` to come."""

    items: Sequence[Item]
    seats: Sequence[tuple[Booking, Event]]
    library: Library


Found = Awaitable[Section | None]


async def under_way(person: Person, had: Had) -> Section | None:
    begun = await learning.under_way(person, had.library, person.texts.language)
    buttons: list[tuple[str, CallbackData]] = [
        go_on_button(item, progress, person.texts) for item, progress in begun
    ]
    return Section([], buttons) if buttons else None


async def seats(person: Person, had: Had) -> Section | None:
    lines, buttons = await seats_had(person, had.seats)
    return Section(lines, buttons) if lines else None


async def courses(person: Person, had: Had) -> Section | None:
    mine = [item for item in had.items if item.type in DIGITAL_TYPES]
    return _things("courses", mine, MOST_OWNED, person.texts)


async def events(person: Person, had: Had) -> Section | None:
    """Those that `seats` doesn't show: what is over, and games and draws."""
    shown = {event.item.id for _, event in had.seats}
    mine = [item for item in had.items if item.type not in DIGITAL_TYPES]
    others = [item for item in mine if item.id not in shown]
    return _things("events", others, MOST_BOOKED, person.texts)


async def memberships(person: Person, _had: Had) -> Section | None:
    plans, texts = await held(person), person.texts
    lines = [held_line(each, texts) for each in plans]
    return Section(lines, [renewal(each, texts) for each in plans]) if plans else None


async def kept_coupons(person: Person, _had: Had) -> Section | None:
    mine, texts = await coupons.mine(person), person.texts
    buttons: list[tuple[str, CallbackData]] = [
        (
            texts("button-coupon", title=texts.pick(one.title), cut=cut(one, texts)),
            CouponAct(act="rule", code=one.code),
        )
        for one in mine[:MOST_COUPONS]
    ]
    head = texts("my-coupons", count=len(mine))
    return Section([head], buttons) if mine else None


async def marked(person: Person, _had: Had) -> Section | None:
    count, newest = await favourites.page(person, 0, MOST_MARKED)
    section = _things("favourites", newest, MOST_MARKED, person.texts, count)
    if section is not None and count > MOST_MARKED:
        more = (person.texts("button-favourites"), Marked(page=0))
        return Section(section.lines, [*section.buttons, more])
    return section


async def handed(person: Person, _had: Had) -> Section | None:
    """Whose dealers have this person's number."""
    lines, buttons = leads_shown(await handed_over(person), person.texts)
    return Section(lines, buttons) if lines else None


async def points(person: Person, _had: Had) -> Section | None:
    mine = await quizzing.points(person)
    return Section([person.texts("quiz-points", points=mine)], []) if mine else None


SECTIONS: tuple[Callable[[Person, Had], Found], ...] = (
    under_way,
    courses,
    seats,
    events,
    kept_coupons,
    memberships,
    marked,
    points,
    handed,
)


async def all_that_is_had(
    person: Person, library: Library
) -> tuple[str, InlineKeyboardMarkup | None]:
    """The message's text and buttons."""
    had = Had(await bookings.mine(person), await bookings.seats(person), library)
    found = [section for make in SECTIONS if (section := await make(person, had)) is not None]
    if not found:
        return person.texts("my-empty"), None
    keyboard = Buttons()
    for section in found:
        keyboard.add_all(section.buttons)
    lines = [person.texts("my"), *(line for section in found for line in section.lines)]
    return "\n\n".join(lines), keyboard.rows(1)


def _things(
    name: str, some: Sequence[Item], most: int, texts: Texts, count: int | None = None
) -> Section | None:
    if not some:
        return None
    buttons: list[tuple[str, CallbackData]] = [
        (label(item, texts), ItemAct(act="open", item=item.id, origin="my")) for item in some[:most]
    ]
    return Section([texts(f"my-{name}", count=count or len(some))], buttons)
