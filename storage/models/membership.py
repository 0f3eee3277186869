"""Plans that are paid by the month, who is a member, and each month that was paid."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Localised

# Telegram asks no more for a month.
MOST_STARS = 10_000


class Plan(Base):
    """What a monthly price opens: the listed courses, or all where none are."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint(f"price_stars >= 1 AND price_stars <= {MOST_STARS}", name="price"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[Localised]
    summary: Mapped[Localised]
    courses: Mapped[list[str]] = mapped_column(default=list)
    price_stars: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]


class Membership(Base):
    """One subscription of a person to a plan; its id is the invoice's payload.

    open → reserved (pre-checkout passed) → active ⇄ cancelled (the paid month stays open), or
    → failed (a renewal was not paid), or → expired (an open one that was never paid, or one that
    ended). Only one of a person's can be reserved, active or failed at a time, of one plan: the
    partial unique index sees to it. Access is told by the payments alone. Of who deleted their
    data, what was paid stays for the books, without `user_id`.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint(
            "status IN ('open', 'reserved', 'active', 'cancelled', 'failed', 'expired')",
            name="status",
        ),
        Index(
            "uq_memberships_running",
            "user_id",
            "plan_id",
            unique=True,
            sqlite_where=text("status IN ('reserved', 'active', 'failed')"),
            postgresql_where=text("status IN ('reserved', 'active', 'failed')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    price_stars: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default="open")
    # Its offer, which the first payment's confirmation takes the place of.
    card_message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class PaidMonth(Base):
    """One payment of a membership, and until when it opens the plan's courses."""

    __tablename__ = "paid_months"
    __table_args__ = (
        CheckConstraint("status IN ('paid', 'refund_due', 'refunded')", name="status"),
    )

    charge_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    membership_id: Mapped[str] = mapped_column(ForeignKey("memberships.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    stars: Mapped[int]
    status: Mapped[str] = mapped_column(String(16), default="paid")
    paid_at: Mapped[datetime]
    until: Mapped[datetime]
    told_at: Mapped[datetime | None]
