"""Memberships under races, on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.database import Database
from storage.models import Membership, PaidMonth, Plan
from storage.repositories import memberships, users
from tests.storage.rows import NOW, user

UNTIL = NOW + timedelta(days=30)
MANY = 20


@pytest.fixture
async def club(database: Database) -> Database:
    async with database.write() as session:
        await users.save(session, [user(1), user(2)])
        words = {"zh": "会员", "en": "Plan"}
        row = {"id": "p", "title": words, "summary": words, "courses": [], "price_stars": 100}
        await memberships.save_plans(session, [row | {"active": True, "updated_at": NOW}])
    return database


async def opened(database: Database, user_id: int = 1) -> str:
    async with database.write() as session:
        plan = await session.get_one(Plan, "p")
        return (await memberships.open_membership(session, user_id, plan, NOW)).id


async def reserve(database: Database, membership_id: str) -> str:
    async with database.write() as session:
        return await memberships.reserve(session, membership_id, 1, 100, NOW)


async def pay(database: Database, membership_id: str, charge: str) -> str:
    async with database.write() as session:
        return await memberships.pay(session, membership_id, charge, 100, UNTIL, NOW)


async def states(database: Database) -> list[str]:
    async with database.read() as session:
        found = await session.scalars(select(Membership.status).order_by(Membership.status))
        return list(found)


async def test_of_many_links_one_may_be_paid(club: Database) -> None:
    links = [await opened(club) for _ in range(MANY)]
    outcomes = await asyncio.gather(*(reserve(club, link) for link in links))
    assert sorted(outcomes) == ["ok"] + ["owned"] * (MANY - 1)
    assert await states(club) == ["open"] * (MANY - 1) + ["reserved"]


async def test_of_many_payments_at_once_one_counts_and_the_others_go_back(club: Database) -> None:
    """None of them was asked about before, so the database alone decides."""
    links = [await opened(club) for _ in range(MANY)]
    paid = [pay(club, link, f"charge-{n}") for n, link in enumerate(links)]
    outcomes = await asyncio.gather(*paid)
    assert sorted(outcomes) == ["paid"] + ["refund"] * (MANY - 1)
    async with club.read() as session:
        due = await memberships.refunds_due(session)
        untold = await memberships.untold(session)
        (held,) = await memberships.of_user(session, 1, NOW)
    assert (len(due), len(untold)) == (MANY - 1, 1)
    assert held.membership.id == untold[0].membership_id


async def test_one_payment_told_many_times_is_one_month(club: Database) -> None:
    link = await opened(club)
    assert await reserve(club, link) == "ok"
    outcomes = await asyncio.gather(*(pay(club, link, "charge") for _ in range(MANY)))
    assert sorted(outcomes) == ["paid"] + ["repeat"] * (MANY - 1)
    async with club.read() as session:
        assert len((await session.scalars(select(PaidMonth))).all()) == 1


async def test_many_processes_tell_of_a_month_once(club: Database) -> None:
    await pay(club, await opened(club), "charge")

    async def tell() -> bool:
        async with club.write() as session:
            return await memberships.tell(session, "charge", NOW)

    assert sum(await asyncio.gather(*(tell() for _ in range(MANY)))) == 1
    async with club.write() as session:
        await memberships.not_told(session, "charge")
    assert await tell()
