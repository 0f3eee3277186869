"""Bringing a catalogue file into the database, in one transaction with what its changes mean to
those who booked."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from activities import coupon_file
from activities.catalogue_file import Catalogue
from activities.draws import open_draw
from activities.photos import Picture
from storage.database import Database
from storage.repositories import changes, dealers, items, memberships, photos, slots
from storage.repositories.changes import Changes


class Brought(NamedTuple):
    """What is told to those who booked, and how many coupons and pictures are kept."""

    changes: Changes
    coupons: int
    photos: int


async def bring_in(
    database: Database,
    catalogue: Catalogue,
    now: datetime,
    pictures: Mapping[str, Picture | None] | None = None,
) -> Brought:
    """Saves items, their dealers, slots, plans, draws, coupons, and the pictures that were loaded.

    Raises SeatsTaken, StillBooked, UnknownCourses, UnknownDealers, NoDraw or coupons.Faults, and
    saves nothing then.
    """
    ids = sorted(row["id"] for row in catalogue.items)
    async with database.write() as session:
        of_items = {row["id"]: row.get("dealer_id") for row in catalogue.items}
        await dealers.save(session, catalogue.dealers, of_items)
        await items.save(session, catalogue.items)
        await slots.save(session, catalogue.slots, now)
        for item_id in await slots.with_slots(session, ids):
            if item_id not in catalogue.slots:
                await slots.follow(session, item_id, now)
        await memberships.save_plans(session, catalogue.plans)
        for item_id, row in catalogue.draws.items():
            await open_draw(session, item_id, row, now)
        pictured = await photos.save(session, pictures or {})
        cut = await coupon_file.save(session, catalogue.coupons, now)
        return Brought(await changes.note(session, ids, now), cut, pictured)
