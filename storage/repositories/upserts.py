"""INSERT … ON CONFLICT, which SQLAlchemy spells per dialect."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Base


async def insert_new(
    session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> int:
    """Inserts the rows that break no unique constraint; returns how many those were."""
    # Counted by what comes back: an executemany tells no count on PostgreSQL.
    return len(await inserted(session, model, rows))


async def inserted(
    session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """As `insert_new`; returns the primary keys of the rows that are new, by column."""
    if not rows:
        return []
    key = list(model.__table__.primary_key)
    dialect = session.get_bind().dialect.name
    statement = _insert(dialect, model).on_conflict_do_nothing().returning(*key)
    found = await session.execute(statement, [dict(row) for row in rows])
    return [dict(row) for row in found.mappings()]


async def upsert(
    session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Inserts rows, or overwrites the given columns of those whose primary key is there."""
    key = [column.name for column in model.__table__.primary_key]
    await upsert_on(session, model, key, rows)


async def upsert_on(
    session: AsyncSession,
    model: type[Base],
    key: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    **changes: Any,
) -> None:
    """Inserts rows, or overwrites their columns where the unique columns `key` are there; with
    `changes`, expressions that are set on those only."""
    if not rows:
        return
    dialect = session.get_bind().dialect.name
    statement = upsert_statement(dialect, model, key, tuple(rows[0]), **changes)
    await session.execute(statement, [dict(row) for row in rows])


def upsert_statement(
    dialect: str, model: type[Base], key: Sequence[str], columns: Sequence[str], **changes: Any
) -> Any:
    """What `upsert_on` runs, for rows of these columns."""
    statement = _insert(dialect, model)
    given = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=given | changes)


def _insert(dialect: str, model: type[Base]) -> Any:
    return (sqlite if dialect == "sqlite" else postgresql).insert(model.__table__)
