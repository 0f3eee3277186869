"""Users of the bot: end users, content editors and admins."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base


class User(Base):
    """A person, by Telegram id.

    `personalisation` is None until the person has chosen; only True allows profiling.
    `language` is the person's own choice and wins over `telegram_language`. `zone` is the time zone
    that they chose, by its IANA name. Questions up to
    `conversation_from` are not looked back to: /new began over. `draws_rich`: whether their app has
    shown that it draws rich messages; False where it hasn't, after all. `dealer_id`: for which
    dealership one of the role dealer works.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'editor', 'marketer', 'admin', 'dealer')", name="role"),
        CheckConstraint("car IN ('owns', 'plans')", name="car"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    first_name: Mapped[str] = mapped_column(String(256), default="")
    username: Mapped[str | None] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16), default="user")
    dealer_id: Mapped[str | None] = mapped_column(ForeignKey("dealers.id"), index=True)
    telegram_language: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(2))
    personalisation: Mapped[bool | None]
    consented_at: Mapped[datetime | None]
    car: Mapped[str | None] = mapped_column(String(8))
    topics: Mapped[list[str]] = mapped_column(default=list)
    city: Mapped[str | None] = mapped_column(String(64))
    zone: Mapped[str | None] = mapped_column(String(64))
    invites: Mapped[bool] = mapped_column(default=True)
    conversation_from: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    draws_rich: Mapped[bool | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]


class TagOverride(Base):
    """A tag of their profile that a person rejected: taken away, or another stands `instead`."""

    __tablename__ = "tag_overrides"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    instead: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime]
