"""Coupons, who holds one, and favourites: what a person has put on their shelf."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Localised

CUTS = ("percent", "stars", "free")


class Coupon(Base):
    """A lower price for some things: a rule that is the same for whoever uses it.

    `amount` is the percent or Stars taken off, 0 of what is free. It is for what is in each of
    `items`, `types` and `brands` that isn't empty. `uses` counts the orders that hold or took it;
    the check constraint is what keeps it within `total`. A use of a person is told apart by
    `Order.coupon_turn`, from 1 to `per_person`.
    """

    __tablename__ = "coupons"
    __table_args__ = (
        CheckConstraint(
            "(cut = 'percent' AND amount BETWEEN 1 AND 99) OR (cut = 'stars' AND amount >= 1)"
            " OR (cut = 'free' AND amount = 0)",
            name="cut",
        ),
        CheckConstraint("uses >= 0 AND (total IS NULL OR uses <= total)", name="uses"),
        CheckConstraint("per_person >= 1", name="per_person"),
    )

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    batch: Mapped[str | None] = mapped_column(String(40), index=True)
    title: Mapped[Localised]
    cut: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int]
    items: Mapped[list[str]] = mapped_column(default=list)
    types: Mapped[list[str]] = mapped_column(default=list)
    brands: Mapped[list[str]] = mapped_column(default=list)
    # Only for those whom the catalogue named: what it said stays so when all of them are gone.
    listed: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int | None]
    per_person: Mapped[int] = mapped_column(default=1)
    uses: Mapped[int] = mapped_column(default=0)
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    updated_at: Mapped[datetime]


class CouponHolder(Base):
    """A person has a coupon: `named` in a catalogue, `kept` by themselves for what they buy."""

    __tablename__ = "coupon_holders"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(
        ForeignKey("coupons.code", ondelete="CASCADE"), primary_key=True, index=True
    )
    named: Mapped[bool] = mapped_column(default=False)
    kept: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime]


class Favourite(Base):
    """An item that a person marked with a heart, for themselves: it needs no consent."""

    __tablename__ = "favourites"

    user_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True)
    created_at: Mapped[datetime]
