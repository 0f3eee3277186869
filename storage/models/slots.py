"""Times at which an item can be had, who waits for a seat, and who was let in."""

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

from storage.models.base import AutoId, Base, Localised

WAITS = "status IN ('waiting', 'offered')"
OUTCOMES = ("attended", "already", "wrong_day", "cancelled", "unknown", "no_show")


class Slot(Base):
    """One time of an item. Its seats are taken here and counted once more in the item's own.

    The check constraint keeps it from being oversold. `name` is the catalogue file's id of it. One
    that has begun is `over`: the item no longer counts it.
    """

    __tablename__ = "slots"
    __table_args__ = (
        CheckConstraint("seats_taken >= 0 AND seats_taken <= capacity", name="seats"),
        UniqueConstraint("item_id", "name"),
        Index("ix_slots_item_id_starts_at", "item_id", "starts_at"),
    )

    id: Mapped[AutoId]
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    name: Mapped[str | None] = mapped_column(String(64))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    city: Mapped[str | None] = mapped_column(String(64))
    place: Mapped[Localised | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    over: Mapped[bool] = mapped_column(default=False)


class Waiting(Base):
    """A person's place in the line for a seat, of one slot or of any; first come, first offered.

    waiting → offered (a seat, of `offered_slot_id` where the item has slots, is kept for them until
    `offered_until`) → accepted, declined or lapsed; or → left.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint(
            "status IN ('waiting', 'offered', 'accepted', 'declined', 'lapsed', 'left')",
            name="status",
        ),
        Index(
            "uq_waiting_live",
            "user_id",
            "item_id",
            unique=True,
            sqlite_where=text(WAITS),
            postgresql_where=text(WAITS),
        ),
        Index(
            "ix_waiting_line",
            "item_id",
            "id",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"))
    status: Mapped[str] = mapped_column(String(16), default="waiting")
    offered_slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"))
    offered_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class CheckIn(Base):
    """The log of the door: who of the staff looked at which ticket, and what came of it."""

    __tablename__ = "check_ins"
    __table_args__ = (
        CheckConstraint(
            "outcome IN (" + ", ".join(f"'{o}'" for o in OUTCOMES) + ")", name="outcome"
        ),
    )

    id: Mapped[AutoId]
    booking_id: Mapped[int | None] = mapped_column(
        ForeignKey("bookings.id", ondelete="CASCADE"), index=True
    )
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    """Whose ticket it was."""
    staff_id: Mapped[int | None] = mapped_column(
        BigInteger,
        ForeignKey("users.id", ondelete="SET NULL"),
        index=True,
        info={"withheld": True},
    )
    outcome: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
