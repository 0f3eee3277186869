"""Seats and money under races, on both databases."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.models import Booking, Item, Order
from storage.repositories import bookings, items, orders, users
from tests.storage.rows import NOW, item, user


@pytest.fixture
async def shop(database: Database) -> Database:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, 41)])
        course = item("course-ev", type="course", capacity=None, starts_at=None)
        await items.save(session, [item(), course])
    return database


async def open_order(database: Database, user_id: int, item_id: str = "live-winter") -> str:
    async with database.write() as session:
        thing = await session.get_one(Item, item_id)
        return (await orders.open_order(session, user_id, thing, NOW)).id


async def reserve(database: Database, order_id: str, user_id: int, price: int = 100) -> str:
    async with database.write() as session:
        return await orders.reserve(session, order_id, user_id, price, NOW)


async def pay(database: Database, order_id: str, charge: str) -> str:
    async with database.write() as session:
        return await orders.pay(session, order_id, charge, NOW)


async def seats(database: Database) -> int:
    async with database.read() as session:
        return (await session.get_one(Item, "live-winter")).seats_taken


async def test_forty_people_racing_for_three_seats_get_three(shop: Database) -> None:
    async def book(user_id: int) -> str:
        async with shop.write() as session:
            return await bookings.book(session, user_id, "live-winter", NOW)

    outcomes = await asyncio.gather(*(book(n) for n in range(1, 41)))
    assert sorted(outcomes) == ["booked"] * 3 + ["full"] * 37
    assert await seats(shop) == 3
    async with shop.read() as session:
        assert len((await session.scalars(select(Booking))).all()) == 3


async def test_one_person_tapping_ten_times_books_one_seat(shop: Database) -> None:
    async def book() -> str:
        async with shop.write() as session:
            return await bookings.book(session, 1, "live-winter", NOW)

    outcomes = await asyncio.gather(*(book() for _ in range(10)))
    assert sorted(outcomes) == ["already"] * 9 + ["booked"]
    assert await seats(shop) == 1


async def test_a_cancelled_seat_can_be_booked_again(shop: Database) -> None:
    async with shop.write() as session:
        assert await bookings.book(session, 1, "live-winter", NOW) == "booked"
        assert await bookings.cancel(session, 1, "live-winter", NOW)
        assert not await bookings.cancel(session, 1, "live-winter", NOW)
        assert await bookings.book(session, 1, "live-winter", NOW) == "booked"
    assert await seats(shop) == 1


async def test_an_event_that_has_begun_is_not_booked(shop: Database) -> None:
    async with shop.write() as session:
        assert await bookings.book(session, 1, "live-winter", NOW + timedelta(days=4)) == "full"
    assert await seats(shop) == 0


async def test_payments_racing_for_seats_are_never_oversold(shop: Database) -> None:
    opened = {n: await open_order(shop, n) for n in range(1, 11)}
    outcomes = await asyncio.gather(*(reserve(shop, order, n) for n, order in opened.items()))
    assert sorted(outcomes) == ["full"] * 7 + ["ok"] * 3
    paid = [
        order for order, outcome in zip(opened.values(), outcomes, strict=True) if outcome == "ok"
    ]
    assert [await pay(shop, order, f"charge-{order}") for order in paid] == ["paid"] * 3
    assert await seats(shop) == 3
    async with shop.read() as session:
        assert len((await session.scalars(select(Booking))).all()) == 3


async def test_without_the_guard_one_payment_told_at_once_counts_each_time(shop: Database) -> None:
    """A look first and a write after it, as one would write it without thinking of others."""
    order = await open_order(shop, 1)
    meeting = asyncio.Barrier(5)

    async def naive() -> None:
        async with shop.read() as session:
            is_paid = (await session.get_one(Order, order)).status == "paid"
        await meeting.wait()
        if not is_paid:
            async with shop.write() as session:
                await session.execute(
                    update(Order).where(Order.id == order).values(status="paid", charge_id="charge")
                )
                await session.execute(
                    update(Item)
                    .where(Item.id == "live-winter")
                    .values(seats_taken=Item.seats_taken + 1)
                )

    ended = await asyncio.gather(*(naive() for _ in range(5)), return_exceptions=True)
    # There are but three seats for five.
    assert sum(isinstance(one, IntegrityError) for one in ended) == 2
    assert await seats(shop) == 3, "the race is there"


async def test_one_payment_told_five_times_at_once_counts_once(shop: Database) -> None:
    order = await open_order(shop, 1)
    assert await reserve(shop, order, 1) == "ok"
    outcomes = await asyncio.gather(*(pay(shop, order, "charge") for _ in range(5)))
    assert sorted(outcomes) == ["paid"] + ["repeat"] * 4
    assert await seats(shop) == 1


async def test_the_same_payment_told_twice_counts_once(shop: Database) -> None:
    order = await open_order(shop, 1)
    assert await reserve(shop, order, 1) == "ok"
    assert await pay(shop, order, "charge") == "paid"
    assert await pay(shop, order, "charge") == "repeat"
    assert await seats(shop) == 1


async def test_a_price_that_changed_is_refused_before_payment(shop: Database) -> None:
    order = await open_order(shop, 1)
    async with shop.write() as session:
        await items.save(session, [item(price_stars=150)])
    assert await reserve(shop, order, 1) == "price"
    assert await reserve(shop, order, 2) == "unknown"


async def test_an_item_is_owned_once(shop: Database) -> None:
    first, second = await open_order(shop, 1, "course-ev"), await open_order(shop, 1, "course-ev")
    outcomes = await asyncio.gather(reserve(shop, first, 1), reserve(shop, second, 1))
    assert sorted(outcomes) == ["ok", "owned"]


async def test_a_hold_runs_out_and_a_late_payment_is_refunded_when_full(shop: Database) -> None:
    opened = [await open_order(shop, n) for n in range(1, 5)]
    for n, order in enumerate(opened[:3], start=1):
        assert await reserve(shop, order, n) == "ok"
    async with shop.write() as session:
        assert await orders.expire_holds(session, NOW + orders.HOLD / 2) == 0
        assert await orders.expire_holds(session, NOW + orders.HOLD * 2) == 3
    assert await seats(shop) == 0
    assert await pay(shop, opened[0], "late-but-room") == "paid"
    async with shop.write() as session:
        for n in (5, 6):
            assert await bookings.book(session, n, "live-winter", NOW) == "booked"
    assert await pay(shop, opened[1], "too-late") == "refund"
    async with shop.read() as session:
        owed = [order.id for order in await orders.unfinished(session)]
    assert owed == opened[:2] or set(owed) == set(opened[:2])


async def test_a_refund_gives_the_seat_back_once(shop: Database) -> None:
    order = await open_order(shop, 1)
    await reserve(shop, order, 1)
    await pay(shop, order, "charge")
    async with shop.write() as session:
        assert await orders.refunded(session, order) is not None
        assert await orders.refunded(session, order) is None
    assert await seats(shop) == 0
    async with shop.read() as session:
        assert (await session.get_one(Order, order)).status == "refunded"
