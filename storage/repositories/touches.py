"""Touches, and the acts that may have come of them: the first and the last within the window."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Attribution, Booking, Item, Link, Order, Touch
from storage.repositories import signals
from storage.repositories.upserts import insert_new

# After that, a touch counts for nothing any more.
WINDOW = timedelta(days=30)

Way = tuple[Touch | None, Touch | None]
"""The first and the last touch that led to an act."""


async def touch(
    session: AsyncSession,
    user_id: int,
    source: str,
    source_id: str,
    item_id: str,
    now: datetime,
    key: str,
) -> None:
    """Notes how a person came to an item; a repeated key is dropped."""
    row = {
        "user_id": user_id,
        "source": source,
        "source_id": source_id,
        "item_id": item_id,
        "touched_at": now,
        "idempotency_key": key,
    }
    await insert_new(session, Touch, [row])


async def credit(
    session: AsyncSession,
    act: str,
    act_id: str,
    user_id: int,
    item_id: str,
    at: datetime,
    way: Way | None = None,
) -> None:
    """Writes down what an act may have come of, once; nothing where nothing led to it. `way` is
    given where it is known already."""
    first, last = way or await ends(session, user_id, item_id, at)
    if first is None or last is None:
        return
    row = {
        "act": act,
        "act_id": act_id,
        "user_id": user_id,
        "first_touch_id": first.id,
        "last_touch_id": last.id,
        "happened_at": at,
    }
    await insert_new(session, Attribution, [row])


async def credit_order(session: AsyncSession, user_id: int, item_id: str, at: datetime) -> None:
    """The same of what a person has just paid for, or taken."""
    paid = select(Order.id).where(
        Order.user_id == user_id, Order.item_id == item_id, Order.status == "paid"
    )
    if order := await session.scalar(paid):
        await credit(session, "order", order, user_id, item_id, at)


async def credit_booking(session: AsyncSession, user_id: int, item_id: str, at: datetime) -> None:
    """The same of a seat that a person has just got, if it is one."""
    live = select(Booking.id).where(
        Booking.user_id == user_id, Booking.item_id == item_id, Booking.status != "cancelled"
    )
    if booking := await session.scalar(live):
        await credit(session, "booking", str(booking), user_id, item_id, at)


async def record(session: AsyncSession, signal: Mapping[str, Any], way: Way | None = None) -> None:
    """Appends a signal with what led to it; where that was a campaign, it is told there, too."""
    at = signal["occurred_at"]
    if signal["object_type"] != "item":
        await signals.record(session, [signal])
        return
    way = way or await ends(session, signal["user_id"], signal["object_id"], at)
    _, last = way
    if last is not None and last.source == "campaign" and signal.get("campaign_id") is None:
        signal = {**signal, "campaign_id": int(last.source_id)}
    await signals.record(session, [signal])
    if last is not None:
        key, item = signal["idempotency_key"], signal["object_id"]
        await credit(session, "signal", key, signal["user_id"], item, at, way)


async def ends(session: AsyncSession, user_id: int, item_id: str, at: datetime) -> Way:
    """The first and the last touch of a person on an item that count at a time."""
    given = {"user": user_id, "item": item_id, "at": at, "since": at - WINDOW}
    last = await session.scalar(_LAST, given)
    return (None, None) if last is None else (await session.scalar(_FIRST, given), last)


_LED = select(Touch).where(
    Touch.user_id == bindparam("user"),
    Touch.item_id == bindparam("item"),
    Touch.touched_at <= bindparam("at"),
    Touch.touched_at > bindparam("since"),
)
_FIRST = _LED.order_by(Touch.touched_at, Touch.id).limit(1)
_LAST = _LED.order_by(Touch.touched_at.desc(), Touch.id.desc()).limit(1)


async def forget(session: AsyncSession, user_id: int) -> None:
    """A person agreed to no profile: what led them to what is forgotten."""
    await session.execute(delete(Touch).where(Touch.user_id == user_id))


async def make_link(session: AsyncSession, item_id: str, name: str, now: datetime) -> Link | None:
    """None where there is no such item."""
    if await session.get(Item, item_id) is None:
        return None
    link = Link(item_id=item_id, name=name, opens=0, created_at=now)
    session.add(link)
    await session.flush()
    return link


async def open_link(session: AsyncSession, link_id: int) -> Link | None:
    """Counts that a link was opened, and gives it."""
    opened = update(Link).where(Link.id == link_id).values(opens=Link.opens + 1).returning(Link)
    found: Link | None = await session.scalar(opened)
    return found


async def links(session: AsyncSession) -> Sequence[Link]:
    return (await session.scalars(select(Link).order_by(Link.id))).all()


async def came_of(
    session: AsyncSession, source: str, source_id: str
) -> Mapping[str, Mapping[str, int]]:
    """How many orders, bookings and leads came of a source, by first and by last touch."""
    found: dict[str, Mapping[str, int]] = {}
    for end, column in (
        ("first", Attribution.first_touch_id),
        ("last", Attribution.last_touch_id),
    ):
        query = (
            select(Attribution.act, func.count())
            .join(Touch, Touch.id == column)
            .where(Touch.source == source, Touch.source_id == source_id)
            .group_by(Attribution.act)
        )
        found[end] = {act: number for act, number in (await session.execute(query)).all()}
    return found
