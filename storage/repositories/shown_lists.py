"""Lists that were shown: appended once each, read with who saw them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ShownList, User
from storage.repositories.upserts import insert_new


async def record(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Appends a list; a repeated idempotency key is dropped."""
    await insert_new(session, ShownList, [row])


async def of_consenting_users(session: AsyncSession) -> Sequence[tuple[ShownList, User]]:
    """Every list with the person who saw it, oldest first."""
    query = (
        select(ShownList, User)
        .join(User, User.id == ShownList.user_id)
        .where(User.personalisation.is_(True))
        .order_by(ShownList.shown_at, ShownList.id)
    )
    return [(shown, user) for shown, user in (await session.execute(query)).all()]


async def of_user(
    session: AsyncSession, user_id: int, since: datetime, *, but: str
) -> Sequence[ShownList]:
    """A person's lists from a moment on, less the one of that idempotency key."""
    query = select(ShownList).where(
        ShownList.user_id == user_id,
        ShownList.shown_at >= since,
        ShownList.idempotency_key != but,
    )
    return (await session.scalars(query)).all()
