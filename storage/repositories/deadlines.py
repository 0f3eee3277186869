"""Deadlines: set with what they are about, taken by one process at a time under a lease."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Deadline
from storage.models.deadlines import OPEN
from storage.repositories.upserts import upsert_statement

_OPEN: ColumnElement[bool] = literal_column(f"({OPEN})")


async def set_at(
    session: AsyncSession,
    kind: str,
    about: str,
    due_at: datetime,
    now: datetime,
    user_id: int | None = None,
) -> None:
    """Sets a deadline, or moves one; one that was done falls due anew, under a new fence."""
    await set_each(session, [(kind, about, due_at, user_id)], now)


async def set_each(
    session: AsyncSession, rows: Sequence[tuple[str, str, datetime, int | None]], now: datetime
) -> None:
    """As `set_at`, several at once: (kind, about, due_at, user_id) of each."""
    if not rows:
        return
    given = [
        {
            "kind": kind,
            "about": about,
            "user_id": user_id,
            "due_at": due_at,
            "state": "due",
            "leased_until": None,
            "takes": 0,
            "changed_at": now,
        }
        for kind, about, due_at, user_id in rows
    ]
    statement = _setting(session.get_bind().dialect.name, tuple(given[0]))
    await session.execute(statement, given)


# Made once, as making these costs more than running them.
@cache
def _setting(dialect: str, columns: tuple[str, ...]) -> Any:
    fence = Deadline.fence + 1
    return upsert_statement(dialect, Deadline, ("kind", "about"), columns, fence=fence)


async def lift(session: AsyncSession, about: str, kinds: Collection[str], now: datetime) -> int:
    """Takes back what isn't done yet. Returns how many these were."""
    given = {"about_": about, "kinds": list(kinds), "now": now}
    return len((await session.scalars(_LIFT, given)).all())


_LIFT = (
    update(Deadline)
    .where(
        Deadline.about == bindparam("about_"),
        Deadline.kind.in_(bindparam("kinds", expanding=True)),
        _OPEN,
    )
    .values(
        state="dropped", fence=Deadline.fence + 1, leased_until=None, changed_at=bindparam("now")
    )
    .returning(Deadline.id)
    .execution_options(synchronize_session="fetch")
)


async def any_due(session: AsyncSession, kinds: Collection[str], now: datetime) -> bool:
    """Whether there is something to take: a read, so that waiting writes nothing."""
    query = select(Deadline.id).where(*_free(kinds, now)).limit(1)
    return await session.scalar(query) is not None


async def take(
    session: AsyncSession, kinds: Collection[str], now: datetime, lease: timedelta, most: int
) -> Sequence[Deadline]:
    """Leases what is due, the longest overdue first; what another process holds is passed over."""
    due = (
        select(Deadline.id)
        .where(*_free(kinds, now))
        .order_by(Deadline.due_at, Deadline.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(Deadline)
        .where(Deadline.id.in_(due.scalar_subquery()))
        .values(
            state="taken",
            leased_until=now + lease,
            takes=Deadline.takes + 1,
            fence=Deadline.fence + 1,
            changed_at=now,
        )
        .returning(Deadline)
        .execution_options(populate_existing=True)
    )
    rows = (await session.scalars(taken)).all()
    return sorted(rows, key=lambda row: (row.due_at, row.id))


def _free(kinds: Collection[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        _OPEN,
        Deadline.kind.in_(kinds),
        Deadline.due_at <= now,
        or_(Deadline.leased_until.is_(None), Deadline.leased_until <= now),
    )


async def close(
    session: AsyncSession, deadline_id: int, fence: int, state: str, now: datetime
) -> bool:
    """What became of a taken one. False where it was lost, moved or lifted meanwhile."""
    return await _change(
        session, deadline_id, fence, state=state, leased_until=None, changed_at=now
    )


async def put_back(
    session: AsyncSession, deadline_id: int, fence: int, until: datetime, now: datetime
) -> bool:
    """It was certainly not done: it is due again at `until`. `due_at` stays, which tells how late
    it is."""
    return await _change(
        session, deadline_id, fence, state="due", takes=0, leased_until=until, changed_at=now
    )


async def _change(session: AsyncSession, deadline_id: int, fence: int, **values: Any) -> bool:
    changed = (
        update(Deadline)
        .where(Deadline.id == deadline_id, Deadline.fence == fence, Deadline.state == "taken")
        .values(**values)
        .returning(Deadline.id)
    )
    return await session.scalar(changed) is not None
