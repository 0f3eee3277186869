"""Looking through the catalogue by what things are: filters over the assortment in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

import numpy as np

from services.clock import ZONE
from services.recommending.assortment import Assortment
from services.recommending.tags import TOPICS
from storage.models import ITEM_TYPES

Facet = Literal["type", "topic", "brand", "city", "when", "most"]
FACETS: tuple[Facet, ...] = get_args(Facet)
WHENS = ("week", "weekend", "month")
# Stars; the first is what is free.
PRICES = ("0", "50", "100", "200", "500")
# Of brands and cities the commonest.
MOST_OPTIONS = 24


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; "" of a facet is whatever there is. `brand` is a tag, `city` a name as
    the catalogue has it, `most` a price in Stars."""

    type: str = ""
    topic: str = ""
    brand: str = ""
    city: str = ""
    when: str = ""
    most: str = ""

    @property
    def chosen(self) -> list[Facet]:
        return [facet for facet in FACETS if getattr(self, facet)]

    def having(self, facet: Facet, value: str) -> "Filters":
        return replace(self, **{facet: value})

    def without(self, facet: Facet) -> "Filters":
        return self.having(facet, "")


def matching(assortment: Assortment, filters: Filters, now: datetime) -> np.ndarray:
    """bool [n]: on offer, and of all that is asked for."""
    which = assortment.on_offer(now)
    for facet in filters.chosen:
        which = which & _facet(assortment, facet, getattr(filters, facet), now)
    return which


def _facet(assortment: Assortment, facet: Facet, value: str, now: datetime) -> np.ndarray:
    if facet == "type":
        return assortment.of_type(value)
    if facet == "topic":
        return assortment.about(value)
    if facet == "brand":
        return assortment.of_brand(value)
    if facet == "city":
        return assortment.in_city(value, anywhere=False)
    if facet == "when":
        return assortment.between(*span(value, now))
    return np.asarray(assortment.prices <= int(value))


def options(
    assortment: Assortment, filters: Filters, facet: Facet, now: datetime
) -> list[tuple[str, int]]:
    """What else may be chosen of a facet, with how many things there would be, of those some."""
    which = matching(assortment, filters.without(facet), now)
    if facet == "type":
        return _counted(assortment.types[which], ITEM_TYPES)
    if facet in ("brand", "city"):
        of_brands = facet == "brand"
        numbers = (assortment.brands if of_brands else assortment.cities)[which]
        names = list(assortment.brand_names if of_brands else assortment.city_names)
        found = [(name, count) for name, count in _counted(numbers, names) if name]
        return sorted(found, key=lambda each: -each[1])[:MOST_OPTIONS]
    values: Sequence[str] = {"topic": TOPICS, "when": WHENS, "most": PRICES}[facet]
    counts = [
        (value, int(np.count_nonzero(which & _facet(assortment, facet, value, now))))
        for value in values
    ]
    return [(value, count) for value, count in counts if count]


def _counted(numbers: np.ndarray, names: Sequence[str]) -> list[tuple[str, int]]:
    counts = np.bincount(numbers, minlength=len(names)).tolist()
    return [(name, count) for name, count in zip(names, counts, strict=False) if count]


def span(when: str, now: datetime) -> tuple[datetime, datetime]:
    """From when until before when a time of the calendar lasts, where we are: what is left of this
    week or month, or the weekend, which may be today."""
    local = now.astimezone(ZONE)
    today = local.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today - timedelta(days=today.weekday())
    if when == "month":
        return now, (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if when == "weekend":
        return monday + timedelta(days=5), monday + timedelta(days=7)
    return now, monday + timedelta(days=7)
