"""What is to be done at a time: reminders, holds that run out, offers that lapse."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base

OPEN = "state IN ('due', 'taken')"


class Deadline(Base):
    """One thing to do at `due_at`, of a `kind`, about a row that `about` names.

    due → taken (by a process, until `leased_until`) → done, or → dropped (too late to be of use),
    failed, or doubtful (a process ended in the midst of it, and it may have been done). `takes`
    counts since it fell due; `fence` tells a process whose lease ran out that it lost the row.
    """

    __tablename__ = "deadlines"
    __table_args__ = (
        CheckConstraint(
            "state IN ('due', 'taken', 'done', 'dropped', 'failed', 'doubtful')", name="state"
        ),
        UniqueConstraint("kind", "about"),
        Index(
            "ix_deadlines_open",
            "due_at",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )

    id: Mapped[AutoId]
    kind: Mapped[str] = mapped_column(String(32))
    about: Mapped[str] = mapped_column(String(96))
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default="due")
    leased_until: Mapped[datetime | None]
    takes: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
