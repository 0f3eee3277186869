"""Catalogue files (YAML or CSV), checked whole before any row is written."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from services.clock import ZONE
from services.lengths import length
from storage.models import ITEM_TYPES, Dealer, Item, Plan
from storage.models.membership import MOST_STARS

TEXTS = ("title", "summary", "description", "delivery", "brand", "place")
LOCALISED = (*TEXTS, "delivery_files")
_EXPECTED = "expected a list, or `items:`, `plans:` or `dealers:` with a list"

# In UTF-16 units, as Telegram counts: what a message of 4096 leaves beside what else stands in it.
# A digital item's delivery is paged when it is opened.
LONGEST = {"title": 200, "summary": 800, "description": 3000, "brand": 100, "place": 300}


Row = TypeVar("Row", "ItemRow", "PlanRow", "DealerRow")


class CatalogueError(Exception):
    """The file can't be imported; the message lists every fault with its item."""


class Localised(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


def _told(text: Localised | None) -> list[tuple[str, str]]:
    return [] if text is None else [("zh", text.zh), ("en", text.en)]


class Location(BaseModel):
    """Degrees, as maps have them."""

    model_config = ConfigDict(extra="forbid")
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


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


class ItemRow(BaseModel):
    """One item of a file. Its date is `starts_at`, or `starts_in_days` after the import, `at`; what
    the buyer receives is `delivery`, or stands in `delivery_files`, in the catalogue's folder."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    type: str
    title: Localised
    summary: Localised
    description: Localised
    delivery: Localised | None = None
    delivery_files: Localised | None = None
    brand: Localised | None = None
    place: Localised | None = None
    city: str | None = Field(None, max_length=64)
    dealer: str | None = Field(None, max_length=40)
    location: Location | None = None
    topics: list[str] = Field(default_factory=list)
    price_stars: int = Field(0, ge=0, le=100_000)
    capacity: int | None = Field(None, ge=0, le=1_000_000)
    starts_at: AwareDatetime | None = None
    starts_in_days: float | None = None
    at: time | None = None
    duration_minutes: int | None = Field(None, gt=0)
    active: bool = True

    @field_validator("at", mode="before")
    @classmethod
    def quoted_time(cls, value: object) -> object:
        if isinstance(value, int | float):
            raise ValueError('write the time in quotes, "19:30": without them YAML reads a number')
        return value

    @model_validator(mode="after")
    def read_delivery(self, info: ValidationInfo) -> "ItemRow":
        if self.delivery_files is not None:
            if self.delivery is not None:
                raise ValueError("give `delivery` or `delivery_files`, not both")
            texts = {
                language: _text_in(info.context, name)
                for language, name in _told(self.delivery_files)
            }
            self.delivery = Localised(**texts)
        return self

    @model_validator(mode="after")
    def known_type(self) -> "ItemRow":
        if self.type not in ITEM_TYPES:
            raise ValueError(f"type is {self.type!r}; it is one of {', '.join(ITEM_TYPES)}")
        for name, most in LONGEST.items():
            for language, text in _told(getattr(self, name)):
                if (size := length(text)) > most:
                    raise ValueError(
                        f"{name}.{language} has {size} characters; a message holds {most}"
                    )
        if self.price_stars and self.delivery is None:
            raise ValueError("an item with a price needs `delivery`: what the buyer receives")
        return self

    def start(self, now: datetime) -> datetime | None:
        if self.starts_at is not None or self.starts_in_days is None:
            return self.starts_at and self.starts_at.astimezone(UTC)
        day = (now.astimezone(ZONE) + timedelta(days=self.starts_in_days)).date()
        return datetime.combine(day, self.at or time(), ZONE).astimezone(UTC)


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


class Catalogue(NamedTuple):
    """Rows of the items table, of the plans table and of the dealers table."""

    items: list[dict[str, Any]]
    plans: list[dict[str, Any]]
    dealers: list[dict[str, Any]]


def read(name: str, data: bytes, now: datetime, folder: Path | None = None) -> Catalogue:
    """A catalogue file's rows; `folder` is where the files lie that items name.

    Raises CatalogueError naming every fault.
    """
    listed, planned, dealing = _rows(name, data)
    faults: list[str] = []
    rows = []
    for where, item in _checked(listed, "item", ItemRow, faults, folder):
        try:
            rows.append(_columns(item, now))
        except (OverflowError, ValueError):
            faults.append(f"{where}: its date or length is out of range")
    plans = [
        plan.model_dump() | {"updated_at": now}
        for _, plan in _checked(planned, "plan", PlanRow, faults, folder)
    ]
    for plan in plans:
        for language, text in plan["title"].items():
            if length(text) > LONGEST["title"]:
                faults.append(f"plan ({plan['id']}): title.{language} is too long for a message")
    dealers = [
        dealer.model_dump() for _, dealer in _checked(dealing, "dealer", DealerRow, faults, folder)
    ]
    if faults:
        raise CatalogueError("Nothing was imported. Please mend:\n" + "\n".join(faults))
    if not rows and not plans and not dealers:
        raise CatalogueError(f"{name} holds no items: {_EXPECTED}.")
    return Catalogue(rows, plans, dealers)


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
        where = f"{kind} {number} ({fields.get('id', 'without id')})"
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


def _rows(name: str, data: bytes) -> tuple[Sequence[Mapping[str, Any]], ...]:
    """Items, plans and dealers as they stand in the file."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogueError(f"{name} is not UTF-8 text: save it as UTF-8.") from error
    if name.lower().endswith(".csv"):
        try:
            return [_unflatten(row) for row in csv.DictReader(io.StringIO(text))], [], []
        except csv.Error as error:
            raise CatalogueError(f"{name} is not valid CSV: {error}") from error
    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2026-13-45
        raise CatalogueError(f"{name} is not valid YAML: {error}") from error
    parts: dict[str, Any] = content if isinstance(content, dict) else {"items": content}
    others = "plans" in parts or "dealers" in parts
    listed: Any = parts.get("items", [] if others else None)
    planned: Any = parts.get("plans", [])
    dealing: Any = parts.get("dealers", [])
    for some in (listed, planned, dealing):
        if not isinstance(some, list) or not all(isinstance(row, dict) for row in some):
            raise CatalogueError(f"{name} holds no items: {_EXPECTED}.")
    return listed, planned, dealing


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
    starts_at = item.start(now)
    length = timedelta(minutes=item.duration_minutes or 0)
    texts = {name: value.model_dump() if value else None for name, value in item if name in TEXTS}
    return texts | {
        "id": item.id,
        "type": item.type,
        "city": item.city,
        "dealer_id": item.dealer,
        "latitude": item.location.latitude if item.location else None,
        "longitude": item.location.longitude if item.location else None,
        "topics": item.topics,
        "price_stars": item.price_stars,
        "capacity": item.capacity,
        "starts_at": starts_at,
        "ends_at": starts_at + length if starts_at and length else None,
        "active": item.active,
        "updated_at": now,
    }


def _location(item: Item) -> dict[str, float] | None:
    if item.latitude is None or item.longitude is None:
        return None
    return {"latitude": item.latitude, "longitude": item.longitude}


def write(items: Sequence[Item], plans: Sequence[Plan] = (), dealers: Sequence[Dealer] = ()) -> str:
    """The catalogue as YAML that `read` takes."""
    rows = []
    for item in items:
        length = item.ends_at - item.starts_at if item.ends_at and item.starts_at else None
        fields = {
            "id": item.id,
            "type": item.type,
            **{name: getattr(item, name) for name in TEXTS},
            "city": item.city,
            "dealer": item.dealer_id,
            "location": _location(item),
            "topics": item.topics,
            "price_stars": item.price_stars,
            "capacity": item.capacity,
            "starts_at": item.starts_at and item.starts_at.isoformat(),
            "duration_minutes": length and int(length.total_seconds() // 60),
            "active": item.active,
        }
        rows.append({name: value for name, value in fields.items() if value is not None})
    # Through JSON, so that no shared text becomes an alias in the YAML.
    monthly = [{name: getattr(plan, name) for name in PlanRow.model_fields} for plan in plans]
    dealing = [
        {k: v for k in DealerRow.model_fields if (v := getattr(dealer, k)) is not None}
        for dealer in dealers
    ]
    whole = {"items": rows} | ({"plans": monthly} if monthly else {})
    plain = json.loads(json.dumps(whole | ({"dealers": dealing} if dealing else {})))
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)
