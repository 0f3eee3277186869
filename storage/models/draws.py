"""Prize draws: terms and commitment, entries by ticket, and who was offered what."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
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

HELD = "outcome IN ('open', 'claimed')"


class Draw(Base):
    """The draw of an item: open → frozen (the list's hash is published) → drawn (the seed is, too).

    `seed` is nobody's to see before that. `codes` are those of each prize that has any. `tickets`
    is the list as it was frozen, sorted; `entries` their number.
    """

    __tablename__ = "draws"
    __table_args__ = (CheckConstraint("state IN ('open', 'frozen', 'drawn')", name="state"),)

    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)
    terms: Mapped[dict[str, Any]]
    terms_hash: Mapped[str] = mapped_column(String(64))
    codes: Mapped[list[list[str]]] = mapped_column(JSON)
    seed: Mapped[str] = mapped_column(String(64))
    commitment: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default="open")
    entries_until: Mapped[datetime]
    created_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    # Long, so that it is read only where it is asked for.
    tickets: Mapped[list[str] | None] = mapped_column(deferred=True)
    entries: Mapped[int | None]
    list_hash: Mapped[str | None] = mapped_column(String(64))
    drawn_at: Mapped[datetime | None]


class DrawEntry(Base):
    """One entry of a person, whose ticket says nothing of them; it counts while they have a seat.

    With their data the row goes. The ticket of a frozen list stays there, as nobody's.
    """

    __tablename__ = "draw_entries"

    item_id: Mapped[str] = mapped_column(ForeignKey("draws.item_id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    ticket: Mapped[str] = mapped_column(String(32), unique=True)
    entered_at: Mapped[datetime]


class DrawAward(Base):
    """A unit of a prize, offered to the ticket at `rank` of the draw's order.

    A ticket is offered one at most, and a unit is held by one at a time.
    """

    __tablename__ = "draw_awards"
    __table_args__ = (
        CheckConstraint("outcome IN ('open', 'claimed', 'declined', 'expired')", name="outcome"),
        UniqueConstraint("item_id", "rank", name="uq_draw_awards_rank"),
        UniqueConstraint("item_id", "ticket", name="uq_draw_awards_ticket"),
        Index(
            "uq_draw_awards_unit",
            "item_id",
            "unit",
            unique=True,
            sqlite_where=text(HELD),
            postgresql_where=text(HELD),
        ),
    )

    id: Mapped[AutoId]
    item_id: Mapped[str] = mapped_column(ForeignKey("draws.item_id"))
    rank: Mapped[int]
    ticket: Mapped[str] = mapped_column(String(32))
    unit: Mapped[int]
    offered_at: Mapped[datetime]
    claim_until: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16), default="open")
    settled_at: Mapped[datetime | None]
