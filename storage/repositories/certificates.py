"""Certificates: one valid one for a person and course, revoked with what opened the course."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Certificate
from storage.repositories.upserts import insert_new

# Without those that are mistaken for each other; 20 of 32 are 100 bits.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 20


async def issue(session: AsyncSession, row: Mapping[str, Any]) -> Certificate:
    """The valid certificate of a person for a course: the one that is there, or a new one."""
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    await insert_new(session, Certificate, [{"code": code, "shows_name": False, **row}])
    query = select(Certificate).where(
        Certificate.user_id == row["user_id"],
        Certificate.item_id == row["item_id"],
        Certificate.revoked_at.is_(None),
    )
    return (await session.scalars(query)).one()


async def get(session: AsyncSession, code: str) -> Certificate | None:
    return await session.get(Certificate, code, populate_existing=True)


async def rename(
    session: AsyncSession, user_id: int, item_id: str, *, name: str | None, shows: bool | None
) -> bool:
    """Changes the name on the valid one, or whether others see it. False where there is none."""
    values: dict[str, Any] = {}
    values |= {} if name is None else {"name": name}
    values |= {} if shows is None else {"shows_name": shows}
    changed = (
        update(Certificate)
        .where(
            Certificate.user_id == user_id,
            Certificate.item_id == item_id,
            Certificate.revoked_at.is_(None),
        )
        .values(**values)
        .returning(Certificate.code)
    )
    return await session.scalar(changed) is not None


async def revoke(session: AsyncSession, opened_by: str, now: datetime) -> None:
    """Of what an order or a month opened that was paid back."""
    await session.execute(
        update(Certificate)
        .where(Certificate.opened_by == opened_by, Certificate.revoked_at.is_(None))
        .values(revoked_at=now)
    )
