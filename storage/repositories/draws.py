"""Prize draws: entries until the list is frozen, then who is offered what, one unit after another.

A row of `draws` is locked by whoever changes what hangs on it, so that nobody enters a list that is
being frozen, and no two take the same place of an order.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from storage.models import Booking, Draw, DrawAward, DrawEntry
from storage.repositories.upserts import insert_new


async def create(session: AsyncSession, row: dict[str, Any]) -> bool:
    """Opens a draw. False where the item has one."""
    return await insert_new(session, Draw, [{"state": "open", **row}]) == 1


async def get(session: AsyncSession, item_id: str, *, with_tickets: bool = False) -> Draw | None:
    """The draw; the list of its tickets may be long."""
    options = [undefer(Draw.tickets)] if with_tickets else []
    return await session.get(Draw, item_id, options=options, populate_existing=True)


async def there_is(session: AsyncSession, item_id: str) -> bool:
    return bool(await session.scalar(select(exists().where(Draw.item_id == item_id))))


async def locked(session: AsyncSession, item_id: str, *, shared: bool = False) -> Draw | None:
    """The draw, until this transaction ends, with its tickets, unless it is `shared` with others
    who don't change it either."""
    return await session.get(
        Draw,
        item_id,
        options=[] if shared else [undefer(Draw.tickets)],
        with_for_update={"read": shared},
        populate_existing=True,
    )


async def listed(session: AsyncSession) -> Sequence[Draw]:
    """The newest first."""
    query = select(Draw).order_by(Draw.created_at.desc(), Draw.item_id)
    return (await session.scalars(query)).all()


async def enter(session: AsyncSession, item_id: str, user_id: int, now: datetime) -> str:
    """The person's ticket: a new one, or the one that they had before."""
    row = {"item_id": item_id, "user_id": user_id, "entered_at": now}
    await insert_new(session, DrawEntry, [row | {"ticket": secrets.token_hex(16)}])
    found = await ticket_of(session, item_id, user_id)
    if found is None:
        raise RuntimeError("an entry was made and is gone")
    return found


async def ticket_of(session: AsyncSession, item_id: str, user_id: int) -> str | None:
    query = select(DrawEntry.ticket).where(
        DrawEntry.item_id == item_id, DrawEntry.user_id == user_id
    )
    return await session.scalar(query)


async def entrants(session: AsyncSession, item_id: str) -> Sequence[DrawEntry]:
    """Entries that count: of those who have their seat still, by ticket."""
    query = select(DrawEntry).where(DrawEntry.item_id == item_id, _SEATED)
    return (await session.scalars(query.order_by(DrawEntry.ticket))).all()


async def count(session: AsyncSession, item_id: str) -> int:
    """How many take part by now."""
    query = select(func.count()).select_from(DrawEntry)
    return await session.scalar(query.where(DrawEntry.item_id == item_id, _SEATED)) or 0


async def without_ticket(session: AsyncSession, item_id: str) -> Sequence[Booking]:
    """Bookings of those who accepted no rules, since there were none."""
    has = exists().where(DrawEntry.item_id == Booking.item_id, DrawEntry.user_id == Booking.user_id)
    query = select(Booking).where(Booking.item_id == item_id, Booking.status == "booked", ~has)
    return (await session.scalars(query.order_by(Booking.id))).all()


_SEATED = exists().where(
    Booking.item_id == DrawEntry.item_id,
    Booking.user_id == DrawEntry.user_id,
    Booking.status != "cancelled",
)


async def holders(session: AsyncSession, item_id: str, tickets: Sequence[str]) -> dict[str, int]:
    """Whose these tickets are; those of people whose data is deleted are nobody's."""
    query = select(DrawEntry.ticket, DrawEntry.user_id).where(
        DrawEntry.item_id == item_id, DrawEntry.ticket.in_(tickets)
    )
    return {str(ticket): int(user) for ticket, user in await session.execute(query)}


async def everybody(session: AsyncSession, item_id: str) -> Sequence[tuple[str, int]]:
    """(ticket, person) of those who have a ticket, whether they gave their seat back or not."""
    query = select(DrawEntry.ticket, DrawEntry.user_id).where(DrawEntry.item_id == item_id)
    return [(str(ticket), int(user)) for ticket, user in await session.execute(query)]


async def offer(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    """Offers units of prizes. Raises IntegrityError for what is held or was offered before."""
    session.add_all([DrawAward(outcome="open", **row) for row in rows])
    await session.flush()


async def awards(session: AsyncSession, item_id: str) -> Sequence[DrawAward]:
    query = select(DrawAward).where(DrawAward.item_id == item_id).order_by(DrawAward.rank)
    return (await session.scalars(query.execution_options(populate_existing=True))).all()


async def award(session: AsyncSession, item_id: str, rank: int) -> DrawAward | None:
    query = select(DrawAward).where(DrawAward.item_id == item_id, DrawAward.rank == rank)
    return await session.scalar(query.execution_options(populate_existing=True))


async def award_of(session: AsyncSession, item_id: str, ticket: str) -> DrawAward | None:
    query = select(DrawAward).where(DrawAward.item_id == item_id, DrawAward.ticket == ticket)
    return await session.scalar(query.execution_options(populate_existing=True))


async def last_rank(session: AsyncSession, item_id: str) -> int:
    query = select(func.max(DrawAward.rank)).where(DrawAward.item_id == item_id)
    return await session.scalar(query) or 0


async def settle(session: AsyncSession, award_id: int, outcome: str, now: datetime) -> bool:
    """What became of an offer. False where it isn't open any more."""
    settled = (
        update(DrawAward)
        .where(DrawAward.id == award_id, DrawAward.outcome == "open")
        .values(outcome=outcome, settled_at=now)
        .returning(DrawAward.id)
    )
    return await session.scalar(settled) is not None
