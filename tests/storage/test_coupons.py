"""Coupons under races and through every state of an order, on both databases."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from storage.database import Database
from storage.models import Booking, Coupon, Item, Order
from storage.repositories import coupons, items, orders, rights, users
from tests.storage.rows import NOW, item, user

TAKERS, USES = 200, 20
HOUR = timedelta(hours=1)


def coupon(code: str = "WINTER", **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "batch": None,
        "title": {"zh": "冬季券", "en": "Winter coupon"},
        "cut": "percent",
        "amount": 20,
        "items": [],
        "types": [],
        "brands": [],
        "listed": False,
        "total": USES,
        "per_person": 1,
        "valid_from": None,
        "valid_until": None,
        "active": True,
        "updated_at": NOW,
    } | changes


async def save(database: Database, *named: int, **changes: Any) -> None:
    row = coupon(**changes)
    async with database.write() as session:
        await coupons.save(session, [row], {row["code"]: named} if named else {}, NOW)


@pytest.fixture
async def shop(database: Database) -> Database:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, TAKERS + 1)])
        course = item("course-ev", type="course", capacity=None, starts_at=None)
        await items.save(session, [item(), course, course | {"id": "course-tyres"}])
    await save(database)
    return database


async def offer(database: Database, user_id: int, what: str = "course-ev") -> Order:
    async with database.write() as session:
        thing = await session.get_one(Item, what)
        return await orders.open_order(
            session, user_id, thing, NOW, coupon=await coupons.get(session, "WINTER")
        )


async def reserve(database: Database, order: Order, stars: int = 80, later: Any = HOUR * 0) -> str:
    async with database.write() as session:
        user_id = order.user_id or 0
        return await orders.reserve(session, order.id, user_id, stars, NOW + later)


async def pay(database: Database, order: Order) -> str:
    async with database.write() as session:
        return await orders.pay(session, order.id, f"charge-{order.id}", NOW)


async def used(database: Database) -> tuple[int, int]:
    """What the coupon counts, and how many orders hold or have taken a use."""
    async with database.read() as session:
        live = select(func.count()).where(
            Order.coupon_code == "WINTER", Order.status.in_(coupons.LIVE)
        )
        found = await session.get_one(Coupon, "WINTER")
        return found.uses, await session.scalar(live) or 0


async def unguarded(database: Database, order: Order, meeting: asyncio.Barrier) -> bool:
    """As it is done at first: looks whether a use is left, then takes it."""
    async with database.read() as session:
        found = await session.get_one(Coupon, "WINTER")
        left = found.total is None or found.uses < found.total
    await meeting.wait()
    if left:
        async with database.write() as session:
            await session.execute(update(Coupon).values(uses=found.uses + 1))
            await session.execute(
                update(Order).where(Order.id == order.id).values(status="reserved", coupon_turn=1)
            )
    return left


async def test_without_the_guard_ten_spend_the_last_use(shop: Database) -> None:
    await save(shop, total=1)
    opened = [await offer(shop, n) for n in range(1, 11)]
    meeting = asyncio.Barrier(10)
    given = await asyncio.gather(*(unguarded(shop, order, meeting) for order in opened))
    assert (given, await used(shop)) == ([True] * 10, (1, 10))


async def test_two_hundred_takers_of_twenty_uses(shop: Database) -> None:
    async with shop.write() as session:
        thing, found = (
            await session.get_one(Item, "course-ev"),
            await coupons.get(session, "WINTER"),
        )
        opened = [
            await orders.open_order(session, n, thing, NOW, coupon=found)
            for n in range(1, TAKERS + 1)
        ]
    outcomes = await asyncio.gather(*(reserve(shop, order) for order in opened))
    assert Counter(outcomes) == {"ok": USES, "coupon": TAKERS - USES}
    assert await used(shop) == (USES, USES)


async def test_one_person_spends_their_one_use_once(shop: Database) -> None:
    opened = [await offer(shop, 1), await offer(shop, 1, "course-tyres")]
    outcomes = await asyncio.gather(*(reserve(shop, order) for order in opened))
    assert sorted(outcomes) == ["coupon", "ok"]
    await save(shop, per_person=2)
    left = opened[outcomes.index("coupon")]
    assert await reserve(shop, left) == "ok"
    async with shop.read() as session:
        assert await coupons.turns_of(session, 1, "WINTER") == {1, 2}


async def test_a_hold_that_runs_out_gives_the_use_and_the_seat_back(shop: Database) -> None:
    await save(shop, total=1)
    first, second = await offer(shop, 1, "live-winter"), await offer(shop, 2, "live-winter")
    assert await reserve(shop, first) == "ok"
    assert await reserve(shop, second) == "coupon"
    async with shop.read() as session:
        assert (await session.get_one(Item, "live-winter")).seats_taken == 1
    async with shop.write() as session:
        assert await orders.expire_holds(session, NOW + orders.HOLD * 2) == 1
    assert await used(shop) == (0, 0)
    assert await reserve(shop, second) == "ok"
    assert await pay(shop, second) == "paid"
    assert await pay(shop, second) == "repeat"
    # Paid when neither a seat nor the use was held any more: it goes back.
    assert await pay(shop, first) == "refund"
    async with shop.write() as session:
        assert (await orders.refunded(session, first.id)) is not None
    assert await used(shop) == (1, 1)
    async with shop.write() as session:
        assert (await orders.refunded(session, second.id)) is not None
        assert (await orders.refunded(session, second.id)) is None
    assert await used(shop) == (0, 0)
    async with shop.read() as session:
        assert (await session.get_one(Item, "live-winter")).seats_taken == 0


async def test_a_late_payment_has_the_coupon_as_when_it_was_reserved(shop: Database) -> None:
    await save(shop, valid_until=NOW + HOUR)
    order = await offer(shop, 1)
    assert await reserve(shop, order) == "ok"
    async with shop.write() as session:
        await orders.expire_holds(session, NOW + 2 * HOUR)
        assert await orders.pay(session, order.id, "late", NOW + 2 * HOUR) == "paid"
    assert await used(shop) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"amount": 30}, "price"),
        ({"cut": "free", "amount": 0}, "price"),
        ({"active": False}, "coupon"),
        ({"types": ["book"]}, "coupon"),
        ({"items": ["live-winter"]}, "coupon"),
        ({"valid_until": NOW}, "coupon"),
        ({"valid_from": NOW + HOUR}, "coupon"),
        ({"listed": True}, "coupon"),
        ({"total": 0}, "coupon"),
        ({"cut": "stars", "amount": 20}, "ok"),
        ({"types": ["course"], "items": ["course-ev", "live-winter"]}, "ok"),
    ],
)
async def test_a_rule_that_changed_between_offer_and_payment(
    shop: Database, changes: dict[str, Any], outcome: str
) -> None:
    if not shop.is_sqlite:
        return  # the same statements as in the races
    order = await offer(shop, 1)
    await save(shop, **changes)
    assert await reserve(shop, order) == outcome
    assert await used(shop) == ((1, 1) if outcome == "ok" else (0, 0))
    assert await reserve(shop, order, 79) == "price"


async def test_an_item_whose_price_changed_is_refused(shop: Database) -> None:
    order = await offer(shop, 1)
    assert (order.price_stars, order.list_stars) == (80, 100)
    async with shop.write() as session:
        await session.execute(update(Item).values(price_stars=101))
    assert await reserve(shop, order) == "price"
    assert await used(shop) == (0, 0)


async def test_what_a_coupon_makes_free_is_taken_once(shop: Database) -> None:
    await save(shop, cut="free", amount=0, total=1)
    opened = [await offer(shop, n, "live-winter") for n in (1, 1, 2)]

    async def take(order: Order) -> str:
        async with shop.write() as session:
            return await orders.take_free(session, order.id, order.user_id or 0, NOW)

    outcomes = await asyncio.gather(*(take(order) for order in opened))
    assert outcomes.count("ok") == 1
    assert await used(shop) == (1, 1)
    async with shop.read() as session:
        assert len((await session.scalars(select(Booking))).all()) == 1
    await save(shop, cut="percent", amount=20)
    async with shop.write() as session:
        thing = await session.get_one(Item, "course-ev")
        dear = await orders.open_order(session, 3, thing, NOW)
    assert await take(dear) == "price"


async def test_named_people_alone_use_a_coupon_and_a_deletion_opens_it_to_nobody(
    shop: Database,
) -> None:
    await save(shop, 1, 2, listed=True, cut="free", amount=0)
    async with shop.read() as session:
        for person, has in ((1, True), (3, False)):
            assert bool(await coupons.kept(session, person, NOW)) is has
    order = await offer(shop, 1)
    async with shop.write() as session:
        assert await orders.take_free(session, order.id, 1, NOW) == "ok"
        assert await coupons.kept(session, 1, NOW) == []
        assert await coupons.keep(session, 2, "WINTER", NOW, kept=False)
    async with shop.write() as session:
        copy = await rights.export(session, 1)
        assert [row["code"] for row in copy["coupon_holders"]] == ["WINTER"]
        await rights.erase(session, 1)
        await rights.erase(session, 2)
    # What it cost stays in the books, without a name.
    async with shop.read() as session:
        (row,) = await coupons.counted(session)
        assert (row.coupon.uses, row.paid, row.stars, row.taken_off) == (1, 1, 0, 100)
        assert (await session.get_one(Order, order.id)).user_id is None
    assert await reserve(shop, await offer(shop, 3), 0) == "coupon"


async def test_who_put_a_coupon_away_does_not_get_it_again(shop: Database) -> None:
    await save(shop, 1, 2, listed=True)
    async with shop.write() as session:
        assert await coupons.keep(session, 1, "WINTER", NOW, kept=False)
    await save(shop, 1, listed=True)
    async with shop.read() as session:
        assert await coupons.kept(session, 1, NOW) == []
        assert await coupons.kept(session, 2, NOW) == []
        assert await coupons.named(session) == {"WINTER": [1]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"items": ["course-ev", "nothing"]}, "coupon WINTER: the catalogue has no item nothing"),
        ({"brands": ["Nobody"]}, "coupon WINTER: no item is of the brand Nobody"),
        ({"total": 0}, "coupon WINTER: total is 0, and 1 are used"),
    ],
)
async def test_a_fault_saves_nothing(shop: Database, changes: dict[str, Any], told: str) -> None:
    assert await reserve(shop, await offer(shop, 1)) == "ok"
    with pytest.raises(coupons.Faults) as error:
        await save(shop, amount=50, **changes)
    assert error.value.told == [told]
    with pytest.raises(coupons.Faults, match="nobody here has the id 999"):
        await save(shop, 1, 999, amount=50, listed=True)
    async with shop.read() as session:
        assert (await session.get_one(Coupon, "WINTER")).amount == 20


async def test_two_uses_of_one_turn_are_refused_by_the_database(shop: Database) -> None:
    first, second = await offer(shop, 1), await offer(shop, 1, "course-tyres")
    assert await reserve(shop, first) == "ok"
    with pytest.raises(Exception, match=r"(?i)unique"):
        async with shop.write() as session:
            await session.execute(
                update(Order).where(Order.id == second.id).values(status="paid", coupon_turn=1)
            )
    with pytest.raises(Exception, match=r"(?i)check"):
        async with shop.write() as session:
            await session.execute(update(Coupon).values(uses=USES + 1))
