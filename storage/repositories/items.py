"""The catalogue, and the seats of its events."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from storage.models import ITEM_TYPES, Item, Slot
from storage.repositories.upserts import upsert


async def get(session: AsyncSession, item_id: str) -> Item | None:
    return await session.get(Item, item_id)


class SeatsTaken(Exception):
    """More seats are taken than items are to have; `seats` is (capacity, taken) by item."""

    def __init__(self, seats: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(", ".join(seats))
        self.seats = seats


async def save(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds items or overwrites those with the same id; seats taken are never touched.

    Raises SeatsTaken, and saves nothing then.
    """
    capacity = {row["id"]: row["capacity"] for row in rows if row.get("capacity") is not None}
    # Held until the transaction ends, so that nobody takes a seat in between.
    query = select(Item.id, Item.seats_taken).where(Item.id.in_(capacity)).with_for_update()
    taken = {item: seats for item, seats in (await session.execute(query)).all()}
    over = {
        item: (capacity[item], seats) for item, seats in taken.items() if seats > capacity[item]
    }
    if over:
        raise SeatsTaken(over)
    await upsert(session, Item, rows)


def on_offer(now: datetime) -> ColumnElement[bool]:
    """Active, and not yet begun when it has a date."""
    return Item.active.is_(True) & or_(Item.starts_at.is_(None), Item.starts_at > now)


def has_room() -> ColumnElement[bool]:
    return or_(Item.capacity.is_(None), Item.seats_taken < Item.capacity)


def has_slots() -> ColumnElement[bool]:
    """Whether seats are of one of the item's times."""
    return exists().where(Slot.item_id == Item.id, Slot.active.is_(True))


async def on_offer_now(
    session: AsyncSession, item_id: str, now: datetime, *, held: bool = False
) -> Item | None:
    """The item, if it can be had: on offer, and with a seat left. `held`: until the transaction
    ends."""
    query = select(Item).where(Item.id == item_id, on_offer(now), has_room())
    found: Item | None = await session.scalar(query.with_for_update() if held else query)
    return found


async def types_on_offer(session: AsyncSession, now: datetime) -> list[str]:
    """The types of which there is something on offer, in their order."""
    query = select(*(exists().where(Item.type == kind, on_offer(now)) for kind in ITEM_TYPES))
    found = (await session.execute(query)).one()
    return [kind for kind, there in zip(ITEM_TYPES, found, strict=True) if there]


async def listed(session: AsyncSession, *where: ColumnElement[bool]) -> Sequence[Item]:
    """Items by date, then by id; those without a date come first."""
    query = select(Item).where(*where).order_by(Item.starts_at.asc().nulls_first(), Item.id)
    return (await session.scalars(query)).all()


async def by_ids(session: AsyncSession, ids: Collection[str]) -> Mapping[str, Item]:
    """Those of the items that there are."""
    found = await session.scalars(select(Item).where(Item.id.in_(ids))) if ids else ()
    return {item.id: item for item in found}


async def ids(session: AsyncSession) -> Sequence[str]:
    """Of all items."""
    return (await session.scalars(select(Item.id).order_by(Item.id))).all()


async def revision(session: AsyncSession) -> int:
    """What to ask `changed` with next time, to be read before `changed`.

    On PostgreSQL the oldest transaction that was under way, so some changes are told twice.
    """
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    return await session.scalar(_NEWEST if on_sqlite else _OLDEST) or 0


_NEWEST = select(func.max(Item.__table__.c.revision))
_OLDEST = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


async def changed(session: AsyncSession, since: int) -> AsyncIterator[Item]:
    """Items that changed since `revision` was told, all since 0, without their long texts."""
    on_sqlite = session.get_bind().dialect.name == "sqlite"
    newer = Item.revision > since if on_sqlite else Item.revision >= since
    query = (
        select(Item)
        .where(newer)
        .options(defer(Item.description), defer(Item.delivery), defer(Item.place))
        .order_by(Item.starts_at.asc().nulls_first(), Item.id)
        .execution_options(yield_per=1000)
    )
    async for item in await session.stream_scalars(query):
        yield item


async def count(session: AsyncSession, *where: ColumnElement[bool]) -> int:
    return await session.scalar(select(func.count()).select_from(Item).where(*where)) or 0


async def take_seat(session: AsyncSession, item_id: str, now: datetime) -> bool:
    """Takes one seat of an item on offer that has no slots; one statement, so that races can't
    oversell."""
    taken = (
        update(Item)
        .where(Item.id == item_id, on_offer(now), has_room(), ~has_slots())
        .values(seats_taken=Item.seats_taken + 1)
        .returning(Item.id)
    )
    return await session.scalar(taken) is not None


async def free_seat(session: AsyncSession, item_id: str) -> None:
    await session.execute(
        update(Item)
        .where(Item.id == item_id, Item.seats_taken > 0)
        .values(seats_taken=Item.seats_taken - 1)
    )
