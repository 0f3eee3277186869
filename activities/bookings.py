"""Seats: taken, given back, and listed with all else that a person has."""

from collections.abc import Sequence
from typing import Literal

from activities.items import find, has_begun
from activities.shop import Shop
from services.people import Person
from storage.models import Item
from storage.repositories import bookings, items, orders, touches

Booked = Literal["booked", "already", "begun", "full", "gone"]
Cancelled = Literal["cancelled", "begun", "none"]


async def book(person: Person, item_id: str) -> tuple[Booked, Item | None]:
    """Takes a seat of what costs nothing: those of paid events are only given for a payment."""
    async with person.database.write() as session:
        item = await items.get(session, item_id)
        if item is None or not item.active or item.price_stars:
            return "gone", item
        outcome = await bookings.book(session, person.id, item.id, person.now)
        if outcome == "booked":
            await touches.credit_booking(session, person.id, item.id, person.now)
    if outcome == "already":
        return "already", item
    if outcome != "booked":
        return "begun" if has_begun(item, person.now) else "full", item
    await person.note("draw_entered" if item.type == "draw" else "booked", "item", item.id)
    return "booked", item


async def cancel(person: Person, item_id: str, shop: Shop) -> tuple[Cancelled, Item | None]:
    """Gives a seat back before the event begins; what was paid for it goes back too."""
    item = await find(person, item_id)
    if item is not None and has_begun(item, person.now):
        return "begun", item
    async with person.database.read() as session:
        bought = await orders.owned(session, person.id)
    paid = [order for order, what in bought if what.id == item_id and order.price_stars]
    if item is not None and paid:
        given_back = await shop.refund(paid[0].id) is not None
    else:
        async with person.database.write() as session:
            given_back = await bookings.cancel(session, person.id, item_id, person.now)
    if not given_back:
        return "none", item
    await person.note("cancelled", "item", item_id)
    return "cancelled", item


async def mine(person: Person) -> Sequence[Item]:
    """What a person owns or has a seat of, each once."""
    async with person.database.read() as session:
        owned = [item for _, item in await orders.owned(session, person.id)]
        booked = [item for _, item in await bookings.of_user(session, person.id)]
    return list({item.id: item for item in booked + owned}.values())
