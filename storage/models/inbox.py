"""The durable inbox: every update is written down before Telegram is told that it arrived."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.encryption import SealedUpdate
from storage.models.base import Base


class InboxUpdate(Base):
    """An update from Telegram. `payload`, in which phone numbers are sealed, is dropped once
    handled; the id stays to catch repeats.

    `attempts` counts the tries that are written down before they begin, so that a try which ends
    the process is known of afterwards. `aside` is why an update is kept instead of handled;
    `user_id` is its sender then, and null before.
    """

    __tablename__ = "inbox"

    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    payload: Mapped[dict[str, Any] | None] = mapped_column(SealedUpdate())
    attempts: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    aside: Mapped[str | None] = mapped_column(String(256))
    user_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
