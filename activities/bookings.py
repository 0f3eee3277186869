"""Seats: held, confirmed, given back, moved, and listed with all else that a person has."""

from collections.abc import Sequence
from typing import Literal

from activities.items import has_begun
from activities.shop import Shop
from services.people import Person
from storage.models import Booking, Item
from storage.repositories import bookings, events, items, orders, slots, touches
from storage.repositories.events import Event

Booked = Literal["booked", "already", "begun", "full", "gone", "times"]
Held = Literal["held", "booked", "moved", "buy", "full", "begun", "gone"]
Cancelled = Literal["cancelled", "begun", "none"]


async def book(person: Person, item_id: str) -> tuple[Booked, Item | None]:
    """Takes a seat of what costs nothing and has one date: of others, "times" asks for one."""
    async with person.database.write() as session:
        item = await items.get(session, item_id)
        if item is None or not item.active or item.price_stars:
            return "gone", item
        outcome = await bookings.book(session, person.id, item.id, person.now)
        if outcome == "full" and await slots.has_any(session, item_id):
            return "times", item
        if outcome == "booked":
            await touches.credit_booking(session, person.id, item.id, person.now)
    if outcome == "already":
        return "already", item
    if outcome != "booked":
        return "begun" if has_begun(item, person.now) else "full", item
    await person.note("draw_entered" if item.type == "draw" else "booked", "item", item.id)
    return "booked", item


async def choose(person: Person, slot_id: int) -> tuple[Held, Booking | None, Event | None]:
    """Chooses one of an item's times: holds a seat until it is confirmed, or moves the one that
    they have. "buy": it has a price; "booked": they have this one."""
    async with person.database.read() as session:
        slot = await slots.get(session, slot_id)
        event = await events.get(session, slot.item_id, slot_id) if slot else None
        has = await bookings.live(session, person.id, slot.item_id) if slot else None
    if slot is None or event is None or not event.active:
        return "gone", None, event
    if event.begun(person.now):
        return "begun", has, event
    if has is None and event.item.price_stars:
        return "buy", None, event
    if has is not None and has.status not in bookings.OPEN:
        return "booked", has, event
    async with person.database.write() as session:
        if has is not None:
            outcome = await bookings.move(session, person.id, slot.item_id, slot_id, person.now)
        else:
            outcome = await bookings.book(
                session, person.id, slot.item_id, person.now, slot_id=slot_id, hold=True
            )
        booking = await bookings.live(session, person.id, slot.item_id)
    if booking is None or outcome in ("full", "none"):
        return "full", booking, event
    if booking.status == "held":
        return "held", booking, event
    return "moved" if outcome == "moved" else "booked", booking, event


async def confirm(person: Person, booking_id: int) -> tuple[str, Booking | None, Event | None]:
    """Makes the seat that is held theirs: "booked", "already", "begun" or "gone"."""
    async with person.database.write() as session:
        outcome = await bookings.confirm(session, booking_id, person.id, person.now)
        sure = await bookings.get(session, booking_id) if outcome == "booked" else None
        if sure is not None:
            await touches.credit_booking(session, person.id, sure.item_id, person.now)
    booking, event = await of(person, booking_id)
    if outcome == "booked" and booking is not None:
        await person.note("booked", "item", booking.item_id)
    return outcome, booking, event


async def let_go(person: Person, booking_id: int) -> Booking | None:
    """Gives a held seat back; the booking that it was."""
    async with person.database.write() as session:
        await bookings.let_go(session, booking_id, person.id, person.now)
    return (await of(person, booking_id))[0]


async def of(person: Person, booking_id: int) -> tuple[Booking | None, Event | None]:
    """A booking of theirs, with when and where."""
    async with person.database.read() as session:
        booking = await bookings.get(session, booking_id)
        if booking is None or booking.user_id != person.id:
            return None, None
        return booking, await events.get(session, booking.item_id, booking.slot_id)


async def cancel(person: Person, item_id: str, shop: Shop) -> tuple[Cancelled, Item | None]:
    """Gives a seat back before the event begins; what was paid for it goes back too."""
    async with person.database.read() as session:
        booking = await bookings.live(session, person.id, item_id)
        event = await events.get(session, item_id, booking.slot_id if booking else None)
        bought = await orders.owned(session, person.id)
    item = event.item if event else None
    if event is not None and event.begun(person.now):
        return "begun", item
    paid = [order for order, what in bought if what.id == item_id and order.list_stars]
    if item is not None and paid:
        given_back = await shop.refund(paid[0].id) is not None
    else:
        async with person.database.write() as session:
            given_back = await bookings.cancel(session, person.id, item_id, person.now)
    if not given_back:
        return "none", item
    await person.note("cancelled", "item", item_id)
    return "cancelled", item


async def rate(person: Person, booking_id: int, stars: int) -> bool:
    """1 to 5, of what they were at; the last one counts. False where there is no such booking."""
    if not 1 <= stars <= 5:
        return False
    async with person.database.write() as session:
        return await bookings.rate(session, booking_id, person.id, stars)


async def mine(person: Person) -> Sequence[Item]:
    """What a person owns or has a seat of, each once."""
    async with person.database.read() as session:
        owned = [item for _, item in await orders.owned(session, person.id)]
        booked = [item for _, item in await bookings.of_user(session, person.id)]
    return list({item.id: item for item in booked + owned}.values())


async def seats(person: Person) -> Sequence[tuple[Booking, Event]]:
    """A person's bookings with when and where, the soonest first; not what is over."""
    async with person.database.read() as session:
        found = await bookings.with_events(session, person.id)
    return [
        (booking, event)
        for booking, event in found
        if event.ends_at is None or event.ends_at > person.now
    ]
