"""Rule books of brands, every version as it was imported, and turns in how one is spoken of."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Localised


class Brand(Base):
    """A brand that has a rule book; `version` is the one in force."""

    __tablename__ = "brands"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[Localised]
    version: Mapped[int]
    changed_at: Mapped[datetime]


class BrandBook(Base):
    """One version of a brand's book: the file (YAML) as it was sent, and SHA-256 of it."""

    __tablename__ = "brand_books"

    brand_id: Mapped[str] = mapped_column(
        ForeignKey("brands.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    imported_by: Mapped[int | None] = mapped_column(BigInteger)
    imported_at: Mapped[datetime]


class BrandTurn(Base):
    """A sudden turn in how often or how a brand was spoken of in the week that began at `week`
    (a Monday, UTC), of which admins were told once. `kind`: more, fewer, worse, better."""

    __tablename__ = "brand_turns"

    brand_id: Mapped[str] = mapped_column(
        ForeignKey("brands.id", ondelete="CASCADE"), primary_key=True
    )
    week: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    told_at: Mapped[datetime]
