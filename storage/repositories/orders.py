"""Orders in Stars: what may be paid, what was paid, and what is still owed to whom."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import (
    ColumnElement,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import DIGITAL_TYPES, Booking, Coupon, Item, Order
from storage.repositories import bookings, coupons, items, seats
from storage.repositories.upserts import insert_new

# Telegram settles a payment seconds after pre-checkout; a seat held longer is given back.
HOLD = timedelta(minutes=15)


async def open_order(
    session: AsyncSession,
    user_id: int,
    item: Item,
    now: datetime,
    *,
    slot_id: int | None = None,
    coupon: Coupon | None = None,
) -> Order:
    stars = coupons.price_with(coupon, item.price_stars) if coupon else item.price_stars
    order = Order(
        id=uuid4().hex,
        user_id=user_id,
        item_id=item.id,
        slot_id=slot_id,
        price_stars=stars,
        taken_off=item.price_stars - stars,
        coupon_code=coupon.code if coupon else None,
        status="pending",
        created_at=now,
    )
    session.add(order)
    await session.flush()
    return order


async def give(session: AsyncSession, user_id: int, item: Item, now: datetime) -> bool:
    """Hands out a free item at once. False when it isn't free, or is owned already."""
    row = {
        "id": uuid4().hex,
        "user_id": user_id,
        "item_id": item.id,
        "price_stars": 0,
        "status": "paid",
        "created_at": now,
        "paid_at": now,
        "delivered_at": now,
    }
    return not item.price_stars and await insert_new(session, Order, [row]) == 1


async def set_card(session: AsyncSession, order_id: str, message_id: int) -> None:
    await session.execute(
        update(Order).where(Order.id == order_id).values(card_message_id=message_id)
    )


async def get(session: AsyncSession, order_id: str) -> Order | None:
    return await session.get(Order, order_id)


async def owned(
    session: AsyncSession, user_id: int, *where: ColumnElement[bool]
) -> Sequence[tuple[Order, Item]]:
    """Paid orders with their items, newest first."""
    query = (
        select(Order, Item)
        .join(Item, Item.id == Order.item_id)
        .where(Order.user_id == user_id, Order.status == "paid", *where)
        .order_by(Order.paid_at.desc())
    )
    return [(order, item) for order, item in (await session.execute(query)).all()]


async def taken_ids(session: AsyncSession, user_id: int) -> Sequence[str]:
    """The items that a user has paid for, or has a place in."""
    return (await session.scalars(_TAKEN, {"user": user_id})).all()


# Of columns, since it is asked for each list and answer; in the words of the partial indexes.
_ORDERS, _BOOKINGS = Order.__table__.c, Booking.__table__.c
_TAKEN = union_all(
    select(_ORDERS.item_id).where(
        _ORDERS.user_id == bindparam("user"), _ORDERS.status == literal_column("'paid'")
    ),
    select(_BOOKINGS.item_id).where(
        _BOOKINGS.user_id == bindparam("user"),
        _BOOKINGS.status != literal_column("'cancelled'"),
    ),
)


async def reserve(
    session: AsyncSession, order_id: str, user_id: int, price_stars: int, now: datetime
) -> str:
    """Pre-checkout: says whether this order may be paid now, and holds its seat and its coupon.

    Returns "ok", "unknown" (no such open order of this user), "price" (it has changed since),
    "owned", "full" (no seat left, or no longer on offer), or "coupon" (it can't be used any more).
    """
    order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None or order.user_id != user_id or order.status not in ("pending", "reserved"):
        return "unknown"
    item = await session.get_one(Item, order.item_id, populate_existing=True)
    if price_stars != order.price_stars or order.list_stars != item.price_stars:
        return "price"
    if order.status == "reserved":
        return "ok"
    try:
        async with session.begin_nested():
            await session.execute(
                update(Order).where(Order.id == order_id).values(status="reserved", reserved_at=now)
            )
    except IntegrityError:
        return "owned"
    outcome = await _hold_all(session, order, item, now, now)
    if outcome != "ok":
        await session.execute(
            update(Order).where(Order.id == order_id).values(status="pending", reserved_at=None)
        )
    return outcome


async def take_free(session: AsyncSession, order_id: str, user_id: int, now: datetime) -> str:
    """An order that a coupon makes free needs no payment: it is reserved and paid for at once.

    Returns as `reserve` does; "price" where it costs something.
    """
    outcome = await reserve(session, order_id, user_id, 0, now)
    if outcome == "ok":
        order = await session.get_one(Order, order_id, populate_existing=True)
        order.paid_at = now
        await _kept(session, order, user_id, now)
    return outcome


async def pay(session: AsyncSession, order_id: str, charge_id: str, now: datetime) -> str:
    """A successful payment. A payment after its hold ran out gets a seat if one is left.

    Returns "paid", "repeat" (this charge was seen before), "refund" (the order can't be honoured
    and is `refund_due`), or "return" (the charge belongs to no open order: pay it back).
    """
    order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None:
        return "return"
    if order.user_id is None:  # their data was deleted: nobody can have it any more
        return "return"
    if order.charge_id is not None:
        return "repeat" if order.charge_id == charge_id else "return"
    outcome = "paid" if order.status == "reserved" else await _late(session, order, now)
    order.charge_id = charge_id
    order.paid_at = now
    if outcome == "refund":
        order.status = "refund_due"
        return outcome
    await _kept(session, order, order.user_id, now)
    return outcome


async def _kept(session: AsyncSession, order: Order, user_id: int, now: datetime) -> None:
    """What a reserved order held is the buyer's."""
    order.status = "paid"
    await session.flush()
    item = await session.get_one(Item, order.item_id)
    if item.type not in DIGITAL_TYPES:
        slot_id = order.slot_id
        booked = await bookings.book(
            session, user_id, item.id, now, slot_id=slot_id, seat_held=True
        )
        if booked == "already":  # they have a seat that cost nothing
            await seats.free(session, item.id, slot_id, now)


async def _late(session: AsyncSession, order: Order, now: datetime) -> str:
    item = await session.get_one(Item, order.item_id, populate_existing=True)
    try:
        async with session.begin_nested():
            await session.execute(
                update(Order).where(Order.id == order.id).values(status="reserved")
            )
    except IntegrityError:
        return "refund"
    # The coupon is as good as when the order could last be paid.
    outcome = await _hold_all(session, order, item, now, order.reserved_at or now)
    return "paid" if outcome == "ok" else "refund"


async def _hold_all(
    session: AsyncSession, order: Order, item: Item, now: datetime, moment: datetime
) -> str:
    """Holds a seat, and a use of the coupon as its rule was at a moment; both or nothing."""
    async with session.begin_nested() as both:
        outcome = "ok" if await _hold(session, order, item, now) else "full"
        if outcome == "ok" and order.coupon_code is not None:
            outcome = await coupons.take(session, order, item, moment)
        if outcome != "ok":
            await both.rollback()
    return outcome


async def _hold(session: AsyncSession, order: Order, item: Item, now: datetime) -> bool:
    if item.type in DIGITAL_TYPES:
        on_sale = select(exists().where(Item.id == item.id, items.on_offer(now)))
        return bool(await session.scalar(on_sale))
    if order.user_id is None:
        return False
    return await seats.take(session, order.user_id, item.id, order.slot_id, now)


async def expire_holds(session: AsyncSession, now: datetime) -> int:
    """Gives back the seats of reserved orders that were never paid; returns how many."""
    return await _release(session, now, Order.reserved_at < now - HOLD)


async def release_holds(session: AsyncSession, user_id: int, now: datetime) -> int:
    """Gives back the seats that one user's unpaid orders hold."""
    return await _release(session, now, Order.user_id == user_id)


async def _release(session: AsyncSession, now: datetime, which: ColumnElement[bool]) -> int:
    expired = (
        update(Order)
        .where(Order.status == "reserved", which)
        .values(status="expired", coupon_turn=None)
        .returning(Order.item_id, Order.slot_id, Order.coupon_code)
    )
    held = (await session.execute(expired)).all()
    for item_id, slot_id, _ in sorted(held, key=lambda row: str(row.item_id)):
        item = await session.get_one(Item, item_id)
        if item.type not in DIGITAL_TYPES:
            await seats.free(session, item_id, slot_id, now)
    await coupons.give_back(session, [row.coupon_code for row in held])
    return len(held)


async def refunded(
    session: AsyncSession, order_id: str, now: datetime | None = None
) -> Order | None:
    """Marks a refund that Telegram has confirmed and gives the seat back. None when not owed.

    A `refund_due` order never had a seat or a coupon; a paid one loses its booking and gives its
    use of the coupon back.
    """
    order = await session.get(Order, order_id, with_for_update=True, populate_existing=True)
    if order is None or order.status not in ("paid", "refund_due"):
        return None
    if order.status == "paid" and order.user_id is not None:
        await bookings.cancel(
            session, order.user_id, order.item_id, now or order.paid_at or order.created_at
        )
        await coupons.give_back(session, [order.coupon_code])
    order.status = "refunded"
    await session.flush()
    return order


async def unname(session: AsyncSession, user_id: int) -> None:
    """Takes the buyer's id, and the message in their chat, off what they paid for, be it with a
    coupon alone."""
    by_coupon = (Order.status == "paid") & Order.coupon_code.is_not(None)
    await session.execute(
        update(Order)
        .where(Order.user_id == user_id, Order.charge_id.is_not(None) | by_coupon)
        .values(user_id=None, card_message_id=None)
    )


async def with_charge(session: AsyncSession, charge_id: str) -> Order | None:
    found: Order | None = await session.scalar(select(Order).where(Order.charge_id == charge_id))
    return found


async def delivered(session: AsyncSession, order_id: str, now: datetime) -> None:
    await session.execute(
        update(Order)
        .where(Order.id == order_id, Order.delivered_at.is_(None))
        .values(delivered_at=now)
    )


async def sales(session: AsyncSession, since: datetime) -> tuple[int, int]:
    """(orders paid and kept since a time, their Stars)."""
    query = select(func.count(), func.coalesce(func.sum(Order.price_stars), 0)).where(
        Order.status == "paid", Order.paid_at >= since
    )
    sold, stars = (await session.execute(query)).one()
    return sold, stars


async def unfinished(session: AsyncSession, user_id: int | None = None) -> Sequence[Order]:
    """Orders paid but not delivered, or owed a refund: what a restart must finish."""
    owed = (Order.status == "paid") & Order.delivered_at.is_(None)
    query = (
        select(Order)
        .where(owed | (Order.status == "refund_due"), Order.user_id.is_not(None))
        .order_by(Order.paid_at)
    )
    if user_id is not None:
        query = query.where(Order.user_id == user_id)
    return (await session.scalars(query)).all()
