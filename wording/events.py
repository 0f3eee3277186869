"""Bookings, their times and places, in words."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from activities.appointments import EventChanged
from services.clock import ZONE
from storage.models import Booking, Localised, Slot
from storage.repositories.events import Event, told_start
from wording.cities import SLUGS as CITY_SLUGS
from wording.texts import Markup, Texts


def offset(moment: datetime, zone: ZoneInfo) -> str:
    """How a zone's clock stands to UTC at a moment: `UTC+8`, `UTC+5:30`, `UTC−4`."""
    minutes = round((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def clock_time(moment: datetime, zone: ZoneInfo, texts: Texts) -> str:
    """A moment by the reader's clock, with its offset; where China's differs, by that too."""
    own = texts("when-zoned", when=texts.when(moment, zone), offset=offset(moment, zone))
    if offset(moment, zone) == offset(moment, ZONE):
        return own
    return texts("when-both", own=own, there=texts.when(moment, ZONE))


def own_time(moment: datetime, texts: Texts) -> str:
    """A moment by the reader's clock; with its offset where China's differs."""
    own, when = offset(moment, texts.zone), texts.when(moment)
    return when if own == offset(moment, ZONE) else texts("when-zoned", when=when, offset=own)


def city_name(city: str | None, texts: Texts) -> str:
    return texts(f"city-{CITY_SLUGS[city]}") if city in CITY_SLUGS else city or ""


def where(city: str | None, place: Localised | None, texts: Texts) -> str:
    return " · ".join(filter(None, (city_name(city, texts), texts.pick(place))))


def left(time: timedelta, texts: Texts) -> str:
    """How long is left, by two of its parts at most."""
    minutes = max(round(time.total_seconds() / 60), 1)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return texts("left-days", days=round(hours / 24))
    if hours:
        return texts("left-hours", hours=hours, minutes=rest)
    return texts("left-minutes", minutes=rest)


def event_lines(event: Event, zone: ZoneInfo, texts: Texts) -> list[str]:
    """When and where, as HTML."""
    lines = []
    if event.starts_at:
        lines.append(texts.html("booking-when", when=clock_time(event.starts_at, zone, texts)))
    if at := where(event.city, event.place, texts):
        lines.append(texts.html("booking-where", where=at))
    return lines


def booking_text(
    booking: Booking, event: Event, zone: ZoneInfo, texts: Texts, now: datetime
) -> str:
    """A booking's card, as HTML."""
    title = texts.pick(event.item.title)
    lines = [texts.html(f"booking-{booking.status}", title=title), *event_lines(event, zone, texts)]
    if booking.status == "booked" and event.starts_at and not event.begun(now):
        lines.append(reminders(event.starts_at, now, texts))
    return "\n".join(lines)


def reminders(starts_at: datetime, now: datetime, texts: Texts) -> str:
    """Which reminders are still to come."""
    if starts_at - now > timedelta(days=1):
        return texts("reminders-both")
    return texts("reminders-hour" if starts_at - now > timedelta(hours=1) else "reminders-none")


def slot_label(slot: Slot, texts: Texts, zone: ZoneInfo, *, own: bool) -> str:
    """A time on a button: when, in which city, how many seats are left."""
    seats = texts("seats-left", seats=max(slot.capacity - slot.seats_taken, 0))
    when = texts.when(slot.starts_at, zone)
    parts = [when, city_name(slot.city, texts), texts("slot-own") if own else seats]
    return " · ".join(filter(None, parts))


def change_lines(what: EventChanged, texts: Texts) -> Markup:
    """Old and new, of what changed alone, as HTML."""
    old, new = what.told, what.event.told()
    lines = []
    if old.get("starts_at") != new["starts_at"]:
        pair = _moments(old, what, texts)
        lines.append(texts.html("changed-when", **pair))
    if (old.get("city"), old.get("place")) != (new["city"], new["place"]):
        lines.append(
            texts.html(
                "changed-where",
                old=where(old.get("city"), old.get("place"), texts) or "—",
                new=where(new["city"], new["place"], texts) or "—",
            )
        )
    return Markup("\n".join(lines))


def _moments(old: Mapping[str, Any], what: EventChanged, texts: Texts) -> dict[str, str]:
    def told(moment: datetime | None) -> str:
        return clock_time(moment, what.zone, texts) if moment else "—"

    before = told_start(old)
    return {
        "old": told(before.astimezone(UTC) if before else None),
        "new": told(what.event.starts_at),
    }
