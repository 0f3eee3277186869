"""A person's rights over their data: a copy of all of it, and its deletion."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import LargeBinary, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import (
    Attribution,
    Base,
    Booking,
    Certificate,
    CheckIn,
    CouponHolder,
    DrawEntry,
    Favourite,
    HelpRequest,
    Lead,
    Learner,
    LessonRead,
    Membership,
    Order,
    PaidMonth,
    Question,
    QuizAnswer,
    QuizPoll,
    QuizWeek,
    Recipient,
    ShownList,
    Signal,
    SupportWords,
    TagOverride,
    Touch,
    User,
    Waiting,
)
from storage.repositories import bookings, inbox, leads, memberships, orders, users, waiting

OWNED = (
    Question,
    Signal,
    ShownList,
    Order,
    Membership,
    PaidMonth,
    Booking,
    Waiting,
    CheckIn,
    CouponHolder,
    Favourite,
    Recipient,
    HelpRequest,
    SupportWords,
    TagOverride,
    LessonRead,
    Learner,
    Certificate,
    QuizAnswer,
    QuizPoll,
    QuizWeek,
    DrawEntry,
    Touch,
    Attribution,
    Lead,
)


async def export(session: AsyncSession, user_id: int) -> dict[str, list[dict[str, Any]]]:
    """All rows about a person, by table, ready for JSON. Vectors are left out, and others' ids."""
    found = {
        "users": [
            _plain(row) for row in await session.scalars(select(User).where(User.id == user_id))
        ]
    }
    for model in OWNED:
        rows = await session.scalars(select(model).where(model.user_id == user_id))
        found[model.__tablename__] = [_plain(row) for row in rows]
    return found | await leads.about(session, user_id)


async def erase(session: AsyncSession, user_id: int, now: datetime | None = None) -> bool:
    """Deletes a person and all that hangs on them, giving back their seats. False when unknown.

    What they paid stays in the books, without a word of who it was.
    """
    user = await session.get(User, user_id)
    if user is None:
        return False
    now = now or user.seen_at
    for item_id in await bookings.open_items(session, user_id):
        await bookings.cancel(session, user_id, item_id, now)
    for place in await waiting.of_user(session, user_id):
        await waiting.leave(session, place.id, user_id, now)
    await orders.release_holds(session, user_id, now)
    await orders.unname(session, user_id)
    await memberships.unname(session, user_id)
    await inbox.forget_person(session, user_id)
    await users.delete_row(session, user_id)
    return True


def _plain(row: Base) -> dict[str, Any]:
    return {
        column.key: value.isoformat() if isinstance(value, date) else value
        for column in inspect(type(row)).columns
        if not isinstance(column.type, LargeBinary) and not column.info.get("withheld")
        for value in (getattr(row, column.key),)
    }
