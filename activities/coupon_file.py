"""The coupons of a catalogue file, in and out."""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    field_validator,
    model_validator,
)
from sqlalchemy.ext.asyncio import AsyncSession

from activities.localised import Localised
from services.lengths import length
from storage.models import CUTS, ITEM_TYPES, Coupon
from storage.repositories import coupons

# A code fits on a button, and into a link: t.me/bot?start=c_CODE.
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,31}")
# Without what is taken for one another: 0 and O, 1 and I and L.
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
RANDOM, LONGEST_TITLE, MOST = 8, 100, 10_000


class CouponRow(BaseModel):
    """A coupon of a file, or without `code` a `batch` of `count` such whose codes are made once. It
    takes off `percent`, `stars`, or all (`free`)."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = None
    batch: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9-]{0,22}$")
    count: int | None = Field(None, ge=1, le=MOST)
    title: Localised
    percent: int | None = Field(None, ge=1, le=99)
    stars: int | None = Field(None, ge=1, le=100_000)
    free: bool = False
    items: list[str] = Field(default_factory=list)
    types: list[str] = Field(default_factory=list)
    brands: list[str] = Field(default_factory=list)
    users: list[StrictInt] | None = Field(None, min_length=1, max_length=MOST)
    total: int | None = Field(None, ge=0, le=10_000_000)
    per_person: int = Field(1, ge=1, le=100)
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    active: bool = True

    @property
    def id(self) -> str:
        return self.code or f"batch {self.batch}"

    @field_validator("code", mode="before")
    @classmethod
    def code_of_letters(cls, value: object) -> object:
        if isinstance(value, int | float | bool):
            raise ValueError('write the code in quotes, "2026": YAML reads a number without them')
        return value.strip().upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def one_rule(self) -> "CouponRow":
        if self.code is None and self.batch is None:
            raise ValueError("give `code`, or `batch` for codes that are made")
        if self.code is not None and not CODE.fullmatch(self.code):
            raise ValueError("code has 3 to 32 letters A to Z, digits and hyphens")
        if self.code is not None and self.count is not None:
            raise ValueError("`count` goes with `batch`: one code is one coupon")
        if (self.percent is not None) + (self.stars is not None) + self.free != 1:
            raise ValueError("give one of `percent` (1 to 99), `stars` and `free: true`")
        if unknown := sorted(set(self.types) - set(ITEM_TYPES)):
            raise ValueError(f"types has {', '.join(unknown)}; they are {', '.join(ITEM_TYPES)}")
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until is not after valid_from")
        for language, text in (("zh", self.title.zh), ("en", self.title.en)):
            if length(text) > LONGEST_TITLE:
                raise ValueError(f"title.{language} has more than {LONGEST_TITLE} characters")
        return self


def _columns(row: CouponRow, now: datetime) -> dict[str, Any]:
    cut = "free" if row.free else "stars" if row.stars is not None else "percent"
    # One person uses a code that was made for one, if nothing else is said.
    alone = 1 if row.code is None and row.total is None else row.total
    return {
        "batch": row.batch,
        "title": row.title.model_dump(),
        "cut": cut,
        "amount": row.stars or row.percent or 0,
        "items": row.items,
        "types": row.types,
        "brands": row.brands,
        "listed": row.users is not None,
        "total": alone,
        "per_person": row.per_person,
        "valid_from": row.valid_from and row.valid_from.astimezone(UTC),
        "valid_until": row.valid_until and row.valid_until.astimezone(UTC),
        "active": row.active,
        "updated_at": now,
    }


async def save(session: AsyncSession, rows: Sequence[CouponRow], now: datetime) -> int:
    """Adds coupons or overwrites those with the same code; of a batch only the codes are made that
    it lacks. Returns how many there are of all these. Raises coupons.Faults, and saves nothing."""
    columns: list[dict[str, Any]] = []
    named: dict[str, Collection[int]] = {}
    for row in rows:
        for code in [row.code] if row.code else await _codes(session, row):
            columns.append({"code": code} | _columns(row, now))
            if row.users is not None:
                named[code] = set(row.users)
    await coupons.save(session, columns, named, now)
    return len(columns)


async def _codes(session: AsyncSession, row: CouponRow) -> list[str]:
    codes = list(await coupons.codes_of(session, row.batch or ""))
    made = set(codes)
    while len(made) < (row.count or 1):
        end = "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
        made.add(f"{(row.batch or '').upper()}-{end}")
    return sorted(made)


def written(coupon: Coupon, named: Mapping[str, Sequence[int]]) -> dict[str, Any] | None:
    """A coupon as a file has it. None where all whom it was for are gone: a file could only give
    it to everybody."""
    if coupon.listed and coupon.code not in named:
        return None
    fields: dict[str, Any] = {
        "code": coupon.code,
        "batch": coupon.batch,
        "title": coupon.title,
        **{cut: coupon.amount for cut in CUTS if cut == coupon.cut and cut != "free"},
        "free": True if coupon.cut == "free" else None,
        "items": coupon.items or None,
        "types": coupon.types or None,
        "brands": coupon.brands or None,
        "users": named.get(coupon.code) if coupon.listed else None,
        "total": coupon.total,
        "per_person": coupon.per_person,
        "valid_from": coupon.valid_from and coupon.valid_from.isoformat(),
        "valid_until": coupon.valid_until and coupon.valid_until.isoformat(),
        "active": coupon.active,
    }
    return {name: value for name, value in fields.items() if value is not None}
