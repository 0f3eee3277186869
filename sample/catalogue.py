"""The sample catalogue, read from YAML and laid out as arrays."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import yaml

from sample.people import TOPICS, Floats, Ints

Item: TypeAlias = Mapping[str, Any]
LOCAL = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY = 86400.0


def load_items(path: Path | None = None) -> list[dict[str, Any]]:
    """The items of a catalogue file, by default those of sample/items.yaml; one with slots also has
    the date of the first."""
    source = path or files("sample") / "items.yaml"
    items: list[dict[str, Any]] = yaml.safe_load(source.read_text(encoding="utf-8"))["items"]
    return [item | _first_date(item["slots"]) if "slots" in item else item for item in items]


def _first_date(slots: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """When an item with slots is had first, where, and how many it takes in all."""
    dates = ("starts_in_days", "at", "duration_minutes", "city", "location", "place")
    first = {name: slots[0][name] for name in dates if name in slots[0]}
    return first | {"capacity": sum(slot["capacity"] for slot in slots)}


def starts_at(item: Item, now: datetime) -> datetime | None:
    """When a dated item starts (UTC): `at`, on the local day `starts_in_days` after `now`."""
    if item.get("starts_in_days") is None:
        return None
    day = (now.astimezone(LOCAL) + timedelta(days=item["starts_in_days"])).date()
    return datetime.combine(day, time.fromisoformat(item["at"]), LOCAL).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Items as arrays. Times are seconds since the window's start, infinite where undated."""

    ids: list[str]
    types: list[str]
    topics: Floats  # items x topics, 1 where the item is about the topic
    cities: list[str | None]
    brand: Ints  # index into `brands`, -1 for none
    brands: list[str]
    price: Floats
    seats: list[float]  # how many bookings are let in, infinite without a capacity
    opens: Floats
    starts: Floats
    popularity: Floats
    courses: list[list[int]]  # for each topic, the courses about it

    @classmethod
    def of(
        cls, items: Sequence[Item], start: datetime, now: datetime, rng: np.random.Generator
    ) -> "Catalogue":
        """Raises ValueError for a topic that is not in `TOPICS`."""
        topics = np.zeros((len(items), len(TOPICS)))
        starts = np.full(len(items), np.inf)
        seats = []
        for i, item in enumerate(items):
            for topic in item["topics"]:
                if topic not in TOPICS:
                    raise ValueError(f"item {item['id']}: topic {topic!r} is none of {TOPICS}")
                topics[i, TOPICS.index(topic)] = 1
            begin = starts_at(item, now)
            capacity = item.get("capacity") or math.inf
            if begin is not None:
                starts[i] = (begin - start).total_seconds()
                capacity = capacity if begin < now else capacity / 2
            seats.append(capacity if math.isinf(capacity) else math.floor(capacity))
        named = [item["brand"]["en"] if item.get("brand") else None for item in items]
        brands = sorted({name for name in named if name})
        return cls(
            ids=[item["id"] for item in items],
            types=[item["type"] for item in items],
            topics=topics,
            cities=[item.get("city") for item in items],
            brand=np.array([brands.index(name) if name else -1 for name in named]),
            brands=brands,
            price=np.array([float(item["price_stars"]) for item in items]),
            seats=seats,
            opens=np.where(np.isinf(starts), -np.inf, starts - 60 * DAY),
            starts=starts,
            popularity=rng.lognormal(0.0, 0.8, len(items)),
            courses=[
                [i for i, item in enumerate(items) if item["type"] == "course" and topics[i, t]]
                for t in range(len(TOPICS))
            ],
        )
