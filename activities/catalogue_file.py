"""Catalogue files (YAML or CSV), checked whole before any row is written."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from activities import coupon_file
from activities.catalogue_parts import (
    LONGEST,
    Dated,
    SlotRow,
    exported,
    faults_of,
    location,
    told,
)
from activities.coupon_file import CouponRow
from activities.draw_rows import DrawRow
from activities.localised import Localised
from services.lengths import length
from storage.models import EVENT_TYPES, ITEM_TYPES, Coupon, Dealer, Item, Plan, Slot
from storage.models.membership import MOST_STARS

TEXTS = ("title", "summary", "description", "delivery", "brand", "place")
LOCALISED = (*TEXTS, "delivery_files")
_PARTS = ("items", "plans", "coupons", "dealers")
_EXPECTED = "expected a list, or `items:`, `plans:`, `coupons:` or `dealers:` with a list"

Row = TypeVar("Row", "ItemRow", "PlanRow", "DealerRow", CouponRow)


# More are no help to who has to choose.
MOST_SLOTS = 500
OWN_DATE = ("capacity", "starts_at", "starts_in_days", "at", "duration_minutes")


class CatalogueError(Exception):
    """The file can't be imported; the message lists every fault with its item."""


class PlanRow(BaseModel):
    """A membership of a file: its price is a month's, and opens `courses`, or all without any."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    title: Localised
    summary: Localised
    courses: list[str] = Field(default_factory=list)
    price_stars: int = Field(ge=1, le=MOST_STARS)
    active: bool = True


class DealerRow(BaseModel):
    """A dealership of a file, which items may name."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    name: Localised
    city: str | None = Field(None, max_length=64)
    brand: Localised | None = None


class ItemRow(Dated):
    """One item of a file. Its date is its own, or those of its `slots`; what the buyer receives is
    `delivery`, or stands in `delivery_files`, in the catalogue's folder."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    type: str
    title: Localised
    summary: Localised
    description: Localised
    delivery: Localised | None = None
    delivery_files: Localised | None = None
    brand: Localised | None = None
    # A file beside the catalogue, or an https address; "" takes the picture away.
    photo: str | None = Field(None, max_length=2000)
    dealer: str | None = Field(None, max_length=40)
    topics: list[str] = Field(default_factory=list)
    price_stars: int = Field(0, ge=0, le=100_000)
    capacity: int | None = Field(None, ge=0, le=1_000_000)
    slots: list[SlotRow] | None = Field(None, max_length=MOST_SLOTS)
    draw: DrawRow | None = None

    @model_validator(mode="after")
    def read_delivery(self, info: ValidationInfo) -> "ItemRow":
        if self.delivery_files is not None:
            if self.delivery is not None:
                raise ValueError("give `delivery` or `delivery_files`, not both")
            texts = {
                language: _text_in(info.context, name)
                for language, name in told(self.delivery_files)
            }
            self.delivery = Localised(**texts)
        return self

    @model_validator(mode="after")
    def known_type(self) -> "ItemRow":
        if self.type not in ITEM_TYPES:
            raise ValueError(f"type is {self.type!r}; it is one of {', '.join(ITEM_TYPES)}")
        for name, most in LONGEST.items():
            for language, text in told(getattr(self, name)):
                if (size := length(text)) > most:
                    raise ValueError(
                        f"{name}.{language} has {size} characters; a message holds {most}"
                    )
        if self.draw is not None and self.type != "draw":
            raise ValueError("only an item of type draw has a `draw`")
        if self.price_stars and self.delivery is None:
            raise ValueError("an item with a price needs `delivery`: what the buyer receives")
        return self

    @model_validator(mode="after")
    def dated_once(self) -> "ItemRow":
        if not self.slots:
            return self
        if self.type not in EVENT_TYPES:
            raise ValueError(f"only {', '.join(EVENT_TYPES)} have slots")
        if own := [name for name in OWN_DATE if getattr(self, name) is not None]:
            raise ValueError(f"its slots say when and how many: leave out {', '.join(own)}")
        return self

    def slot_columns(self, now: datetime) -> list[dict[str, Any]] | None:
        """Its slots; None where the file says nothing of any, so that they stay as they are."""
        if self.slots is None:
            dated = any(getattr(self, name) is not None for name in OWN_DATE)
            return [] if dated else None
        return [slot.columns(now) for slot in self.slots]

    def one_city(self) -> str | None:
        """Its own city, or the one that all its slots are in."""
        cities = {slot.city for slot in self.slots or ()}
        return self.city or (cities.pop() if len(cities) == 1 else None)


def _text_in(folder: Path | None, name: str) -> str:
    if folder is None:
        raise ValueError("files can't be read from here: write `delivery` instead")
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise ValueError(f"{name} lies outside the folder of the catalogue")
    try:
        text = file.read_bytes().decode("utf-8-sig").strip()
    except OSError as error:
        raise ValueError(f"{name} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{name} is not UTF-8 text: save it as UTF-8") from error
    if not text:
        raise ValueError(f"{name} is empty")
    return text


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows of the items table and of the plans table; the slots of those items of which the file
    says some, and the draws of items; the coupons; where the pictures of items are found; and rows
    of the dealers table."""

    items: list[dict[str, Any]]
    plans: list[dict[str, Any]] = field(default_factory=list)
    slots: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    draws: dict[str, DrawRow] = field(default_factory=dict)
    coupons: list[CouponRow] = field(default_factory=list)
    photos: dict[str, str] = field(default_factory=dict)
    dealers: list[dict[str, Any]] = field(default_factory=list)


def read(name: str, data: bytes, now: datetime, folder: Path | None = None) -> Catalogue:
    """A catalogue file's rows; `folder` is where the files lie that items name.

    Raises CatalogueError naming every fault.
    """
    listed, planned, cut, dealing = _rows(name, data)
    faults: list[str] = []
    rows, slots = [], {}
    draws: dict[str, DrawRow] = {}
    photos: dict[str, str] = {}
    for where, item in _checked(listed, "item", ItemRow, faults, folder):
        try:
            rows.append(_columns(item, now))
            times = item.slot_columns(now)
            draws |= {item.id: item.draw} if item.draw else {}
            photos |= {item.id: item.photo} if item.photo is not None else {}
        except (OverflowError, ValueError):
            faults.append(f"{where}: its date or length is out of range")
            continue
        if times is not None:
            slots[item.id] = times
            faults += [f"{where}: {fault}" for fault in faults_of(times)]
    plans = [
        plan.model_dump() | {"updated_at": now}
        for _, plan in _checked(planned, "plan", PlanRow, faults, folder)
    ]
    for plan in plans:
        for language, text in plan["title"].items():
            if length(text) > LONGEST["title"]:
                faults.append(f"plan ({plan['id']}): title.{language} is too long for a message")
    coupons = [row for _, row in _checked(cut, "coupon", CouponRow, faults, folder)]
    dealers = [
        dealer.model_dump() for _, dealer in _checked(dealing, "dealer", DealerRow, faults, folder)
    ]
    if faults:
        raise CatalogueError("Nothing was imported. Please mend:\n" + "\n".join(faults))
    if not (rows or plans or coupons or dealers):
        raise CatalogueError(f"{name} holds no items: {_EXPECTED}.")
    return Catalogue(rows, plans, slots, draws, coupons, photos, dealers)


def _checked(
    listed: Sequence[Mapping[str, Any]],
    kind: str,
    model: type[Row],
    faults: list[str],
    folder: Path | None,
) -> Iterator[tuple[str, Row]]:
    """Where each stands in its file, and what it says; what is wrong goes into `faults`."""
    seen = set()
    for number, fields in enumerate(listed, start=1):
        named = fields.get("id") or fields.get("code") or fields.get("batch") or "without id"
        where = f"{kind} {number} ({named})"
        try:
            row = model.model_validate(fields, context=folder)
        except ValidationError as error:
            for problem in error.errors():
                place = ".".join(str(part) for part in problem["loc"])
                faults.append(f"{where}: {place or kind}: {problem['msg']}")
            continue
        if row.id in seen:
            faults.append(f"{where}: the id is there twice")
        seen.add(row.id)
        yield where, row


def _rows(name: str, data: bytes) -> list[Sequence[Mapping[str, Any]]]:
    """What stands in the file, in the order of `_PARTS`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{name} is not UTF-8 text: save it as UTF-8.") from error
    if name.lower().endswith(".csv"):
        try:
            listed = [_unflatten(row) for row in csv.DictReader(io.StringIO(text))]
            return [listed, *([] for _ in _PARTS[1:])]
        except csv.Error as error:
            raise CatalogueError(f"{name} is not valid CSV: {error}") from error
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
        raise CatalogueError(f"{name} is not valid YAML: {error}") from error
    parts: dict[str, Any] = content if isinstance(content, dict) else {"items": content}
    lacking: list[Any] | None = [] if set(_PARTS) & set(parts) else None
    found: list[Any] = [parts.get(part, lacking) for part in _PARTS]
    for some in found:
        if not isinstance(some, list) or not all(isinstance(row, dict) for row in some):
            raise CatalogueError(f"{name} holds no items: {_EXPECTED}.")
    return found


def _unflatten(row: Mapping[str | None, Any]) -> dict[str, Any]:
    """CSV columns such as title.zh to nested fields; an empty cell is an absent field."""
    fields: dict[str, Any] = {}
    for column, cell in row.items():
        if not cell:
            continue
        if column is None:
            # Cells beyond the header: a name that no item has, so that it is told as a fault.
            fields["more cells than columns"] = cell
            continue
        name, _, language = column.partition(".")
        if (name in LOCALISED or name == "location") and language:
            texts = fields.setdefault(name, {})
            if isinstance(texts, dict):
                texts[language] = cell
        else:
            fields[column] = cell.split() if column == "topics" else cell
    return fields


def _columns(item: ItemRow, now: datetime) -> dict[str, Any]:
    texts = {name: value.model_dump() if value else None for name, value in item if name in TEXTS}
    return (
        texts
        | item.when_and_where(now)
        | {
            "id": item.id,
            "type": item.type,
            "city": item.one_city(),
            "dealer_id": item.dealer,
            "topics": item.topics,
            "price_stars": item.price_stars,
            "capacity": item.capacity,
            "updated_at": now,
        }
    )


def write(
    items: Sequence[Item],
    plans: Sequence[Plan] = (),
    slots: Mapping[str, Sequence[Slot]] | None = None,
    draws: Mapping[str, dict[str, Any]] | None = None,
    coupons: Sequence[Coupon] = (),
    named: Mapping[str, Sequence[int]] | None = None,
    dealers: Sequence[Dealer] = (),
) -> str:
    """The catalogue as YAML that `read` takes; `slots` and `draws` by item, `named` are the people
    of coupons that are for some alone."""
    rows = []
    for item in items:
        times = [exported(slot) for slot in (slots or {}).get(item.id, ())]
        length = item.ends_at - item.starts_at if item.ends_at and item.starts_at else None
        fields = {
            "id": item.id,
            "type": item.type,
            **{name: getattr(item, name) for name in TEXTS},
            "city": item.city,
            "dealer": item.dealer_id,
            "location": location(item.latitude, item.longitude),
            "topics": item.topics,
            "price_stars": item.price_stars,
            "capacity": item.capacity,
            "starts_at": item.starts_at and item.starts_at.isoformat(),
            "duration_minutes": length and int(length.total_seconds() // 60),
            "active": item.active,
            "draw": (draws or {}).get(item.id),
        }
        if times:
            fields |= dict.fromkeys(OWN_DATE) | {"slots": times}
        rows.append({name: value for name, value in fields.items() if value is not None})
    # Through JSON, so that no shared text becomes an alias in the YAML.
    monthly = [{name: getattr(plan, name) for name in PlanRow.model_fields} for plan in plans]
    dealing = [
        {k: v for k in DealerRow.model_fields if (v := getattr(dealer, k)) is not None}
        for dealer in dealers
    ]
    cut = [row for one in coupons if (row := coupon_file.written(one, named or {})) is not None]
    others = {"plans": monthly, "coupons": cut, "dealers": dealing}
    whole = {"items": rows} | {part: some for part, some in others.items() if some}
    plain = json.loads(json.dumps(whole))
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)
