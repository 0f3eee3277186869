"""What rows of catalogue files are made of: texts in both languages, places, dates, slots."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from activities.localised import Localised
from services.clock import ZONE
from services.lengths import length
from storage.models import Slot

# In UTF-16 units, as Telegram counts: what a message of 4096 leaves beside what else stands in it.
# A digital item's delivery is paged when it is opened.
LONGEST = {"title": 200, "summary": 800, "description": 3000, "brand": 100, "place": 300}


def told(text: Localised | None) -> list[tuple[str, str]]:
    return [] if text is None else [("zh", text.zh), ("en", text.en)]


class Location(BaseModel):
    """Degrees, as maps have them."""

    model_config = ConfigDict(extra="forbid")
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Dated(BaseModel):
    """When and where something is: `starts_at`, or `starts_in_days` after the import, `at`."""

    model_config = ConfigDict(extra="forbid")

    place: Localised | None = None
    city: str | None = Field(None, max_length=64)
    location: Location | None = None
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

    def start(self, now: datetime) -> datetime | None:
        if self.starts_at is not None or self.starts_in_days is None:
            return self.starts_at and self.starts_at.astimezone(UTC)
        day = (now.astimezone(ZONE) + timedelta(days=self.starts_in_days)).date()
        return datetime.combine(day, self.at or time(), ZONE).astimezone(UTC)

    def when_and_where(self, now: datetime) -> dict[str, Any]:
        """Columns. Raises OverflowError or ValueError for a date that no calendar has."""
        starts_at = self.start(now)
        lasts = timedelta(minutes=self.duration_minutes or 0)
        return {
            "city": self.city,
            "place": self.place.model_dump() if self.place else None,
            "latitude": self.location.latitude if self.location else None,
            "longitude": self.location.longitude if self.location else None,
            "starts_at": starts_at,
            "ends_at": starts_at + lasts if starts_at and lasts else None,
            "active": self.active,
        }


class SlotRow(Dated):
    """One time of an item. `id` tells it again when its time has changed."""

    id: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")
    capacity: int = Field(ge=1, le=1_000_000)

    @model_validator(mode="after")
    def has_a_date(self) -> "SlotRow":
        if self.starts_at is None and self.starts_in_days is None:
            raise ValueError("a slot needs `starts_at`, or `starts_in_days` and `at`")
        for language, text in told(self.place):
            if (size := length(text)) > LONGEST["place"]:
                raise ValueError(
                    f"place.{language} has {size} characters; a message holds {LONGEST['place']}"
                )
        return self

    def columns(self, now: datetime) -> dict[str, Any]:
        return self.when_and_where(now) | {"name": self.id, "capacity": self.capacity}


def faults_of(slots: Sequence[Mapping[str, Any]]) -> list[str]:
    """What keeps an item's slots (as columns) from being told apart."""
    names = [slot["name"] for slot in slots if slot["name"] is not None]
    starts = [slot["starts_at"] for slot in slots if slot["name"] is None]
    found = [
        f"the slot id {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1
    ]
    return found + [
        f"two slots start at {start.astimezone(ZONE):%Y-%m-%d %H:%M}: give each an `id`"
        for start in sorted(set(starts))
        if starts.count(start) > 1
    ]


def exported(slot: Slot) -> dict[str, Any]:
    """A slot as a file has it."""
    lasts = slot.ends_at - slot.starts_at if slot.ends_at else None
    fields = {
        "id": slot.name,
        "starts_at": slot.starts_at.isoformat(),
        "duration_minutes": lasts and int(lasts.total_seconds() // 60),
        "capacity": slot.capacity,
        "city": slot.city,
        "place": slot.place,
        "location": location(slot.latitude, slot.longitude),
    }
    return {name: value for name, value in fields.items() if value is not None}


def location(latitude: float | None, longitude: float | None) -> dict[str, float] | None:
    if latitude is None or longitude is None:
        return None
    return {"latitude": latitude, "longitude": longitude}
