"""Items: whatever can be recommended, sold or booked."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Localised

ITEM_TYPES = ("course", "book", "audio", "live", "salon", "test_drive", "game", "draw")
DIGITAL_TYPES = ("course", "book", "audio")
# What people come to, at a time.
EVENT_TYPES = ("live", "salon", "test_drive")


class Item(Base):
    """A course, book, audio, live session, salon, test drive, game or prize draw.

    `seats_taken` counts bookings and seats held by a payment under way; the check constraint is
    what keeps an event from being oversold. `revision` tells changes apart; triggers set it (see
    the migration 0013), so a migration that copies the table has to make them anew. Rows aren't
    deleted, since orders refer to them: an item that is over is not `active`.
    """

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("type IN (" + ", ".join(f"'{t}'" for t in ITEM_TYPES) + ")", name="type"),
        CheckConstraint("price_stars >= 0", name="price"),
        CheckConstraint(
            "seats_taken >= 0 AND (capacity IS NULL OR seats_taken <= capacity)", name="seats"
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(16), index=True)
    title: Mapped[Localised]
    summary: Mapped[Localised]
    description: Mapped[Localised]
    delivery: Mapped[Localised | None]
    brand: Mapped[Localised | None]
    place: Mapped[Localised | None]
    city: Mapped[str | None] = mapped_column(String(64))
    dealer_id: Mapped[str | None] = mapped_column(ForeignKey("dealers.id"))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    topics: Mapped[list[str]] = mapped_column(default=list)
    price_stars: Mapped[int] = mapped_column(default=0)
    capacity: Mapped[int | None]
    seats_taken: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime | None] = mapped_column(index=True)
    ends_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(BigInteger, server_default="1", index=True)


class Photo(Base):
    """The picture of an item, from a file or an address (`source`); `file_id` is Telegram's name
    for it, which one bot alone may use, once that bot has sent it."""

    __tablename__ = "photos"

    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(deferred=True)
    source: Mapped[str] = mapped_column(Text)
    bot_id: Mapped[int | None] = mapped_column(BigInteger)
    file_id: Mapped[str | None] = mapped_column(String(256))
