"""What is told of a booking before and after its event, for bookings made before that was kept."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.models.base import UtcDateTime

revision = "0035_reminders"
down_revision = "0034_links_of_invites"
branch_labels = None
depends_on = None

EVENTS = ("live", "salon", "test_drive")
# How long something is taken to last that says nothing of it.
LASTS = timedelta(hours=2)


def upgrade() -> None:
    """Bookings that have their deadlines keep them as they are, done or due."""
    now = datetime.now(UTC)
    deadlines = sa.table(
        "deadlines",
        *map(sa.column, ("kind", "about", "user_id", "state", "takes", "fence")),
        *(sa.column(name, UtcDateTime()) for name in ("due_at", "changed_at")),
    )
    connection = op.get_bind()
    there = set(
        connection.execute(
            sa.select(deadlines.c.kind, deadlines.c.about).where(
                deadlines.c.about.startswith("booking:")
            )
        ).tuples()
    )
    same = {"state": "due", "takes": 0, "fence": 0, "changed_at": now}
    missing = [
        {"kind": kind, "about": f"booking:{booking}", "user_id": user, "due_at": due, **same}
        for booking, user, start, end in connection.execute(_booked()).tuples()
        for kind, due in _told(start, end or (start and start + LASTS))
        if due > now and (kind, f"booking:{booking}") not in there
    ]
    if missing:
        connection.execute(sa.insert(deadlines), missing)


def _booked() -> sa.Select[tuple[Any, ...]]:
    """Bookings of what takes place, with its times: those of the slot, where there is one."""
    bookings = sa.table(
        "bookings", *map(sa.column, ("id", "user_id", "item_id", "slot_id", "status"))
    )
    times = [sa.column(name, UtcDateTime()) for name in ("starts_at", "ends_at")]
    items = sa.table(
        "items", sa.column("id"), sa.column("type"), sa.column("active", sa.Boolean()), *times
    )
    times = [sa.column(name, UtcDateTime()) for name in ("starts_at", "ends_at")]
    slots = sa.table("slots", sa.column("id"), sa.column("active", sa.Boolean()), *times)
    has_slot = slots.c.id.is_not(None)
    return (
        sa.select(
            bookings.c.id,
            bookings.c.user_id,
            sa.case((has_slot, slots.c.starts_at), else_=items.c.starts_at),
            sa.case((has_slot, slots.c.ends_at), else_=items.c.ends_at),
        )
        .select_from(bookings)
        .join(items, items.c.id == bookings.c.item_id)
        .outerjoin(slots, slots.c.id == bookings.c.slot_id)
        .where(
            bookings.c.status == "booked",
            items.c.type.in_(EVENTS),
            items.c.active,
            sa.or_(slots.c.id.is_(None), slots.c.active),
        )
        .order_by(bookings.c.id)
    )


def _told(start: datetime | None, end: datetime | None) -> Iterator[tuple[str, datetime]]:
    if start is not None:
        yield "remind-day", start - timedelta(days=1)
        yield "remind-hour", start - timedelta(hours=1)
    if end is not None:
        yield "event-over", end


def downgrade() -> None:
    """What is due stays due: an older build sets the same itself."""
