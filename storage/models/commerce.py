"""Orders in Stars and bookings of seats."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base


class Order(Base):
    """A purchase in Stars; its id is the invoice payload.

    pending → reserved (pre-checkout passed, seat held if the item has seats) → paid → refunded,
    or → expired. An item is owned at most once by a user: the partial unique index sees to it.
    The purchase is delivered by editing `card_message_id`, since an edit may be repeated safely
    after a crash where a second message could not be told from the first.
    `price_stars` is what is paid; a coupon has `taken_off` the rest of the item's price.
    Of who deleted their data, what was paid stays for the books, without `user_id`.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'reserved', 'paid', 'refund_due', 'refunded', 'expired')",
            name="status",
        ),
        Index(
            "uq_orders_owned",
            "user_id",
            "item_id",
            unique=True,
            sqlite_where=text("status IN ('reserved', 'paid')"),
            postgresql_where=text("status IN ('reserved', 'paid')"),
        ),
        Index(
            "uq_orders_coupon_turn",
            "coupon_code",
            "user_id",
            "coupon_turn",
            unique=True,
            sqlite_where=text("status IN ('reserved', 'paid')"),
            postgresql_where=text("status IN ('reserved', 'paid')"),
        ),
        CheckConstraint("taken_off >= 0", name="taken_off"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"))
    price_stars: Mapped[int]
    taken_off: Mapped[int] = mapped_column(default=0, server_default="0")
    coupon_code: Mapped[str | None] = mapped_column(ForeignKey("coupons.code"))
    # Which of the person's uses of the coupon it is; the index lets two orders have none in common.
    coupon_turn: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(16), default="pending")
    charge_id: Mapped[str | None] = mapped_column(String(128), unique=True)
    card_message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    reserved_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]

    @property
    def list_stars(self) -> int:
        """The item's price when the order was opened."""
        return self.price_stars + self.taken_off


class Booking(Base):
    """A seat at an event, of one of its slots if it has any, or an entry in a draw. One live
    booking per user and item.

    held (until `hold_until`, while the person confirms) → booked → attended or no_show; or
    → cancelled. `code` is what the ticket says; `told` is the time and place that the person was
    told last; `sequence` rises with each change of these, as calendars want it.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        CheckConstraint(
            "status IN ('held', 'booked', 'cancelled', 'attended', 'no_show')", name="status"
        ),
        CheckConstraint("rating >= 1 AND rating <= 5", name="rating"),
        Index(
            "uq_bookings_live",
            "user_id",
            "item_id",
            unique=True,
            sqlite_where=text("status <> 'cancelled'"),
            postgresql_where=text("status <> 'cancelled'"),
        ),
    )

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(ForeignKey("slots.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="booked")
    hold_until: Mapped[datetime | None]
    code: Mapped[str | None] = mapped_column(String(32), unique=True)
    told: Mapped[dict[str, Any] | None]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    rating: Mapped[int | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class StarLedger(Base):
    """How many of a bot's Star transactions, oldest first, were compared with the orders."""

    __tablename__ = "star_ledger"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    seen: Mapped[int]
