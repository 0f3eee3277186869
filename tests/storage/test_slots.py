"""Slots, holds and the line for a seat: under races, and whatever comes in what order."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from storage.database import Database
from storage.models import Booking, Deadline, Item, Order, Slot, Waiting
from storage.repositories import bookings, changes, items, orders, rights, slots, users, waiting
from storage.repositories.items import SeatsTaken
from storage.repositories.slots import StillBooked
from tests.storage.rows import NOW, item, user

TAKERS, SEATS = 200, 7
DRIVE = "drive-norvik"


def slot(hours: float = 48, **changes: Any) -> dict[str, Any]:
    starts_at = NOW + timedelta(hours=hours)
    return {
        "name": None,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "city": "北京",
        "place": None,
        "latitude": None,
        "longitude": None,
        "capacity": 1,
        "active": True,
    } | changes


async def filled(
    database: Database, *rows: dict[str, Any], people: int = 9, **what: Any
) -> list[int]:
    """The database with one item of these slots; their ids, by date."""
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, people + 1)])
        free = {"type": "test_drive", "price_stars": 0, "capacity": None, "starts_at": None}
        await items.save(session, [item(DRIVE, **free | what)])
        await slots.save(session, {DRIVE: rows}, NOW)
        return [each.id for each in await slots.coming(session, DRIVE, NOW)]


async def hold(database: Database, user_id: int, slot_id: int, now: datetime = NOW) -> str:
    async with database.write() as session:
        return await bookings.book(session, user_id, DRIVE, now, slot_id=slot_id, hold=True)


async def book(database: Database, user_id: int, slot_id: int) -> str:
    async with database.write() as session:
        return await bookings.book(session, user_id, DRIVE, NOW, slot_id=slot_id)


async def taken(database: Database) -> tuple[list[int], int]:
    """Seats taken of each slot, and of the item."""
    async with database.read() as session:
        of = await session.scalars(select(Slot.seats_taken).order_by(Slot.id))
        return list(of), (await session.get_one(Item, DRIVE)).seats_taken


async def test_without_the_guard_the_same_race_oversells(database: Database) -> None:
    """A look first and a write after it, as one would write it without thinking of others."""
    (slot_id,) = await filled(database, slot(capacity=SEATS))
    sold = 0

    async def naive(user_id: int) -> None:
        nonlocal sold
        async with database.read() as session:
            seen = await session.get_one(Slot, slot_id)
        await asyncio.sleep(0)
        if seen.seats_taken < seen.capacity:
            async with database.write() as session:
                await session.execute(
                    update(Slot).where(Slot.id == slot_id).values(seats_taken=seen.seats_taken + 1)
                )
                sold += 1

    await asyncio.gather(*(naive(n) for n in range(1, 31)))
    assert sold > SEATS, "the race is there"


async def test_two_hundred_takers_get_what_there_is(database: Database) -> None:
    (slot_id,) = await filled(database, slot(capacity=SEATS), people=TAKERS)
    outcomes = await asyncio.gather(*(hold(database, n, slot_id) for n in range(1, TAKERS + 1)))
    assert Counter(outcomes) == {"booked": SEATS, "full": TAKERS - SEATS}
    assert await taken(database) == ([SEATS], SEATS)
    async with database.read() as session:
        assert len((await session.scalars(select(Booking))).all()) == SEATS


async def test_people_who_swap_their_times_at_once_wait_for_nobody(database: Database) -> None:
    first, second = await filled(database, slot(48, capacity=8), slot(72, capacity=8), people=10)
    for n in range(1, 11):
        assert await book(database, n, (first, second)[n % 2]) == "booked"

    async def swap(n: int) -> str:
        async with database.write() as session:
            return await bookings.move(session, n, DRIVE, (second, first)[n % 2], NOW)

    outcomes = await asyncio.gather(*(swap(n) for n in range(1, 11)))
    assert outcomes == ["moved"] * 10
    assert await taken(database) == ([5, 5], 10)


async def test_who_finds_the_new_time_full_keeps_the_old_one(database: Database) -> None:
    first, second = await filled(database, slot(48), slot(72))
    await book(database, 1, first)
    await book(database, 2, second)
    async with database.write() as session:
        assert await bookings.move(session, 1, DRIVE, second, NOW) == "full"
        assert await bookings.move(session, 1, DRIVE, first, NOW) == "same"
        assert await bookings.move(session, 3, DRIVE, first, NOW) == "none"
        (booking,) = await session.scalars(select(Booking).where(Booking.user_id == 1))
        assert (booking.slot_id, booking.status) == (first, "booked")
    assert await taken(database) == ([1, 1], 2)


async def test_of_many_waiters_one_gets_each_freed_seat(database: Database) -> None:
    """Five give theirs back, twenty grab at once, five wait: the five who wait get them."""
    (slot_id,) = await filled(database, slot(capacity=5), people=40)
    for n in range(1, 6):
        await book(database, n, slot_id)
    for n in range(6, 11):
        async with database.write() as session:
            assert await waiting.join(session, n, DRIVE, slot_id, NOW) == "waiting"

    async def cancel(n: int) -> str:
        async with database.write() as session:
            return str(await bookings.cancel(session, n, DRIVE, NOW))

    acts = [cancel(n) for n in range(1, 6)] + [hold(database, n, slot_id) for n in range(11, 31)]
    assert Counter(await asyncio.gather(*acts)) == {"True": 5, "full": 20}
    async with database.read() as session:
        line = (await session.scalars(select(Waiting).order_by(Waiting.id))).all()
        assert [row.status for row in line] == ["offered"] * 5
    assert (
        await asyncio.gather(*(book(database, n, slot_id) for n in range(6, 11))) == ["booked"] * 5
    )
    assert await taken(database) == ([5], 5)


@pytest.mark.parametrize("wish", ["slot", "any"])
async def test_an_offer_that_lapses_goes_to_the_next(database: Database, wish: str) -> None:
    (slot_id,) = await filled(database, slot(1.5))
    await book(database, 1, slot_id)
    for n in (2, 3):
        async with database.write() as session:
            wanted = slot_id if wish == "slot" else None
            # Any time at all is only waited for where all are full.
            assert await waiting.join(session, n, DRIVE, wanted, NOW) == "waiting"
    async with database.write() as session:
        assert await bookings.cancel(session, 1, DRIVE, NOW)
    assert await book(database, 1, slot_id) == "full", "it is kept for who waits"
    async with database.write() as session:
        (first, _) = (await session.scalars(select(Waiting).order_by(Waiting.id))).all()
        # Never past the start, though an offer otherwise stands for two hours.
        assert first.offered_until == NOW + timedelta(hours=1.5)
        assert await waiting.lapse(session, first.id, NOW) is None, "not yet"
    async with database.write() as session:
        lapsed = await waiting.lapse(session, first.id, NOW + timedelta(hours=1.5))
        assert lapsed is not None
    later = NOW + timedelta(hours=1)
    async with database.write() as session:
        second = (await waiting.of_user(session, 3))[0]
        expected = "waiting"  # the slot has begun by then, so that nobody is offered it
        assert second.status == expected
        assert await waiting.leave(session, second.id, 3, later)


async def test_a_hold_that_nobody_confirms_is_freed(database: Database) -> None:
    (slot_id,) = await filled(database, slot())
    assert await hold(database, 1, slot_id) == "booked"
    assert await hold(database, 2, slot_id) == "full"
    async with database.write() as session:
        (held,) = (await session.scalars(select(Booking))).all()
        assert not await bookings.expire_hold(session, held.id, NOW + timedelta(minutes=9))
        assert await bookings.expire_hold(session, held.id, NOW + bookings.HOLD)
        assert (await bookings.confirm(session, held.id, 1, NOW)).outcome == "gone"
    assert await hold(database, 2, slot_id) == "booked"
    async with database.write() as session:
        (held,) = await session.scalars(select(Booking).where(Booking.user_id == 2))
        assert (await bookings.confirm(session, held.id, 1, NOW)).outcome == "gone", "not theirs"
        assert (await bookings.confirm(session, held.id, 2, NOW)).outcome == "booked"
        assert (await bookings.confirm(session, held.id, 2, NOW)).outcome == "already"
        assert not await bookings.expire_hold(session, held.id, NOW + timedelta(days=1))
        kinds = await session.scalars(
            select(Deadline.kind).where(Deadline.state == "due", Deadline.user_id == 2)
        )
        assert sorted(kinds) == ["event-over", "remind-day", "remind-hour"]


async def test_a_hold_is_confirmed_once_or_runs_out(database: Database) -> None:
    """Each person confirms twice at once, at the moment at which the hold of half of them ends."""
    people = range(1, 13)
    (slot_id,) = await filled(database, slot(capacity=12), people=12)
    for person in people:
        assert await hold(database, person, slot_id) == "booked"
    async with database.read() as session:
        found = await session.execute(select(Booking.user_id, Booking.id))
        held = {user_id: booking_id for user_id, booking_id in found.all()}

    async def confirm(person: int) -> str:
        async with database.write() as session:
            return (await bookings.confirm(session, held[person], person, NOW)).outcome

    async def expire(person: int) -> str:
        async with database.write() as session:
            ended = await bookings.expire_hold(session, held[person], NOW + bookings.HOLD)
            return "ended" if ended else "kept"

    acts = [
        asyncio.gather(confirm(person), expire(person) if person % 2 else confirm(person))
        for person in people
    ]
    for person, outcomes in zip(people, await asyncio.gather(*acts), strict=True):
        if person % 2:
            assert outcomes in (["booked", "kept"], ["gone", "ended"])
        else:
            assert sorted(outcomes) == ["already", "booked"]
    async with database.read() as session:
        live = (await session.scalars(select(Booking).where(Booking.status == "booked"))).all()
        codes = {booking.code for booking in live}
    assert await taken(database) == ([len(live)], len(live))
    assert None not in codes
    assert len(codes) == len(live)


async def test_a_paid_seat_is_of_the_slot_that_was_chosen(database: Database) -> None:
    first, second = await filled(database, slot(48), slot(72), price_stars=80)
    opened = []
    async with database.write() as session:
        thing = await session.get_one(Item, DRIVE)
        for n in (1, 2):
            opened.append(await orders.open_order(session, n, thing, NOW, slot_id=second))
    async with database.write() as session:
        assert await orders.reserve(session, opened[0].id, 1, 80, NOW) == "ok"
        assert await orders.reserve(session, opened[1].id, 2, 80, NOW) == "full"
    async with database.write() as session:
        assert await orders.pay(session, opened[0].id, "charge", NOW) == "paid"
        assert await bookings.move(session, 1, DRIVE, first, NOW) == "moved"
    assert await taken(database) == ([1, 0], 1)
    async with database.write() as session:
        assert (await session.get_one(Order, opened[0].id)).slot_id == first
        assert await orders.reserve(session, opened[1].id, 2, 80, NOW) == "ok"
        assert await orders.refunded(session, opened[0].id, NOW) is not None
    assert await taken(database) == ([0, 1], 1)
    async with database.write() as session:
        assert await orders.expire_holds(session, NOW + orders.HOLD * 2) == 1
    assert await taken(database) == ([0, 0], 0)


async def test_the_item_is_its_coming_slots(database: Database) -> None:
    first, second = await filled(database, slot(2, capacity=3), slot(72, capacity=4))
    await book(database, 1, first)
    await book(database, 2, second)

    async def seen() -> tuple[int | None, int, datetime | None]:
        async with database.read() as session:
            thing = await session.get_one(Item, DRIVE)
            return thing.capacity, thing.seats_taken, thing.starts_at

    assert await seen() == (7, 2, NOW + timedelta(hours=2))
    async with database.write() as session:
        await slots.begin(session, first, NOW + timedelta(hours=1))
    assert await seen() == (7, 2, NOW + timedelta(hours=2)), "it hasn't begun"
    later = NOW + timedelta(hours=2)
    async with database.write() as session:
        await slots.begin(session, first, later)
    assert await seen() == (4, 1, NOW + timedelta(hours=72))
    assert await hold(database, 3, first, later) == "full"
    async with database.write() as session:
        assert await bookings.book(session, 3, DRIVE, NOW) == "full", "of no slot there is none"


async def test_a_file_brought_in_again_keeps_what_is_booked(database: Database) -> None:
    first, second = await filled(database, slot(48, capacity=2), slot(72, name="late"))
    for n, of in ((1, first), (2, first), (3, second)):
        await book(database, n, of)

    async def again(*rows: dict[str, Any]) -> changes.Changes:
        async with database.write() as session:
            await slots.save(session, {DRIVE: rows}, NOW)
            return await changes.note(session, [DRIVE], NOW)

    same = await again(slot(48, capacity=2), slot(72, name="late"))
    assert same == changes.Changes()
    # One found by its start, now with a name; one moved, found by its name.
    moved = await again(slot(48, capacity=2, name="early"), slot(96, name="late"))
    assert moved == changes.Changes(changed=1)
    with pytest.raises(SeatsTaken):
        await again(slot(48, capacity=1, name="early"), slot(96, name="late"))
    dropped = await again(slot(96, name="late", city="上海"))
    assert dropped == changes.Changes(changed=1, called_off=2)
    async with database.read() as session:
        gone = await session.get_one(Slot, first)
        assert (gone.active, gone.seats_taken) == (False, 2)
        thing = await session.get_one(Item, DRIVE)
        assert (thing.capacity, thing.seats_taken) == (1, 1)
    back = await again(slot(48, capacity=2, name="early"), slot(72, name="late"))
    assert back == changes.Changes()


async def test_a_single_event_that_moves_or_is_taken_off_is_told_of(database: Database) -> None:
    start = NOW + timedelta(days=3)
    await filled(database, capacity=3, starts_at=start)
    async with database.write() as session:
        assert await bookings.book(session, 1, DRIVE, NOW) == "booked"

    async def again(**what: Any) -> changes.Changes:
        free = {"type": "test_drive", "price_stars": 0, "capacity": 3, "starts_at": start}
        async with database.write() as session:
            await items.save(session, [item(DRIVE, **free | what)])
            return await changes.note(session, [DRIVE], NOW)

    assert await again() == changes.Changes()
    assert await again(city="上海") == changes.Changes(changed=1)
    later = start + timedelta(days=1)
    assert await again(starts_at=later) == changes.Changes(changed=1)
    assert await again(active=False) == changes.Changes(called_off=1)
    async with database.read() as session:
        due = await session.scalars(select(Deadline.kind).where(Deadline.state == "due"))
        assert list(due) == ["event-cancelled"]
    # Other things that are taken off are only not sold any more.
    assert await again(active=False, type="draw") == changes.Changes()


async def test_seats_that_a_file_adds_go_to_who_waits(database: Database) -> None:
    (slot_id,) = await filled(database, slot())
    await book(database, 1, slot_id)
    async with database.write() as session:
        assert await waiting.join(session, 2, DRIVE, slot_id, NOW) == "waiting"
        assert await waiting.join(session, 3, DRIVE, slot_id, NOW) == "waiting"
        assert await waiting.join(session, 3, DRIVE, slot_id, NOW) == "already"
        assert await waiting.join(session, 1, DRIVE, slot_id, NOW) == "booked"
        assert await waiting.position(session, (await waiting.of_user(session, 3))[0]) == 2
    async with database.write() as session:
        await slots.save(session, {DRIVE: [slot(capacity=4)]}, NOW)
        assert (await waiting.of_user(session, 3))[0].status == "offered"
        assert await waiting.join(session, 4, DRIVE, slot_id, NOW) == "room"
    assert await taken(database) == ([3], 3)
    async with database.write() as session:
        await rights.erase(session, 3, NOW)
        await rights.erase(session, 1, NOW)
    assert await taken(database) == ([1], 1)


async def test_an_item_that_is_booked_without_slots_gets_none(database: Database) -> None:
    await filled(database, capacity=3, starts_at=NOW + timedelta(days=3))
    async with database.write() as session:
        assert await bookings.book(session, 1, DRIVE, NOW) == "booked"
    with pytest.raises(StillBooked):
        async with database.write() as session:
            await slots.save(session, {DRIVE: [slot()]}, NOW)


class Seats(RuleBasedStateMachine):
    """Six people, two slots, whatever they do: seats agree, and the line is kept."""

    template: ClassVar[Path]
    PEOPLE = st.integers(1, 6)
    WHICH = st.integers(0, 1)

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        shutil.copy(self.template, self.folder.name)
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite+aiosqlite:///{self.folder.name}/{self.template.name}")
        self.now = NOW

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @initialize(capacity=st.integers(1, 2))
    def fill(self, capacity: int) -> None:
        rows = (slot(48, capacity=capacity), slot(72, capacity=1))
        self.slots = self.do(filled(self.database, *rows))

    async def write(self, work: Any) -> Any:
        async with self.database.write() as session:
            return await work(session)

    @rule(person=PEOPLE, which=WHICH, hold=st.booleans())
    def take(self, person: int, which: int, hold: bool) -> None:
        def act(session: Any) -> Any:
            of = self.slots[which]
            return bookings.book(session, person, DRIVE, self.now, slot_id=of, hold=hold)

        self.do(self.write(act))

    @rule(person=PEOPLE)
    def confirm(self, person: int) -> None:
        async def act(session: Any) -> None:
            if (booking := await bookings.live(session, person, DRIVE)) is not None:
                await bookings.confirm(session, booking.id, person, self.now)

        self.do(self.write(act))

    @rule(person=PEOPLE)
    def cancel(self, person: int) -> None:
        self.do(self.write(lambda session: bookings.cancel(session, person, DRIVE, self.now)))

    @rule(person=PEOPLE, which=WHICH)
    def move(self, person: int, which: int) -> None:
        to = self.slots[which]
        self.do(self.write(lambda session: bookings.move(session, person, DRIVE, to, self.now)))

    @rule(person=PEOPLE, which=st.integers(0, 2))
    def join(self, person: int, which: int) -> None:
        of = None if which == 2 else self.slots[which]
        self.do(self.write(lambda session: waiting.join(session, person, DRIVE, of, self.now)))

    @rule(person=PEOPLE)
    def leave(self, person: int) -> None:
        async def act(session: Any) -> None:
            for row in await waiting.of_user(session, person):
                await waiting.leave(session, row.id, person, self.now)

        self.do(self.write(act))

    @rule(minutes=st.sampled_from([5, 11, 130]))
    def pass_time(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

        async def act(session: Any) -> None:
            for booking in (await session.scalars(select(Booking.id))).all():
                await bookings.expire_hold(session, booking, self.now)
            for row in (await session.scalars(select(Waiting.id).order_by(Waiting.id))).all():
                await waiting.lapse(session, row, self.now)

        self.do(self.write(act))

    @rule(capacity=st.integers(1, 3))
    def bring_in(self, capacity: int) -> None:
        rows = {DRIVE: [slot(48, capacity=capacity), slot(72, capacity=1)]}

        async def act() -> None:
            try:
                await self.write(lambda session: slots.save(session, rows, self.now))
            except SeatsTaken:
                return

        self.do(act())

    @rule(person=PEOPLE)
    def forget(self, person: int) -> None:
        async def act(session: Any) -> None:
            await rights.erase(session, person, self.now)
            await users.save(session, [user(person)])

        self.do(self.write(act))

    @invariant()
    def seats_agree(self) -> None:
        if hasattr(self, "slots"):
            self.do(self.check())

    async def check(self) -> None:
        async with self.database.read() as session:
            all_slots = (await session.scalars(select(Slot))).all()
            live = (
                await session.scalars(select(Booking).where(Booking.status != "cancelled"))
            ).all()
            line = (await session.scalars(select(Waiting))).all()
            thing = await session.get_one(Item, DRIVE)
        assert len({b.user_id for b in live}) == len(live), "one live booking a person"
        for each in all_slots:
            offered = [w for w in line if w.status == "offered" and w.offered_slot_id == each.id]
            held = [b for b in live if b.slot_id == each.id]
            assert each.seats_taken == len(offered) + len(held) <= each.capacity
            for waiter in line:
                if waiter.status != "waiting" or waiter.slot_id not in (None, each.id):
                    continue
                has_one = any(b.user_id == waiter.user_id for b in held)
                free = each.seats_taken < each.capacity
                assert not free or has_one or waiter.slot_id is None, "a free seat while they wait"
                for lucky in offered:
                    assert lucky.id < waiter.id or has_one or waiter.changed_at > lucky.changed_at
        assert thing.seats_taken == sum(each.seats_taken for each in all_slots)
        assert thing.capacity == sum(each.capacity for each in all_slots)

    def teardown(self) -> None:
        self.do(self.database.close())
        self.runner.close()
        self.folder.cleanup()


def test_whatever_people_do_seats_agree_and_the_line_is_kept(sqlite_template: Path) -> None:
    Seats.template = sqlite_template
    run_state_machine_as_test(Seats, settings=settings(max_examples=12, stateful_step_count=25))
