"""A booking as a calendar file (iCalendar, RFC 5545)."""

from datetime import datetime

from icalendar import Calendar
from icalendar import Event as Entry

from services.clock import ZONE
from storage.models import Booking
from storage.repositories.events import Event
from wording.events import where
from wording.texts import Texts

PRODUCT = "-//Chezhi//bookings//ZH"


def calendar_file(booking: Booking, event: Event, texts: Texts, now: datetime) -> bytes | None:
    """The file; None for what has no date.

    The UID is the booking's for as long as it lives and SEQUENCE rises with each change, so that a
    calendar puts a newer file in the place of the older entry. Times are in a named zone, whose
    rules go with them: of a fixed offset the library writes none.
    """
    if event.starts_at is None or event.ends_at is None:
        return None
    cancelled = booking.status == "cancelled" or not event.active
    entry = Entry()
    entry.add("uid", f"booking-{booking.id}@chezhi")
    entry.add("sequence", booking.sequence)
    entry.add("dtstamp", now)
    entry.add("dtstart", event.starts_at.astimezone(ZONE))
    entry.add("dtend", event.ends_at.astimezone(ZONE))
    entry.add("summary", texts.pick(event.item.title))
    entry.add("description", texts.pick(event.item.summary))
    entry.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    if place := where(event.city, event.place, texts):
        entry.add("location", place)
    if event.at is not None:
        entry.add("geo", event.at)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
