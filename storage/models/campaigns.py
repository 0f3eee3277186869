"""Campaigns and their recipients: one row per person, so that nobody is invited twice."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base


class Campaign(Base):
    """An invite to an item for a segment, which is frozen into recipients with the preview.

    A large one is looked through when it is sent: `filled_to` is the last user who was, None when
    that is done.
    `resends`: how often an admin had it sent again to those whose invite was in doubt.
    """

    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint(
            "status IN ('draft', 'sending', 'paused', 'done', 'cancelled')", name="status"
        ),
    )

    id: Mapped[AutoId]
    created_by: Mapped[int] = mapped_column(BigInteger)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    segment: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    progress_message_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    launched_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    resends: Mapped[int] = mapped_column(default=0, server_default="0")
    filled_to: Mapped[int | None] = mapped_column(BigInteger)


class Recipient(Base):
    """One person's invite.

    `sending` is committed before the call to Telegram, which knows no idempotency key: a row
    still `sending` after a crash or a broken connection becomes `unknown` and is not sent again,
    unless an admin says so: then it is `doubted` for good, since they may have it already.
    `attempts` counts the tries that surely failed.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'blocked', 'failed', 'unknown', 'skipped')",
            name="status",
        ),
        Index("ix_recipients_campaign_id_status", "campaign_id", "status", "attempts", "user_id"),
    )

    campaign_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    status: Mapped[str] = mapped_column(String(16), default="pending")
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None] = mapped_column(String(256))
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    doubted: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_at: Mapped[datetime]
