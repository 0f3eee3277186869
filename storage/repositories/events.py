"""When and where something takes place: of a slot, or of an item that has none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import Item, Localised, Slot

# How long something is taken to last that says nothing of it.
LASTS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Event:
    """An item at one of its times. A slot without a place of its own has the item's."""

    item: Item
    slot: Slot | None = None

    @property
    def starts_at(self) -> datetime | None:
        return self.slot.starts_at if self.slot else self.item.starts_at

    @property
    def ends_at(self) -> datetime | None:
        own = self.slot.ends_at if self.slot else self.item.ends_at
        return own or (self.starts_at and self.starts_at + LASTS)

    @property
    def city(self) -> str | None:
        return self.slot.city if self.slot and self._has_place else self.item.city

    @property
    def place(self) -> Localised | None:
        return self.slot.place if self.slot and self._has_place else self.item.place

    @property
    def at(self) -> tuple[float, float] | None:
        """Latitude and longitude."""
        of = self.slot if self.slot and self._has_place else self.item
        if of.latitude is None or of.longitude is None:
            return None
        return of.latitude, of.longitude

    @property
    def active(self) -> bool:
        return self.item.active and (self.slot is None or self.slot.active)

    @property
    def capacity(self) -> int | None:
        return self.slot.capacity if self.slot else self.item.capacity

    @property
    def seats_left(self) -> int | None:
        """None where there is no end of seats."""
        if self.capacity is None:
            return None
        return max(self.capacity - (self.slot or self.item).seats_taken, 0)

    def begun(self, now: datetime) -> bool:
        return self.starts_at is not None and self.starts_at <= now

    def on_offer(self, now: datetime) -> bool:
        return self.active and not self.begun(now)

    def told(self) -> dict[str, Any]:
        """What a booking keeps of when and where, ready for JSON."""
        return {
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "city": self.city,
            "place": self.place,
        }

    @property
    def _has_place(self) -> bool:
        slot = self.slot
        return slot is not None and (slot.city or slot.place) is not None


def told_start(told: Mapping[str, Any]) -> datetime | None:
    """The start that a booking's `told` has."""
    return datetime.fromisoformat(told["starts_at"]) if told.get("starts_at") else None


async def get(session: AsyncSession, item_id: str, slot_id: int | None) -> Event | None:
    """None for an item that there isn't, or a slot that isn't one of its."""
    if slot_id is None:
        item = await session.get(Item, item_id)
        return None if item is None else Event(item)
    query = select(Item, Slot).join(Slot, Slot.item_id == Item.id)
    both = (
        await session.execute(query.where(Item.id == item_id, Slot.id == slot_id))
    ).one_or_none()
    return None if both is None else Event(*both)
