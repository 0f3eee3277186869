"""Selling in Stars: an order, its invoice, and a delivery that a crash can't lose or double.

Delivery edits the order's card, since an edit that is repeated changes nothing; a second message
could not be told from a first whose answer was lost.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy.ext.asyncio import AsyncSession

from activities import coupons
from activities.items import standing
from services.messenger import Blocked, Messenger, Rejected, Undelivered, What
from services.people import Person
from storage.database import Database
from storage.models import DIGITAL_TYPES, Item, Order
from storage.repositories import certificates, events, items, orders, touches
from storage.repositories.events import Event

log = logging.getLogger(__name__)

NotReserved = Literal["price", "owned", "full", "begun", "gone", "expired", "coupon"]
Bought = Literal["offered", "given", "times"] | NotReserved
Reserved = Literal["ok"] | NotReserved
Paid = Literal["paid", "repeat", "refund", "return", "unknown"]


@dataclass(frozen=True, slots=True)
class OfOrder(What):
    order: Order
    item: Item
    event: Event | None = field(default=None, kw_only=True)
    """When and where it is, of what has seats."""


class OrderCard(OfOrder):
    """The order, before it is paid."""


class Invoice(OfOrder):
    """What it is paid with."""


class Delivery(OfOrder):
    """What was bought."""


@dataclass(frozen=True, slots=True)
class PaidBack(OfOrder):
    undelivered: bool


class Shop:
    def __init__(
        self, messenger: Messenger, database: Database, clock: Callable[[], datetime]
    ) -> None:
        self.messenger = messenger
        self.database = database
        self.clock = clock

    async def buy(self, person: Person, item_id: str, slot_id: int | None = None) -> Bought:
        """Opens an order, with the best coupon that the person keeps, and sends its card and its
        invoice, if they can have the item; what a coupon makes free is theirs at once. Of what has
        slots, "times" asks for one of these."""
        has = await standing(person, item_id)
        async with self.database.read() as session:
            event = await events.get(session, item_id, slot_id)
        if event is None or not event.active or not event.item.price_stars:
            return "gone"
        if has.may_read or has.booked:
            return "owned"
        if has.slotted and slot_id is None:
            return "times"
        offered = has.waiting is not None and has.waiting.status == "offered"
        kept = offered and has.waiting is not None and has.waiting.offered_slot_id == slot_id
        if event.begun(person.now) or (event.seats_left == 0 and not kept):
            return "begun" if event.begun(person.now) else "full"
        item = event.item
        coupon = await coupons.best(person, item)
        async with self.database.write() as session:
            order = await orders.open_order(
                session, person.id, item, self.clock(), slot_id=slot_id, coupon=coupon
            )
        card = await self.messenger.send(person.id, OrderCard(order, item, event=event))
        async with self.database.write() as session:
            await orders.set_card(session, order.id, card)
        if not order.price_stars:
            return await self._give(person, order.id)
        await self.messenger.send(person.id, Invoice(order, item, event=event))
        return "offered"

    async def _give(self, person: Person, order_id: str) -> Bought:
        """Delivers what a coupon makes free: nothing is to be paid, so there is no invoice."""
        async with self.database.write() as session:
            outcome = await orders.take_free(session, order_id, person.id, person.now)
            order = await orders.get(session, order_id)
            if order is not None and outcome == "ok":
                await self._credit(session, order, person.id)
        if outcome != "ok":
            return await self._why_not(order, outcome, person)
        await self._deliver(order_id)
        return "given"

    async def take(self, person: Person, item_id: str) -> bool:
        """Gives what costs nothing. False where it can't be had so, or is theirs already."""
        async with self.database.write() as session:
            item = await items.get(session, item_id)
            given = (
                item is not None
                and item.active
                and item.type in DIGITAL_TYPES
                and await orders.give(session, person.id, item, person.now)
            )
            if given and item is not None:
                await touches.credit_order(session, person.id, item.id, person.now)
        if given:
            await person.note("enrolled", "item", item_id)
        return given

    async def reserve(self, person: Person, order_id: str, stars: int) -> Reserved:
        """Whether an order may be paid now; if so, its seat is held."""
        async with self.database.write() as session:
            outcome = await orders.reserve(session, order_id, person.id, stars, person.now)
            order = await orders.get(session, order_id)
        return "ok" if outcome == "ok" else await self._why_not(order, outcome, person)

    async def _why_not(self, order: Order | None, outcome: str, person: Person) -> NotReserved:
        async with self.database.read() as session:
            event = await events.get(session, order.item_id, order.slot_id) if order else None
        if outcome == "full" and event is not None and event.seats_left != 0:
            return "begun" if event.begun(person.now) else "gone"
        return cast(NotReserved, "expired" if outcome == "unknown" else outcome)

    async def pay(self, order_id: str, user_id: int, charge_id: str) -> Paid:
        """Takes a payment and delivers what it is for; a payment that fits no order goes back.

        Returns as `storage.repositories.orders.pay` does, or "unknown" for a made-up payment.
        """
        async with self.database.write() as session:
            outcome = cast(Paid, await orders.pay(session, order_id, charge_id, self.clock()))
            order = await orders.get(session, order_id)
            if order is not None and outcome == "paid":
                await self._credit(session, order, user_id)
        if outcome == "return":
            if not await self.messenger.pay_back(user_id, charge_id):
                log.warning("A payment of %s is none that the messenger knows", user_id)
                return "unknown"
            return outcome
        await self._deliver(order_id)
        return outcome

    async def _credit(self, session: AsyncSession, order: Order, user_id: int) -> None:
        """Notes a purchase, and what led to it."""
        now = self.clock()
        await touches.record(session, self._signal(order, "purchased"))
        await touches.credit_order(session, user_id, order.item_id, now)
        await touches.credit_booking(session, user_id, order.item_id, now)

    async def _deliver(self, order_id: str) -> None:
        try:
            await self.settle(order_id)
        except Undelivered:
            log.exception("Order %s is paid; the next round delivers it", order_id)

    async def settle(self, order_id: str) -> None:
        """Delivers a paid order, or pays back one that can't be honoured. Safe to repeat."""
        async with self.database.read() as session:
            order = await session.get(Order, order_id)
            if order is None or order.status not in ("paid", "refund_due"):
                return
            item = await session.get_one(Item, order.item_id)
            event = await events.get(session, order.item_id, order.slot_id)
        if order.status == "refund_due":
            await self._refund(order, item, undelivered=True)
        elif order.delivered_at is None:
            await self._tell(order, Delivery(order, item, event=event))
            async with self.database.write() as session:
                await orders.delivered(session, order.id, self.clock())

    async def settle_all(self, user_id: int | None = None) -> None:
        """Finishes what a stopped process left open, for all or for one user; frees seats that
        were never paid for."""
        async with self.database.write() as session:
            await orders.expire_holds(session, self.clock())
            owed = [order.id for order in await orders.unfinished(session, user_id)]
        for order_id in owed:
            # Whatever is wrong with one order, the others' buyers don't wait for it.
            try:
                await self.settle(order_id)
            except Exception:
                log.exception("Order %s is not settled yet; the next round tries again", order_id)

    async def refund(self, order_id: str) -> Order | None:
        """Pays the Stars back, then says so. None when there is nothing to pay back."""
        async with self.database.read() as session:
            order = await orders.get(session, order_id)
            item = await session.get(Item, order.item_id) if order else None
        if order is None or item is None or not await self._refund(order, item):
            return None
        return order

    async def refunded_elsewhere(self, charge_id: str) -> None:
        """A charge was paid back by others: what it bought is taken back, too."""
        async with self.database.read() as session:
            order = await orders.with_charge(session, charge_id)
            item = await session.get(Item, order.item_id) if order else None
        if order is not None and item is not None:
            await self._note_refund(order, item, undelivered=False)

    async def _refund(self, order: Order, item: Item, *, undelivered: bool = False) -> bool:
        if order.status not in ("paid", "refund_due"):
            return False
        if order.user_id is None:  # their data was deleted: nobody can be paid back
            return False
        if order.charge_id is None:
            # A coupon made it free: it comes back, and no Stars do. What was free anyway stays.
            return order.coupon_code is not None and await self._note_refund(
                order, item, undelivered=undelivered
            )
        if not await self.messenger.pay_back(order.user_id, order.charge_id):
            raise Rejected(f"no charge of order {order.id} is known")
        return await self._note_refund(order, item, undelivered=undelivered)

    async def _note_refund(self, order: Order, item: Item, *, undelivered: bool) -> bool:
        """Marks the order, once, and tells the buyer."""
        async with self.database.write() as session:
            if (
                await orders.refunded(session, order.id, self.clock()) is None
                or order.user_id is None
            ):
                return False
            await certificates.revoke(session, order.id, self.clock())
            await touches.record(session, self._signal(order, "refunded"))
        await self._tell(order, PaidBack(order, item, undelivered))
        return True

    def _signal(self, order: Order, verb: str) -> dict[str, Any]:
        # The key is the order's: an order is bought and refunded once, however often that is told.
        return {
            "user_id": order.user_id,
            "verb": verb,
            "object_type": "item",
            "object_id": order.item_id,
            "value": float(order.price_stars),
            "source": "bot",
            "occurred_at": self.clock(),
            "idempotency_key": f"order:{order.id}:{verb}",
        }

    async def _tell(self, order: Order, what: What) -> None:
        """Edits the order's card; sends a new message only when there is no card to edit."""
        if order.user_id is None:
            return
        card = order.card_message_id
        try:
            if card is None or not await self._edited(order.user_id, card, what):
                await self.messenger.send(order.user_id, what)
        except Blocked:
            # They blocked the bot after paying: the purchase waits in /my.
            log.info("Order %s: the buyer has blocked the bot", order.id)

    async def _edited(self, user_id: int, card: int, what: What) -> bool:
        try:
            return await self.messenger.edit(user_id, card, what)
        except Rejected:
            return False
