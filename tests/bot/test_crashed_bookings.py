"""Killed between hold and confirm, and between offer and answer: nothing is lost or given twice."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from activities.catalogue_file import Catalogue
from activities.catalogue_import import bring_in
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from retrieval.intents import Intents
from services.clock import utc_now
from storage.database import Database
from storage.models import Booking, Deadline, Slot, Waiting
from storage.repositories import bookings, users, waiting
from tests.bot.acts import button_data, rows
from tests.bot.processes import called, data_folder, kill, last, to
from tests.bot.staff import SLOW
from tests.bot.test_appointments import DRIVE, at, columns, hasten
from tests.bot.test_crashes import met, running, times
from tests.storage.rows import user


@pytest.fixture
async def client() -> AsyncIterator[PlaygroundClient]:
    async with Playground(limits=None) as playground, PlaygroundClient(playground.url) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path, models_dir: Path, intents: Intents) -> Path:
    return data_folder(tmp_path / "var", models_dir)


@pytest.fixture
async def database(folder: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{folder}/chezhi.db")
    await database.upgrade()
    catalogue = Catalogue([columns()], [], {DRIVE: [at(50, "a")]})
    await bring_in(database, catalogue, utc_now())
    yield database
    await database.close()


async def with_button(person: Person, data: str, since: int) -> Any:
    """As acts.with_button, on a busy machine."""
    event = await person.wait_for(
        lambda e: any(d.startswith(data) for d in button_data(e.data.get("message"))), SLOW, since
    )
    return event.data["message"]


async def tap(person: Person, message: Any, data: str) -> None:
    (found,) = [each for each in button_data(message) if each.startswith(data)]
    await person.click(message, found)


async def held_by(person: Person) -> Any:
    mark = person.now
    await person.start(f"item_{DRIVE}")
    await tap(person, await with_button(person, "item:times", mark), "item:times")
    await tap(person, await with_button(person, "slot:take", mark), "slot:take")
    return await with_button(person, "seat:confirm", mark)


async def seats(database: Database) -> int:
    (slot,) = await rows(database, Slot)
    return int(slot.seats_taken)


async def test_killed_between_hold_and_confirm(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    async with running(client, folder) as process:
        person, other = await met(client), await met(client)
        held = await held_by(person)
        await kill(process)
    assert await seats(database) == 1
    mark = person.now
    await tap(person, held, "seat:confirm")
    async with running(client, folder):
        booked = await with_button(person, "item:cancel", mark)
        await tap(person, booked, "item:cancel")
        await with_button(person, "item:times", mark)
        assert await seats(database) == 0
        await held_by(other)
    # Nobody confirms it, and the bot is away when it runs out.
    async with database.write() as session:
        await session.execute(update(Booking).values(hold_until=utc_now()))
    await hasten(database, bookings.HOLD_ENDS)
    assert await seats(database) == 1
    async with running(client, folder):
        await held_by(person)
    found = await rows(database, Booking, Booking.user_id == other.id)
    assert ([row.status for row in found], await seats(database)) == (["cancelled"], 1)


async def test_killed_between_offer_and_answer(
    client: PlaygroundClient, folder: Path, database: Database
) -> None:
    async with running(client, folder) as process:
        waiter = await met(client)
        (slot,) = await rows(database, Slot)
        async with database.write() as session:
            now = utc_now()
            await users.save(session, [user(1)])
            assert await bookings.book(session, 1, DRIVE, now, slot_id=slot.id) == "booked"
            assert await waiting.join(session, waiter.id, DRIVE, slot.id, now) == "waiting"
        since = await last(client)
        # The offer is on its way when the bot dies, and arrives.
        await client.fault("slow", method="sendMessage", chat_id=waiter.id, seconds=2)
        async with database.write() as session:
            assert await bookings.cancel(session, 1, DRIVE, utc_now())
        await called(client, since, to("sendMessage", waiter.id))
        await kill(process)
    await waiter.wait_text("为你保留到", SLOW)
    await client.clear_faults()
    assert await seats(database) == 1
    async with database.write() as session:
        # As when the lease of the process that died is over.
        past = utc_now() - timedelta(seconds=1)
        await session.execute(
            update(Deadline).where(Deadline.state == "taken").values(leased_until=past)
        )
    mark = waiter.now
    async with running(client, folder):
        # Told once more, which does no harm: there is one seat, and it is theirs.
        offered = await with_button(waiter, "wait:yes", mark)
        await tap(waiter, offered, "wait:yes")
        await with_button(waiter, "item:cancel", mark)
    (row,) = await rows(database, Waiting)
    mine = await rows(database, Booking, Booking.user_id == waiter.id)
    assert (row.status, [one.status for one in mine]) == ("accepted", ["booked"])
    assert await seats(database) == 1
    assert times(waiter, "为你保留到") == 1, "the other message became the booking"
