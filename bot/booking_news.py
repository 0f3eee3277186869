"""How what is told of bookings at a time looks: reminders, changes, offers, and the wish for a
rating."""

from activities.appointments import EventChanged, HowWasIt, OfBooking, Reminder, SeatOffered
from bot.buttons import Buttons
from bot.callbacks import BookingAct, WaitAct
from bot.forms import Form
from bot.tickets import booking_buttons
from wording.events import change_lines, clock_time, event_lines, left
from wording.texts import Markup, Texts


def booking_news(what: OfBooking, texts: Texts) -> Form:
    title = texts.pick(what.event.item.title)
    lines = Markup("\n".join(event_lines(what.event, what.zone, texts)))
    buttons = booking_buttons(what.booking, what.event, texts)
    if isinstance(what, Reminder):
        time = left(what.left, texts)
        return Form([texts.html("reminder", left=time, title=title, lines=lines)], buttons)
    if isinstance(what, EventChanged):
        told = texts.html("event-changed", title=title, lines=change_lines(what, texts))
        return Form([told], buttons)
    if isinstance(what, HowWasIt):
        keyboard = Buttons()
        for stars in range(1, 6):
            data = BookingAct(act="rate", booking=what.booking.id, stars=stars)
            keyboard.button(text=f"{stars} ★", callback_data=data)
        return Form([texts.html("how-was-it", title=title)], keyboard.rows(5))
    return Form([texts.html("event-cancelled", title=title, lines=lines)])


def seat_offer(what: SeatOffered, texts: Texts) -> Form:
    lines = Markup("\n".join(event_lines(what.event, what.zone, texts)))
    until = what.row.offered_until
    html = texts.html(
        "seat-offered",
        title=texts.pick(what.event.item.title),
        lines=lines,
        until=clock_time(until, what.zone, texts) if until else "—",
    )
    keyboard = Buttons()
    for key, act in (("button-accept", "yes"), ("button-decline", "no")):
        keyboard.button(text=texts(key), callback_data=WaitAct(act=act, waiting=what.row.id))
    return Form([html], keyboard.rows(1))
