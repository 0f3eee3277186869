"""People who want to hear from a dealer: what they agreed to, and what came of it."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from storage.encryption import Encrypted
from storage.models.base import AutoId, Base, Localised

LEAD_MARKS = ("reached", "came", "drove", "offered", "ordered", "lost")
LEAD_STATES = ("agreed", "new", *LEAD_MARKS, "withdrawn")
LIVE = "status <> 'withdrawn'"


class Dealer(Base):
    """A dealership. Rows aren't deleted, since leads refer to them."""

    __tablename__ = "dealers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[Localised]
    city: Mapped[str | None] = mapped_column(String(64))
    brand: Mapped[Localised | None]


class Lead(Base):
    """One person's name and number, for one dealer, because of one item.

    agreed (to `consent_text`, nothing handed over yet) → new → any of LEAD_MARKS, in any order;
    from each → withdrawn, which wipes name and number. `amount` is in fen (cents), of what was
    ordered. `phone_lookup` is a keyed hash: equal numbers have equal ones.
    """

    __tablename__ = "leads"
    __table_args__ = (
        CheckConstraint("status IN (" + ", ".join(f"'{s}'" for s in LEAD_STATES) + ")", "status"),
        CheckConstraint(
            "(phone IS NOT NULL) = (status NOT IN ('agreed', 'withdrawn'))", name="wiped"
        ),
        CheckConstraint("amount >= 0", name="amount"),
        Index(
            "uq_leads_live",
            "user_id",
            "item_id",
            unique=True,
            sqlite_where=text(LIVE),
            postgresql_where=text(LIVE),
        ),
        Index("ix_leads_dealer_id_status", "dealer_id", "status"),
        # The number of a lead stands in buttons and in files, so none is given twice.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[AutoId]
    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), index=True)
    dealer_id: Mapped[str] = mapped_column(ForeignKey("dealers.id"))
    status: Mapped[str] = mapped_column(String(16))
    name: Mapped[str | None] = mapped_column(Encrypted("leads.name"))
    phone: Mapped[str | None] = mapped_column(Encrypted("leads.phone"))
    phone_lookup: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    consent_version: Mapped[str] = mapped_column(String(16))
    consent_text: Mapped[str] = mapped_column(Text)
    consented_at: Mapped[datetime]
    amount: Mapped[int | None] = mapped_column(BigInteger)
    handed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]


class LeadChange(Base):
    """What became of a lead, told by `by_id` (None: a file) at `made_at`, of `happened_at`.

    `undoes` is the change that this one takes back. Append-only; `idempotency_key` makes a repeat
    harmless.
    """

    __tablename__ = "lead_changes"
    __table_args__ = (UniqueConstraint("idempotency_key"),)

    id: Mapped[AutoId]
    lead_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("leads.id", ondelete="CASCADE"), index=True
    )
    by_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    status: Mapped[str] = mapped_column(String(16))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    undoes: Mapped[int | None] = mapped_column(BigInteger)
    happened_at: Mapped[datetime]
    made_at: Mapped[datetime]
    idempotency_key: Mapped[str] = mapped_column(String(128))


class LeadRead(Base):
    """Somebody saw a lead's number: a dealer in the chat, or an account of the machine in a file
    that it had written (`via`)."""

    __tablename__ = "lead_reads"

    id: Mapped[AutoId]
    lead_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("leads.id", ondelete="CASCADE"), index=True
    )
    by_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="SET NULL"), index=True
    )
    via: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[datetime]


class LeadMessage(Base):
    """A message of a dealer's chat that tells of a lead, to be edited once it is withdrawn. It
    outlives the lead, since a person may be deleted before that is done."""

    __tablename__ = "lead_messages"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    message_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    lead_id: Mapped[int] = mapped_column(BigInteger, index=True)
