"""Bringing a catalogue file into the database, in one transaction with what its changes mean to
those who booked."""

from datetime import datetime

from activities.catalogue_file import Catalogue
from activities.draws import open_draw
from storage.database import Database
from storage.repositories import changes, items, memberships, slots
from storage.repositories.changes import Changes


async def bring_in(database: Database, catalogue: Catalogue, now: datetime) -> Changes:
    """Saves items, their slots, plans and draws. Returns what is told to those who booked.

    Raises SeatsTaken, StillBooked, UnknownCourses or NoDraw, and saves nothing then.
    """
    ids = sorted(row["id"] for row in catalogue.items)
    async with database.write() as session:
        await items.save(session, catalogue.items)
        await slots.save(session, catalogue.slots, now)
        for item_id in await slots.with_slots(session, ids):
            if item_id not in catalogue.slots:
                await slots.follow(session, item_id, now)
        await memberships.save_plans(session, catalogue.plans)
        for item_id, row in catalogue.draws.items():
            await open_draw(session, item_id, row, now)
        return await changes.note(session, ids, now)
