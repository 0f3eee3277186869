"""Lists that were shown, for what another policy would have earned to be told from them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import AutoId, Base


class ShownList(Base):
    """One list of recommendations, of a person who agreed to personalisation.

    `propensities` are the chances of `items` to be in the list, `considered` all items that had
    one, best first. `idempotency_key` makes a repeat harmless.
    """

    __tablename__ = "shown_lists"
    __table_args__ = (Index("ix_shown_lists_user_id_shown_at", "user_id", "shown_at"),)

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    shown_at: Mapped[datetime]
    items: Mapped[list[str]]
    propensities: Mapped[list[float]]
    considered: Mapped[list[str]]
    model_version: Mapped[str | None] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(128), unique=True)
