"""What led people to what they did: links, touches, and the acts that are told to come of them."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base

SOURCES = ("campaign", "recommendation", "link")
ACTS = ("signal", "order", "booking", "lead")


class Link(Base):
    """A signed deep link to an item, counted by `opens`, whoever opens it."""

    __tablename__ = "links"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[AutoId]
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    name: Mapped[str] = mapped_column(String(64))
    opens: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]


class Touch(Base):
    """A person came to an item by a campaign, a recommendation or a link (`source`, its
    `source_id`). Only of people who agreed to a profile."""

    __tablename__ = "touches"
    __table_args__ = (
        CheckConstraint("source IN (" + ", ".join(f"'{s}'" for s in SOURCES) + ")", name="source"),
        Index("ix_touches_user_id_item_id_touched_at", "user_id", "item_id", "touched_at"),
        Index("ix_touches_source_source_id", "source", "source_id"),
    )

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(16))
    source_id: Mapped[str] = mapped_column(String(128))
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    touched_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(String(128), unique=True)


class Attribution(Base):
    """The first and the last touch that an act may have come of. `act_id` is the id of an order,
    booking or lead, or a signal's idempotency key."""

    __tablename__ = "attributions"
    __table_args__ = (
        CheckConstraint("act IN (" + ", ".join(f"'{a}'" for a in ACTS) + ")", name="act"),
    )

    act: Mapped[str] = mapped_column(String(16), primary_key=True)
    act_id: Mapped[str] = mapped_column(String(160), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    first_touch_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("touches.id", ondelete="CASCADE"), index=True
    )
    last_touch_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("touches.id", ondelete="CASCADE"), index=True
    )
    happened_at: Mapped[datetime]
