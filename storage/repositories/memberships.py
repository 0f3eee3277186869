"""Memberships by the month: what may be paid, until when it opens what, what is owed to whom."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Item, Membership, PaidMonth, Plan
from storage.repositories.upserts import insert_new, upsert

# The beginning of a payload, by which a membership is told from an order.
PREFIX = "plan-"
# Telegram settles a payment seconds after pre-checkout.
HOLD = timedelta(minutes=15)
RUNNING = ("reserved", "active", "failed")


class Held(NamedTuple):
    """What a person has of a plan; `until` is None before the first payment."""

    membership: Membership
    plan: Plan
    until: datetime | None


class UnknownCourses(Exception):
    """Plans name courses that the catalogue lacks; `missing` are these by plan."""

    def __init__(self, missing: Mapping[str, Sequence[str]]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


async def save_plans(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds plans or overwrites those with the same id. Raises UnknownCourses, and saves none."""
    named = {course for row in rows for course in row["courses"]}
    known = set(
        await session.scalars(select(Item.id).where(Item.id.in_(named), Item.type == "course"))
    )
    missing = {row["id"]: sorted(set(row["courses"]) - known) for row in rows}
    if any(missing.values()):
        raise UnknownCourses({plan: some for plan, some in missing.items() if some})
    await upsert(session, Plan, rows)


async def plans(session: AsyncSession, *, active: bool = True) -> Sequence[Plan]:
    """Cheapest first."""
    query = select(Plan).order_by(Plan.price_stars, Plan.id)
    return (await session.scalars(query.where(Plan.active) if active else query)).all()


async def open_membership(
    session: AsyncSession, user_id: int, plan: Plan, now: datetime
) -> Membership:
    membership = Membership(
        id=PREFIX + uuid4().hex,
        user_id=user_id,
        plan_id=plan.id,
        price_stars=plan.price_stars,
        status="open",
        created_at=now,
        changed_at=now,
    )
    session.add(membership)
    await session.flush()
    return membership


async def get(
    session: AsyncSession, membership_id: str, *, lock: bool = False
) -> Membership | None:
    return await session.get(
        Membership, membership_id, with_for_update=lock, populate_existing=True
    )


async def reserve(
    session: AsyncSession, membership_id: str, user_id: int, stars: int, now: datetime
) -> str:
    """Pre-checkout of the first month: "ok", "expired" (no such open one of this person), "price"
    (it has changed since), "gone" (the plan isn't sold any more), or "owned" (they are a member).
    """
    membership = await get(session, membership_id, lock=True)
    if membership is None or membership.user_id != user_id:
        return "expired"
    if membership.status not in ("open", "reserved"):
        return "expired"
    plan = await session.get_one(Plan, membership.plan_id, populate_existing=True)
    if not plan.active:
        return "gone"
    if not stars == membership.price_stars == plan.price_stars:
        return "price"
    return "ok" if await _move(session, membership, "reserved", now) else "owned"


async def pay(
    session: AsyncSession,
    membership_id: str,
    charge_id: str,
    stars: int,
    until: datetime,
    now: datetime,
) -> str:
    """A month that was paid, the first or a renewal.

    Returns "paid", "renewed", "repeat" (this charge was seen before), "refund" (they are a member
    already: it is `refund_due`), or "return" (it belongs to nobody any more: pay it back).
    """
    membership = await get(session, membership_id, lock=True)
    if membership is None or membership.user_id is None:
        return "return"
    before = await session.scalar(
        select(func.count()).where(PaidMonth.membership_id == membership_id)
    )
    row = {
        "charge_id": charge_id,
        "membership_id": membership_id,
        "user_id": membership.user_id,
        "stars": stars,
        "status": "paid",
        "paid_at": now,
        "until": until,
    }
    if not await insert_new(session, PaidMonth, [row]):
        return "repeat"
    if membership.status != "active" and not await _move(session, membership, "active", now):
        await session.execute(
            update(PaidMonth).where(PaidMonth.charge_id == charge_id).values(status="refund_due")
        )
        return "refund"
    return "renewed" if before else "paid"


async def _move(session: AsyncSession, membership: Membership, status: str, now: datetime) -> bool:
    """False where another of the person's memberships of the plan runs already."""
    try:
        async with session.begin_nested():
            await session.execute(
                update(Membership)
                .where(Membership.id == membership.id)
                .values(status=status, changed_at=now)
            )
    except IntegrityError:
        return False
    return True


async def set_status(
    session: AsyncSession, membership_id: str, status: str, was: Sequence[str], now: datetime
) -> bool:
    """False where it isn't in one of `was`, or another of the same plan runs."""
    membership = await get(session, membership_id, lock=True)
    if membership is None or membership.status not in was:
        return False
    return await _move(session, membership, status, now)


async def of_user(session: AsyncSession, user_id: int, now: datetime) -> Sequence[Held]:
    """What a person is a member of, or was renewed of until lately: running ones and those whose
    paid month goes on, newest first."""
    until = func.max(PaidMonth.until).filter(PaidMonth.status == "paid")
    query = (
        select(Membership, Plan, until)
        .join(Plan, Plan.id == Membership.plan_id)
        .outerjoin(PaidMonth, PaidMonth.membership_id == Membership.id)
        .where(Membership.user_id == user_id)
        .group_by(Membership.id, Plan.id)
        .order_by(Membership.created_at.desc())
    )
    found = [Held(*row) for row in await session.execute(query)]
    return [held for held in found if held.until is not None and held.until > now]


async def opens(session: AsyncSession, user_id: int, item_id: str, now: datetime) -> bool:
    """Whether a month that a person paid opens a course now."""
    return await opened_by(session, user_id, item_id, now) is not None


async def opened_by(session: AsyncSession, user_id: int, item_id: str, now: datetime) -> str | None:
    """The charge of a month that a person paid and that opens a course now."""
    query = (
        select(PaidMonth.charge_id, Plan.courses)
        .join(Membership, Membership.plan_id == Plan.id)
        .join(PaidMonth, PaidMonth.membership_id == Membership.id)
        .where(
            exists().where(Item.id == item_id, Item.type == "course"),
            PaidMonth.user_id == user_id,
            PaidMonth.status == "paid",
            PaidMonth.until > now,
        )
    )
    for charge_id, courses in await session.execute(query):
        if not courses or item_id in courses:
            return str(charge_id)
    return None


async def first_charge(session: AsyncSession, membership_id: str) -> str | None:
    """By which Telegram names the subscription; a renewal's is refused."""
    query = (
        select(PaidMonth.charge_id)
        .where(PaidMonth.membership_id == membership_id)
        .order_by(PaidMonth.until)
        .limit(1)
    )
    return await session.scalar(query)


async def paid_until(session: AsyncSession, membership_id: str) -> datetime | None:
    """When the last month that was paid, and not paid back, ends."""
    query = (
        select(PaidMonth.until)
        .where(PaidMonth.membership_id == membership_id, PaidMonth.status == "paid")
        .order_by(PaidMonth.until.desc())
        .limit(1)
    )
    found: datetime | None = await session.scalar(query)
    return found


async def is_first(session: AsyncSession, month: PaidMonth) -> bool:
    """Whether no month of the membership was paid before this one."""
    query = select(func.count()).where(
        PaidMonth.membership_id == month.membership_id,
        PaidMonth.paid_at < month.paid_at,
    )
    return not await session.scalar(query)


async def with_charge(session: AsyncSession, charge_id: str) -> PaidMonth | None:
    return await session.get(PaidMonth, charge_id, populate_existing=True)


async def running(session: AsyncSession, user_id: int) -> Sequence[Membership]:
    """Those that Telegram goes on to charge for."""
    query = select(Membership).where(
        Membership.user_id == user_id, Membership.status.in_(("active", "failed"))
    )
    return (await session.scalars(query)).all()


async def refunds_due(session: AsyncSession) -> Sequence[PaidMonth]:
    query = select(PaidMonth).where(
        PaidMonth.status == "refund_due", PaidMonth.user_id.is_not(None)
    )
    return (await session.scalars(query)).all()


async def untold(session: AsyncSession) -> Sequence[PaidMonth]:
    """Months whose payment wasn't confirmed to the person yet."""
    query = select(PaidMonth).where(
        PaidMonth.status == "paid", PaidMonth.told_at.is_(None), PaidMonth.user_id.is_not(None)
    )
    return (await session.scalars(query)).all()


async def tell(session: AsyncSession, charge_id: str, now: datetime) -> bool:
    """Marks a month as told of. False where it is already."""
    marked = (
        update(PaidMonth)
        .where(PaidMonth.charge_id == charge_id, PaidMonth.told_at.is_(None))
        .values(told_at=now)
        .returning(PaidMonth.charge_id)
    )
    return await session.scalar(marked) is not None


async def not_told(session: AsyncSession, charge_id: str) -> None:
    """It could not be told of, certainly."""
    await session.execute(
        update(PaidMonth).where(PaidMonth.charge_id == charge_id).values(told_at=None)
    )


async def set_card(session: AsyncSession, membership_id: str, message_id: int) -> None:
    await session.execute(
        update(Membership).where(Membership.id == membership_id).values(card_message_id=message_id)
    )


async def refunded(session: AsyncSession, charge_id: str) -> bool:
    """Marks a refund that Telegram has confirmed, once: its month opens nothing any more."""
    marked = (
        update(PaidMonth)
        .where(PaidMonth.charge_id == charge_id, PaidMonth.status != "refunded")
        .values(status="refunded")
        .returning(PaidMonth.charge_id)
    )
    return await session.scalar(marked) is not None


async def expire(session: AsyncSession, now: datetime) -> None:
    """What was reserved and never paid gives its place back."""
    await session.execute(
        update(Membership)
        .where(Membership.status == "reserved", Membership.changed_at < now - HOLD)
        .values(status="expired", changed_at=now)
    )


async def unname(session: AsyncSession, user_id: int) -> None:
    """Takes the person's id off what they paid for."""
    for table in (PaidMonth, Membership):
        await session.execute(update(table).where(table.user_id == user_id).values(user_id=None))
