"""INSERT … ON CONFLICT, which SQLAlchemy spells per dialect."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Base

# SQLite takes 32,766 parameters a statement and PostgreSQL 32,767: 1,000 rows of any of our tables.
BATCH = 1000


async def insert_new(
    session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> int:
    """Inserts the rows that break no unique constraint; returns how many those were."""
    inserted = 0
    for start in range(0, len(rows), BATCH):
        statement = _insert(session, model).values(list(rows[start : start + BATCH]))
        result = await session.execute(statement.on_conflict_do_nothing())
        assert isinstance(result, CursorResult)  # noqa: S101
        inserted += max(result.rowcount, 0)
    return inserted


async def upsert(
    session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Inserts rows, or overwrites the given columns of those whose primary key is there."""
    key = [column.name for column in model.__table__.primary_key]
    for start in range(0, len(rows), BATCH):
        batch = list(rows[start : start + BATCH])
        statement = _insert(session, model).values(batch)
        changes = {name: statement.excluded[name] for name in batch[0] if name not in key}
        await session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))


def _insert(session: AsyncSession, model: type[Base]) -> Any:
    dialect = session.get_bind().dialect.name
    return (sqlite if dialect == "sqlite" else postgresql).insert(model)
