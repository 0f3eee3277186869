"""The catalogue in memory follows the database, whichever process changes it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.recommending.assortment import Assortment
from storage.database import Database
from storage.repositories import items
from tests.storage import rows

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    other = Database(database_url)
    yield other
    await other.close()


def item(item_id: str, type_: str) -> dict[str, Any]:
    free = {"price_stars": 0, "capacity": None, "starts_at": None}
    return rows.item(item_id, type=type_, **free)


async def save(database: Database, *wanted: dict[str, Any]) -> None:
    async with database.write() as session:
        await items.save(session, wanted)


async def followed(assortment: Assortment, database: Database) -> Assortment:
    assortment.take_in(await database.together(assortment.changes))
    return assortment


def offered(assortment: Assortment) -> list[str]:
    which = assortment.on_offer(NOW) & assortment.has_room()
    return assortment.page(which, 0, 100)


async def test_changes_of_any_process_count_at_once(database: Database, other: Database) -> None:
    seen = Assortment()
    course, talk = item("a-course", "course"), item("b-talk", "live")
    talk |= {"capacity": 1, "starts_at": NOW + timedelta(days=1)}
    await save(other, course, talk)
    assert offered(await followed(seen, database)) == ["a-course", "b-talk"]
    assert set(seen.unread) == {0, 1}
    seen.unread.clear()

    async with other.write() as session:
        assert await items.take_seat(session, "b-talk", NOW)
    assert offered(await followed(seen, database)) == ["a-course"]
    async with other.write() as session:
        await items.free_seat(session, "b-talk")
    await save(other, course | {"price_stars": 77})
    assert offered(await followed(seen, database)) == ["a-course", "b-talk"]
    assert seen.prices.tolist() == [77, 0]
    assert seen.repriced > 0
    assert not seen.unread, "what items say of themselves is the same"

    await save(other, course | {"title": {"zh": "新的", "en": "New"}})
    await followed(seen, database)
    assert list(seen.unread) == [0]
    assert "新的" in seen.unread[0]
    await save(other, talk | {"starts_at": NOW - timedelta(days=1)}, item("c-book", "book"))
    assert offered(await followed(seen, database)) == ["a-course", "c-book"]
    await save(other, course | {"active": False})
    assert offered(await followed(seen, database)) == ["c-book"]
    assert not seen.of_type("nonsense").any()


async def test_nothing_is_read_where_nothing_changed(database: Database) -> None:
    await save(database, *(item(f"item-{n}", "course") for n in range(50)))
    seen = await followed(Assortment(), database)
    await save(database, item("item-7", "course") | {"price_stars": 5})
    _, changed = await database.together(seen.changes)
    assert [one.id for one in changed] == ["item-7"]
    await followed(seen, database)
    _, changed = await database.together(seen.changes)
    # PostgreSQL tells what the last transactions changed once more.
    assert [one.id for one in changed] in ([], ["item-7"])


async def test_a_transaction_that_ends_late_is_not_missed(
    database: Database, other: Database
) -> None:
    """It began first, and its number is lower than that of the one that was seen before it."""
    if database.is_sqlite:
        return  # has one writer at a time
    await save(database, item("early", "course"), item("late", "course"))
    seen = await followed(Assortment(), database)
    async with other.write() as slow:
        await slow.execute(text("UPDATE items SET price_stars = 9 WHERE id = 'late'"))
        await save(database, item("early", "course") | {"price_stars": 3})
        assert (await followed(seen, database)).prices.tolist() == [3, 0]
    assert (await followed(seen, database)).prices.tolist() == [3, 9]


async def test_who_read_earlier_and_comes_later_changes_nothing_back(database: Database) -> None:
    await save(database, item("one", "course"))
    seen = Assortment()
    early = await database.together(seen.changes)
    await save(database, item("one", "course") | {"price_stars": 5})
    await followed(seen, database)
    seen.take_in(early)
    assert seen.prices.tolist() == [5]


async def test_reads_that_run_together_may_not_wait_for_anything_else(database: Database) -> None:
    async def reads(session: Any) -> None:
        await asyncio.sleep(0)

    if database.is_sqlite:
        with pytest.raises(RuntimeError, match="wait for nothing"):
            await database.together(reads)
