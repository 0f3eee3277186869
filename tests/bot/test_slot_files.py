"""Slots in catalogue files: brought in whole or not at all, and written out again."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import Result

from activities.catalogue_file import CatalogueError, read
from services.clock import ZONE
from storage.database import Database
from storage.models import Booking, Item, Slot
from storage.repositories import bookings, users
from tests.bot.acts import rows
from tests.bot.command_line import Run
from tests.storage.rows import NOW, user

TEXT = {"zh": "……", "en": "…"}
DRIVE = {
    "id": "drive-a",
    "type": "test_drive",
    "title": {"zh": "试驾", "en": "A drive"},
    "summary": TEXT,
    "description": TEXT,
    "city": "上海",
}


def file(*slots: dict[str, Any], **changes: Any) -> bytes:
    return yaml.safe_dump([DRIVE | {"slots": list(slots)} | changes]).encode()


def slot(days: int = 3, **changes: Any) -> dict[str, Any]:
    return {"starts_in_days": days, "at": "10:00", "capacity": 2} | changes


def test_a_slot_has_its_own_date_place_and_room() -> None:
    place = {"zh": "湖滨", "en": "Lakeside"}
    second = slot(4, id="b", city="杭州", place=place, duration_minutes=90)
    found = read("a.yaml", file(slot(), second), NOW)
    (first, other) = found.slots["drive-a"]
    assert first["starts_at"].astimezone(ZONE).strftime("%d %H:%M") == "27 10:00"
    assert (other["name"], other["city"], other["place"]) == ("b", "杭州", place)
    assert other["ends_at"] - other["starts_at"] == timedelta(minutes=90)
    assert found.items[0]["starts_at"] is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (file(slot(), slot()), "two slots start at 2026-11-27 10:00: give each an `id`"),
        (file(slot(id="x"), slot(4, id="x")), "the slot id x is there twice"),
        (file({"capacity": 2}), "a slot needs `starts_at`, or `starts_in_days` and `at`"),
        (file({"starts_in_days": 1}), "slots.0.capacity: Field required"),
        (file(slot(capacity=0)), "slots.0.capacity: Input should be greater than or equal to 1"),
        (file(slot(starts_in_days=1e12)), "its date or length is out of range"),
        (file(slot(at=600)), 'write the time in quotes, "19:30"'),
        (file(slot(seats=3)), "slots.0.seats: Extra inputs are not permitted"),
        (file(slot(), capacity=9), "its slots say when and how many: leave out capacity"),
        (file(slot(), type="course"), "only live, salon, test_drive have slots"),
        (file(slots="soon"), "slots: Input should be a valid list"),
    ],
)
def test_what_is_wrong_with_slots_is_told(data: bytes, told: str) -> None:
    with pytest.raises(CatalogueError) as error:
        read("a.yaml", data, NOW)
    assert told in str(error.value)


async def test_what_is_taken_off_is_told_and_comes_back_as_it_was_written(
    run: Run, tmp_path: Path
) -> None:
    async def called(*arguments: object) -> Result:
        return await asyncio.to_thread(run, "catalog", *arguments)

    catalogue = tmp_path / "a.yaml"
    start = (datetime.now(UTC) + timedelta(days=5)).replace(microsecond=0)
    early = {"id": "a", "starts_at": start.isoformat(), "capacity": 2, "duration_minutes": 60}
    late = early | {"id": "b", "starts_at": (start + timedelta(days=1)).isoformat()}
    catalogue.write_bytes(file(early, late))
    assert "2 slots imported" in (await called("import", catalogue)).stdout
    exported = yaml.safe_load((await called("export")).stdout)["items"]
    assert exported[0]["slots"] == [early, late]
    assert "capacity" not in exported[0]
    catalogue.write_text(yaml.safe_dump(exported))
    assert (await called("import", catalogue)).exit_code == 0
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/var/chezhi.db")
    (first, second) = sorted(await rows(database, Slot), key=lambda one: one.starts_at)
    async with database.write() as session:
        await users.save(session, [user(1), user(2)])
        for n in (1, 2):
            assert (
                await bookings.book(
                    session, n, "drive-a", start - timedelta(days=2), slot_id=first.id
                )
                == "booked"
            )
    # Fewer seats than are booked: nothing is changed.
    catalogue.write_bytes(file(early | {"capacity": 1}, late))
    refused = await called("import", catalogue)
    assert refused.exit_code == 1
    assert "capacity is 1, and 2 seats are taken already" in refused.stderr
    # Said nothing of, they stay; left out, they are taken off.
    catalogue.write_text(yaml.safe_dump([DRIVE]))
    assert (await called("import", catalogue)).exit_code == 0
    assert [one.active for one in await rows(database, Slot)] == [True, True]
    catalogue.write_bytes(file(late))
    told = (await called("import", catalogue)).stdout
    assert "2 bookings are of what was taken off" in told
    (item,) = await rows(database, Item)
    assert (item.capacity, item.seats_taken, item.starts_at) == (2, 0, second.starts_at)
    assert {one.status for one in await rows(database, Booking)} == {"booked"}, "the bot's to do"
    await database.close()
