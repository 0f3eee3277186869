"""Coupons: what they take off, who holds them, and their uses, which races can't overspend.

A price is made of the coupon and the item alone; nothing that is known of a person enters it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Coupon, CouponHolder, Item, Order, User
from storage.repositories.upserts import insert_new, upsert, upsert_on

# The states of an order in which it holds a use, or has taken it.
LIVE = ("reserved", "paid")


def fits(coupon: Coupon, item: Item) -> bool:
    """Whether a coupon is for an item: what is free already needs none."""
    brands = {name.casefold() for name in (item.brand or {}).values()}
    return (
        item.price_stars > 0
        and (not coupon.items or item.id in coupon.items)
        and (not coupon.types or item.type in coupon.types)
        and (not coupon.brands or any(name.casefold() in brands for name in coupon.brands))
    )


def price_with(coupon: Coupon, stars: int) -> int:
    """What is paid of a price in Stars. A percentage leaves one Star at least."""
    if coupon.cut == "free":
        return 0
    if coupon.cut == "stars":
        return max(stars - coupon.amount, 0)
    return max(stars * (100 - coupon.amount) // 100, min(stars, 1))


class Faults(Exception):
    """Coupons can't be saved; `told` names each fault, with its coupon."""

    def __init__(self, told: Sequence[str]) -> None:
        super().__init__("; ".join(told))
        self.told = told


async def save(
    session: AsyncSession,
    rows: Sequence[Mapping[str, Any]],
    named: Mapping[str, Collection[int]],
    now: datetime,
) -> None:
    """Adds coupons or overwrites those with the same code; uses are never touched. `named` has the
    people of those that are `listed`. Raises Faults, and saves nothing then."""
    if faults := await _faults(session, rows, named):
        raise Faults(faults)
    await upsert(session, Coupon, rows)
    codes = [row["code"] for row in rows]
    await session.execute(
        update(CouponHolder).where(CouponHolder.code.in_(codes)).values(named=False)
    )
    holders = [
        {"code": code, "user_id": one, "named": True, "kept": True, "changed_at": now}
        for code, people in named.items()
        for one in people
    ]
    # Who has put it away keeps it so.
    await upsert_on(
        session,
        CouponHolder,
        ["user_id", "code"],
        holders,
        kept=CouponHolder.kept,
        changed_at=CouponHolder.changed_at,
    )


async def _faults(
    session: AsyncSession, rows: Sequence[Mapping[str, Any]], named: Mapping[str, Collection[int]]
) -> list[str]:
    people = {one for some in named.values() for one in some}
    known_people = set(await session.scalars(select(User.id).where(User.id.in_(people))))
    things = {item for row in rows for item in row["items"]}
    known_things = set(await session.scalars(select(Item.id).where(Item.id.in_(things))))
    brands: set[str] = set()
    if any(row["brands"] for row in rows):
        found = await session.scalars(select(Item.brand).where(Item.brand.is_not(None)))
        brands = {name.casefold() for brand in found for name in (brand or {}).values()}
    # Held until the transaction ends, so that nobody uses one in between.
    codes = [row["code"] for row in rows]
    query = select(Coupon.code, Coupon.uses).where(Coupon.code.in_(codes)).order_by(Coupon.code)
    uses = {code: n for code, n in await session.execute(query.with_for_update())}
    faults = []
    for row in rows:
        code = row["code"]
        lacking = [
            ("the catalogue has no item", set(row["items"]) - known_things),
            ("no item is of the brand", {n for n in row["brands"] if n.casefold() not in brands}),
            ("nobody here has the id", {str(n) for n in {*named.get(code, ())} - known_people}),
        ]
        faults += [f"coupon {code}: {what} {', '.join(sorted(n))}" for what, n in lacking if n]
        if row["total"] is not None and uses.get(code, 0) > row["total"]:
            faults.append(f"coupon {code}: total is {row['total']}, and {uses[code]} are used")
    return faults


async def get(session: AsyncSession, code: str) -> Coupon | None:
    return await session.get(Coupon, code, populate_existing=True)


async def codes_of(session: AsyncSession, batch: str) -> Sequence[str]:
    query = select(Coupon.code).where(Coupon.batch == batch).order_by(Coupon.code)
    return (await session.scalars(query)).all()


class Counted(NamedTuple):
    """A coupon with what its uses cost: `paid` orders, the Stars they brought, and those taken
    off."""

    coupon: Coupon
    paid: int
    stars: int
    taken_off: int


async def counted(session: AsyncSession) -> Sequence[Counted]:
    """All coupons, by code."""
    sums = (
        select(
            Order.coupon_code.label("code"),
            func.count().label("paid"),
            func.sum(Order.price_stars).label("stars"),
            func.sum(Order.taken_off).label("taken_off"),
        )
        .where(Order.status == "paid", Order.coupon_code.is_not(None))
        .group_by(Order.coupon_code)
        .subquery()
    )
    query = (
        select(Coupon, sums.c.paid, sums.c.stars, sums.c.taken_off)
        .outerjoin(sums, sums.c.code == Coupon.code)
        .order_by(Coupon.code)
    )
    return [
        Counted(coupon, paid or 0, int(stars or 0), int(off or 0))
        for coupon, paid, stars, off in (await session.execute(query)).all()
    ]


async def named(session: AsyncSession) -> Mapping[str, list[int]]:
    """The people whom the catalogue names, by coupon."""
    query = (
        select(CouponHolder.code, CouponHolder.user_id)
        .where(CouponHolder.named)
        .order_by(CouponHolder.code, CouponHolder.user_id)
    )
    found: dict[str, list[int]] = {}
    for code, user_id in await session.execute(query):
        found.setdefault(code, []).append(user_id)
    return found


async def holder(session: AsyncSession, user_id: int, code: str) -> CouponHolder | None:
    return await session.get(CouponHolder, (user_id, code), populate_existing=True)


async def keep(
    session: AsyncSession, user_id: int, code: str, now: datetime, *, kept: bool
) -> bool:
    """Keeps a coupon for a person, or puts it away. False where it was so already."""
    row = {"user_id": user_id, "code": code, "named": False, "kept": kept, "changed_at": now}
    if kept and await insert_new(session, CouponHolder, [row]):
        return True
    changed = (
        update(CouponHolder)
        .where(
            CouponHolder.user_id == user_id,
            CouponHolder.code == code,
            CouponHolder.kept.is_not(kept),
        )
        .values(kept=kept, changed_at=now)
        .returning(CouponHolder.code)
    )
    return await session.scalar(changed) is not None


async def kept(session: AsyncSession, user_id: int, now: datetime) -> Sequence[Coupon]:
    """What a person has kept and can use now; those that end first come first."""
    turns = (
        select(func.count())
        .where(Order.coupon_code == Coupon.code, Order.user_id == user_id, Order.status.in_(LIVE))
        .scalar_subquery()
    )
    query = (
        select(Coupon)
        .join(CouponHolder, CouponHolder.code == Coupon.code)
        .where(
            CouponHolder.user_id == user_id,
            CouponHolder.kept,
            usable(now),
            CouponHolder.named | Coupon.listed.is_(False),
            turns < Coupon.per_person,
        )
        .order_by(Coupon.valid_until.asc().nulls_last(), Coupon.code)
    )
    return (await session.scalars(query)).all()


async def offered(session: AsyncSession, now: datetime) -> Sequence[Coupon]:
    """What anybody may use."""
    query = select(Coupon).where(usable(now), Coupon.listed.is_(False)).order_by(Coupon.code)
    return (await session.scalars(query)).all()


def usable(now: datetime) -> ColumnElement[bool]:
    """Of a coupon whom it may be used by anybody at all."""
    return and_(
        Coupon.active.is_(True),
        or_(Coupon.valid_from.is_(None), Coupon.valid_from <= now),
        or_(Coupon.valid_until.is_(None), Coupon.valid_until > now),
        or_(Coupon.total.is_(None), Coupon.uses < Coupon.total),
    )


async def turns_of(session: AsyncSession, user_id: int, code: str) -> set[int]:
    """Which of a coupon's uses a person holds or has taken."""
    query = select(Order.coupon_turn).where(
        Order.coupon_code == code, Order.user_id == user_id, Order.status.in_(LIVE)
    )
    return {turn for turn in await session.scalars(query) if turn is not None}


async def take(session: AsyncSession, order: Order, item: Item, moment: datetime) -> str:
    """Holds a use of an order's coupon, as its rule is at a moment; the order is live already.

    Returns "ok", "price" (it takes off something else by now) or "coupon" (this person can't use
    it, or not any more); nothing is held then. One statement counts the use, so that races can't
    spend one twice; it also holds the coupon's row until the transaction ends, so that a person's
    own uses follow one another.
    """
    counted = (
        update(Coupon)
        .where(Coupon.code == order.coupon_code, usable(moment))
        .values(uses=Coupon.uses + 1)
        .returning(Coupon.code)
    )
    if order.coupon_code is None or order.user_id is None:
        return "coupon"
    async with session.begin_nested() as savepoint:
        if await session.scalar(counted) is None:
            return "coupon"
        outcome = await _turn(session, order, order.user_id, order.coupon_code, item)
        if outcome != "ok":
            await savepoint.rollback()
    return outcome


async def _turn(session: AsyncSession, order: Order, user_id: int, code: str, item: Item) -> str:
    coupon = await session.get_one(Coupon, code, populate_existing=True)
    own = await holder(session, user_id, code)
    if not fits(coupon, item) or (coupon.listed and not (own and own.named)):
        return "coupon"
    if order.price_stars != price_with(coupon, item.price_stars):
        return "price"
    free = set(range(1, coupon.per_person + 1)) - await turns_of(session, user_id, code)
    if not free:
        return "coupon"
    try:
        async with session.begin_nested():
            await session.execute(
                update(Order).where(Order.id == order.id).values(coupon_turn=min(free))
            )
    except IntegrityError:
        return "coupon"
    return "ok"


async def give_back(session: AsyncSession, codes: Sequence[str | None]) -> None:
    """Counts uses back of orders that hold none any more."""
    # In one order, so that two who wait for each other's rows don't.
    for code in sorted(code for code in codes if code is not None):
        await session.execute(
            update(Coupon).where(Coupon.code == code, Coupon.uses > 0).values(uses=Coupon.uses - 1)
        )
