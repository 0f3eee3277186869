"""Dealerships, and who works for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Dealer, User
from storage.repositories.upserts import upsert


class UnknownDealers(Exception):
    """Items name dealerships that there aren't; `missing` is the dealership by item."""

    def __init__(self, missing: Mapping[str, str]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


async def save(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], of_items: Mapping[str, str | None]
) -> None:
    """Adds dealerships or overwrites those with the same id; `of_items` are the dealerships that
    items are to have. Raises UnknownDealers."""
    await upsert(session, Dealer, rows)
    there = set(await session.scalars(select(Dealer.id)))
    missing = {item: name for item, name in of_items.items() if name and name not in there}
    if missing:
        raise UnknownDealers(missing)


async def listed(session: AsyncSession) -> Sequence[Dealer]:
    return (await session.scalars(select(Dealer).order_by(Dealer.id))).all()


async def named(session: AsyncSession, name: str) -> Dealer | None:
    """The dealership of this id, or of this name in one of the languages."""
    wanted = name.strip().casefold()
    for dealer in await listed(session):
        if wanted in (dealer.id.casefold(), *(one.casefold() for one in dealer.name.values())):
            return dealer
    return None


async def staff(session: AsyncSession, dealer_id: str) -> Sequence[int]:
    """Who works for a dealership, and can be written to."""
    query = (
        select(User.id)
        .where(User.role == "dealer", User.dealer_id == dealer_id, User.blocked_at.is_(None))
        .order_by(User.id)
    )
    return (await session.scalars(query)).all()
