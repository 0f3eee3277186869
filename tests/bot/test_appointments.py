"""Times, holds, the line, reminders, changes and the door, as people meet them in a chat."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from sqlalchemy import update

from activities.catalogue_file import Catalogue
from activities.catalogue_import import bring_in
from bot.app import make_bot
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from services.clock import ZONE, utc_now
from storage.database import Database
from storage.models import Booking, CheckIn, Deadline, Item, Order, Slot, Waiting
from tests.bot.acts import (
    TOKEN,
    agreed,
    button_data,
    button_texts,
    messages,
    open_item,
    rows,
    stale,
    tap,
    verbs,
    with_button,
)
from tests.bot.conftest import ADMIN, EDITOR
from wording.events import clock_time, left, offset
from wording.texts import Texts

DRIVE = "drive-test"
TEXT = {"zh": "……", "en": "…"}
EN = Texts("en")


def columns(**changes: Any) -> dict[str, Any]:
    texts = dict.fromkeys(("summary", "description", "delivery"), TEXT)
    place = {"zh": "梧桐里", "en": "Wutong Lane"}
    return {
        **texts,
        "id": DRIVE,
        "type": "test_drive",
        "title": {"zh": "试驾", "en": "Test Drive"},
        "brand": None,
        "place": place,
        "city": "上海",
        "latitude": 31.2,
        "longitude": 121.4,
        "topics": ["ev"],
        "price_stars": 0,
        "capacity": None,
        "starts_at": None,
        "ends_at": None,
        "active": True,
        "updated_at": utc_now(),
    } | changes


def at(hours: float, name: str, capacity: int = 1, **changes: Any) -> dict[str, Any]:
    start = utc_now() + timedelta(hours=hours)
    return {
        "name": name,
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "city": None,
        "place": None,
        "latitude": None,
        "longitude": None,
        "capacity": capacity,
        "active": True,
    } | changes


async def offer(brain: Brain, *times: dict[str, Any], **item: Any) -> list[Slot]:
    """The catalogue brought in with one item of these slots; these, in order."""
    listed = {DRIVE: list(times)} if times else {}
    await bring_in(brain.database, Catalogue([columns(**item)], [], listed), utc_now())
    found = await rows(brain.database, Slot, Slot.item_id == DRIVE)
    return sorted(found, key=lambda one: one.starts_at)


async def hasten(database: Database, kind: str) -> None:
    """Has what is set of a kind be due."""
    async with database.write() as session:
        await session.execute(
            update(Deadline)
            .where(Deadline.kind == kind, Deadline.state == "due")
            .values(due_at=utc_now() - timedelta(seconds=1))
        )


async def booking(database: Database, person: Person) -> Booking:
    (row,) = await rows(database, Booking, Booking.user_id == person.id)
    assert isinstance(row, Booking)
    return row


async def seats(database: Database) -> list[int]:
    found = await rows(database, Slot, Slot.item_id == DRIVE)
    return [one.seats_taken for one in sorted(found, key=lambda one: one.id)]


async def choose(person: Person, slot: Slot) -> Any:
    """Taps a time; the message with what is held."""
    card = await open_item(person, DRIVE)
    mark = person.now
    await tap(person, card, f"item:times:{DRIVE}:link")
    listed = await with_button(person, "slot:", mark)
    await tap(person, listed, f"slot:take:{slot.id}")
    return await with_button(person, "seat:confirm", mark)


async def book(person: Person, slot: Slot) -> Any:
    """A seat held and confirmed; the booking's card."""
    held = await choose(person, slot)
    mark = person.now
    (data,) = [data for data in button_data(held) if data.startswith("seat:confirm")]
    assert "Booked" in await tap(person, held, data)
    return await with_button(person, "seat:ticket", mark)


async def test_a_time_is_chosen_held_let_go_confirmed_moved_and_cancelled(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    first, second = await offer(brain, at(50, "a"), at(80, "b", 2, city="杭州"))
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    held = await choose(ann, first)
    assert "Kept for you until" in held["text"]
    assert await seats(brain.database) == [1, 0]
    # What is held is nobody else's, and in no list of what one has.
    card = await open_item(bob, DRIVE)
    mark = bob.now
    await tap(bob, card, f"item:times:{DRIVE}:link")
    listed = await with_button(bob, "slot:", mark)
    assert button_data(listed)[:2] == [f"slot:wait:{first.id}", f"slot:take:{second.id}"]
    assert "Hangzhou · 2 seats left" in button_texts(listed)[1]
    number = (await booking(brain.database, ann)).id
    mark = ann.now
    assert "free again" in await tap(ann, held, f"seat:free:{number}:0")
    assert await seats(brain.database) == [0, 0]
    old = await stale(pg, ann, f"seat:confirm:{number}:0")
    assert "no longer kept" in await tap(ann, old, f"seat:confirm:{number}:0")
    shown = await book(ann, first)
    assert "Wutong Lane" in shown["text"]
    assert "a day and an hour before" in shown["text"]
    mark = ann.now
    await ann.send("/my")
    mine = await with_button(ann, "seat:show", mark)
    assert EN.when(first.starts_at) in mine["text"]
    # Another time: the old seat goes once the new one is theirs.
    number = max(row.id for row in await rows(brain.database, Booking))
    mark = ann.now
    await tap(ann, shown, f"seat:move:{number}:0")
    times = await with_button(ann, "slot:", mark)
    assert "yours" in button_texts(times)[0]
    assert "Moved" in await tap(ann, times, f"slot:take:{second.id}")
    assert await seats(brain.database) == [0, 1]
    moved = await with_button(ann, "item:cancel", mark)
    assert "cancelled" in await tap(ann, moved, f"item:cancel:{DRIVE}:my")
    assert await seats(brain.database) == [0, 0]
    noted = [v for v in await verbs(brain.database, ann) if not v.startswith("viewed")]
    assert noted == [f"booked {DRIVE}", f"cancelled {DRIVE}"]
    due = await rows(brain.database, Deadline, Deadline.state == "due")
    assert {one.kind for one in due} == {"slot-begins"}, "what is cancelled reminds of nothing"


async def test_a_hold_runs_out(client: PlaygroundClient, brain: Brain) -> None:
    (slot,) = await offer(brain, at(50, "a"))
    ann = await agreed(client)
    held = await choose(ann, slot)
    async with brain.database.write() as session:
        await session.execute(update(Booking).values(hold_until=utc_now()))
    await hasten(brain.database, "hold-ends")
    await until_seats(brain.database, [0])
    number = (await booking(brain.database, ann)).id
    assert "no longer kept" in await tap(ann, held, f"seat:confirm:{number}:0")


async def until_seats(database: Database, wanted: list[int]) -> None:
    for _ in range(200):
        if await seats(database) == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"seats are {await seats(database)}")


async def test_a_freed_seat_is_offered_down_the_line(
    client: PlaygroundClient, brain: Brain
) -> None:
    (slot,) = await offer(brain, at(50, "a"))
    ann, bob, cat, dan = [await agreed(client, name) for name in ("Ann", "Bob", "Cat", "Dan")]
    mine = await book(ann, slot)
    for number, person in enumerate((bob, cat, dan), start=1):
        card = await open_item(person, DRIVE)
        mark = person.now
        await tap(person, card, f"item:times:{DRIVE}:link")
        listed = await with_button(person, "slot:", mark)
        assert f"number {number} in line" in await tap(person, listed, f"slot:wait:{slot.id}")
        assert "already" in await tap(person, listed, f"slot:wait:{slot.id}")
    mark = dan.now
    await dan.send("/my")
    line = await with_button(dan, "wait:no", mark)
    assert "number 3 in line" in line["text"]
    marks = {person.id: person.now for person in (bob, cat, dan)}
    await tap(ann, mine, f"item:cancel:{DRIVE}:my")
    offered = await with_button(bob, "wait:yes", marks[bob.id])
    assert "I keep it for you until" in offered["text"]
    assert await seats(brain.database) == [1], "kept for who waits, and bookable by nobody else"
    (first, second, third) = sorted(await rows(brain.database, Waiting), key=lambda one: one.id)
    # Refused: the next. Not answered in time: the next. Taken.
    await tap(bob, offered, f"wait:no:{first.id}")
    to_cat = await with_button(cat, "wait:yes", marks[cat.id])
    async with brain.database.write() as session:
        past = utc_now() - timedelta(seconds=1)
        await session.execute(
            update(Waiting).where(Waiting.id == second.id).values(offered_until=past)
        )
    await hasten(brain.database, "offer-lapses")
    await cat.wait_text("went to the next in line", since=marks[cat.id])
    assert "no longer kept" in await tap(cat, to_cat, f"wait:yes:{second.id}")
    to_dan = await with_button(dan, "wait:yes", marks[dan.id])
    assert "Booked" in await tap(dan, to_dan, f"wait:yes:{third.id}")
    assert (await booking(brain.database, dan)).status == "booked"
    assert await seats(brain.database) == [1]


async def test_a_single_event_has_a_line_and_who_blocked_the_bot_is_passed_by(
    client: PlaygroundClient, brain: Brain
) -> None:
    start = utc_now() + timedelta(days=3)
    await offer(brain, starts_at=start, ends_at=start + timedelta(hours=1), capacity=1)
    ann, bob, cat = [await agreed(client, name) for name in ("Ann", "Bob", "Cat")]
    card = await open_item(ann, DRIVE)
    await tap(ann, card, f"item:book:{DRIVE}:link")
    for person in (bob, cat):
        full = await open_item(person, DRIVE)
        assert "in line" in await tap(person, full, f"item:wait:{DRIVE}:link")
    await bob.block()
    mark = cat.now
    mine = await open_item(ann, DRIVE)
    await tap(ann, mine, f"item:cancel:{DRIVE}:link")
    offered = await with_button(cat, "wait:yes", mark)
    (data,) = [data for data in button_data(offered) if data.startswith("wait:yes")]
    assert "Booked" in await tap(cat, offered, data)
    (item,) = await rows(brain.database, Item, Item.id == DRIVE)
    assert item.seats_taken == 1


async def test_a_paid_time_is_bought_and_pays_back_when_it_is_called_off(
    client: PlaygroundClient, brain: Brain
) -> None:
    slot, _ = await offer(brain, at(50, "a"), at(90, "b"), price_stars=80)
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    card = await open_item(ann, DRIVE)
    mark = ann.now
    await tap(ann, card, f"item:times:{DRIVE}:link")
    listed = await with_button(ann, "slot:", mark)
    await tap(ann, listed, f"slot:take:{slot.id}")
    invoice = await ann.wait_for(
        lambda e: e.name == "message" and "invoice" in e.data["message"], since=mark
    )
    assert (await ann.pay(invoice.data["message"]))["ok"]
    await ann.wait_text("Payment received", since=mark)
    delivered = await ann.wait_text("You are booked:", since=mark)
    assert EN.when(slot.starts_at) in delivered["text"]
    assert (await booking(brain.database, ann)).slot_id == slot.id
    await (await with_times(bob)).tap(f"slot:wait:{slot.id}")
    mark, bobs = ann.now, bob.now
    # The slot is left out of the next file.
    await offer(brain, at(90, "b"), price_stars=80)
    told = await ann.wait_text("does not take place", since=mark)
    assert EN.when(slot.starts_at) in told["text"]
    await ann.wait_text("were refunded", since=mark)
    await bob.wait_text("is called off; you are not in line any more", since=bobs)
    (order,) = await rows(brain.database, Order)
    assert (order.status, (await booking(brain.database, ann)).status) == ("refunded", "cancelled")
    assert await seats(brain.database) == [0, 0]
    assert len([m for m in messages(ann, mark) if "does not take place" in m.get("text", "")]) == 1


class Listed:
    def __init__(self, person: Person, message: Any) -> None:
        self.person, self.message = person, message

    async def tap(self, data: str) -> str:
        return await tap(self.person, self.message, data)


async def with_times(person: Person) -> Listed:
    card = await open_item(person, DRIVE)
    mark = person.now
    await tap(person, card, f"item:times:{DRIVE}:link")
    return Listed(person, await with_button(person, "slot:", mark))


async def test_a_change_is_told_once_old_and_new_and_moves_the_reminders(
    client: PlaygroundClient, brain: Brain
) -> None:
    (slot,) = await offer(brain, at(50, "a"))
    ann = await agreed(client)
    await book(ann, slot)
    mark = ann.now
    place = {"zh": "湖滨", "en": "Lakeside"}
    later = at(74, "a", city="杭州", place=place)
    for _ in range(2):
        await offer(brain, later)
    told = (await ann.wait_text("A change to", since=mark))["text"]
    zone = ZoneInfo("Asia/Shanghai")
    assert f"{clock_time(slot.starts_at, zone, EN)} → {EN.when(later['starts_at'])}" in told
    assert "Shanghai · Wutong Lane → Hangzhou · Lakeside" in told
    await offer(brain, later)
    await asyncio.sleep(1.5)
    assert len([m for m in messages(ann, mark) if "A change" in m.get("text", "")]) == 1
    (reminder,) = await rows(brain.database, Deadline, Deadline.kind == "remind-hour")
    assert reminder.due_at == later["starts_at"] - timedelta(hours=1)
    row = await booking(brain.database, ann)
    assert row.sequence == 1
    calendar = await calendar_of(client, ann, row)
    assert (calendar["SEQUENCE"], calendar["STATUS"]) == (1, "CONFIRMED")


async def calendar_of(client: PlaygroundClient, person: Person, row: Booking) -> Any:
    """The event in the file that the button gives."""
    mark = person.now
    await person.send("/my")
    mine = await with_button(person, f"seat:show:{row.id}", mark)
    mark = person.now
    await tap(person, mine, f"seat:show:{row.id}:0")
    card = await with_button(person, "seat:calendar", mark)
    await tap(person, card, f"seat:calendar:{row.id}:0")
    sent = await person.wait_for(
        lambda e: e.name == "message" and "document" in e.data["message"], since=mark
    )
    data = await download(client, sent.data["message"]["document"]["file_id"])
    calendar = Calendar.from_ical(data)
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    (event,) = calendar.walk("VEVENT")
    assert event["UID"] == f"booking-{row.id}@chezhi"
    assert event["DTSTART"].dt.utcoffset() == timedelta(hours=8)
    return event


async def download(client: PlaygroundClient, file_id: str) -> bytes:
    async with make_bot(TOKEN, client._url) as bot:
        file = await bot.get_file(file_id)
        assert file.file_path
        found = await bot.download_file(file.file_path)
        assert found is not None
        return found.read()


async def test_reminders_tell_the_time_by_the_persons_clock(
    client: PlaygroundClient, brain: Brain
) -> None:
    (slot,) = await offer(brain, at(50, "a"))
    ann = await agreed(client)
    mark = ann.now
    await ann.send("/zone Nowhere/Land")
    await ann.wait_text("don't know this time zone", since=mark)
    await ann.send("/zone America/New_York")
    told = (await ann.wait_text("Your time zone is America/New_York", since=mark))["text"]
    assert "China" not in told
    await book(ann, slot)
    # As if it were ten minutes late, as after a stop.
    await hasten(brain.database, "remind-day")
    mark = ann.now
    told = (await ann.wait_text("🔔 In", since=mark))["text"]
    zone = ZoneInfo("America/New_York")
    assert "In 2 days" in told
    assert f"{EN.when(slot.starts_at, zone)} ({offset(slot.starts_at, zone)})" in told
    assert f"in China {EN.when(slot.starts_at)}" in told
    # Once it has begun, nothing is said any more.
    async with brain.database.write() as session:
        await session.execute(update(Slot).values(starts_at=utc_now() - timedelta(minutes=1)))
    mark = ann.now
    await hasten(brain.database, "remind-hour")
    for _ in range(200):
        (row,) = await rows(brain.database, Deadline, Deadline.kind == "remind-hour")
        if row.state == "done":
            break
        await asyncio.sleep(0.05)
    assert (row.state, messages(ann, mark)) == ("done", [])


@pytest.mark.parametrize(
    ("utc", "zone", "shown"),
    [
        # New York, 1 November 2026: half past one comes twice.
        ((2026, 11, 1, 5, 30), "America/New_York", "1:30 AM (UTC−4)"),
        ((2026, 11, 1, 6, 30), "America/New_York", "1:30 AM (UTC−5)"),
        # Berlin, 28 March 2027: from two to three there is no time.
        ((2027, 3, 28, 0, 30), "Europe/Berlin", "1:30 AM (UTC+1)"),
        ((2027, 3, 28, 1, 30), "Europe/Berlin", "3:30 AM (UTC+2)"),
        ((2026, 7, 1, 0, 0), "Asia/Kolkata", "5:30 AM (UTC+5:30)"),
        ((2026, 7, 1, 0, 0), "Asia/Shanghai", "8:00 AM (UTC+8)"),
    ],
)
def test_where_clocks_change_the_offset_tells_which(
    utc: tuple[int, ...], zone: str, shown: str
) -> None:
    moment = datetime(*utc, tzinfo=UTC)  # type: ignore[arg-type, misc]
    told = clock_time(moment, ZoneInfo(zone), EN).replace("\u202f", " ")
    assert shown in told
    assert ("in China" in told) == (zone != "Asia/Shanghai")
    # A day before is a day before, whatever the clocks did in between.
    assert left(timedelta(hours=24), EN) == "24 hours"


async def test_the_door_lets_in_once_and_keeps_a_log(
    client: PlaygroundClient, brain: Brain
) -> None:
    now = utc_now().astimezone(ZONE)
    minutes = (now.replace(hour=23, minute=59) - now).total_seconds() / 60
    (today, later) = await offer(brain, at(max(minutes, 1) / 60, "a"), at(60, "b"))
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    card = await book(ann, today)
    await book(bob, later)
    row = await booking(brain.database, ann)
    mark = ann.now
    await tap(ann, card, f"seat:ticket:{row.id}:0")
    ticket = await ann.wait_for(
        lambda e: e.name == "message" and "photo" in e.data["message"], since=mark
    )
    assert f"/checkin {row.code}" in ticket.data["message"]["caption"]
    staff, owner = await client.persona(EDITOR), await client.persona(ADMIN)
    link = f"in_{row.code}"
    assert len(link) <= 64
    # Somebody else learns nothing; the owner sees their ticket; staff let in, once.
    mark = bob.now
    await bob.start(link)
    await bob.wait_text("for the staff", since=mark)
    mark = ann.now
    await ann.start(link)
    await ann.wait_for(lambda e: e.name == "message" and "photo" in e.data["message"], since=mark)
    mark = ann.now
    await ann.send(f"/checkin {row.code}")
    await ann.wait_text("don't know this command", since=mark)
    for person, sent, answer in (
        (staff, f"/start {link}", "✅ Ann"),
        (owner, f"/checkin {row.code}", "☑️ 已经入场：Ann"),
        (staff, "/checkin nobody", "没有这个码"),
        (staff, f"/checkin {(await booking(brain.database, bob)).code}", "❗ 不是今天的：Bob"),
        (staff, "/checkin ' OR 1=1", "请写上票上的码"),
        (staff, f"/noshow {row.code}", "还没开始"),
    ):
        mark = person.now
        await person.send(sent)
        await person.wait_text(answer, since=mark)
    log = sorted(await rows(brain.database, CheckIn), key=lambda one: one.id)
    assert [one.outcome for one in log] == [
        "attended",
        "already",
        "unknown",
        "wrong_day",
        "wrong_day",
    ]
    assert (log[0].staff_id, log[0].user_id) == (EDITOR, ann.id)
    assert f"attended {DRIVE}" in await verbs(brain.database, ann)


async def test_afterwards_they_are_thanked_and_rate(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    (slot,) = await offer(brain, at(50, "a"))
    ann = await agreed(client)
    await book(ann, slot)
    row = await booking(brain.database, ann)
    async with brain.database.write() as session:
        past = utc_now() - timedelta(hours=3)
        await session.execute(
            update(Slot).values(starts_at=past, ends_at=past + timedelta(hours=1))
        )
    mark = ann.now
    await hasten(brain.database, "event-over")
    asked = await with_button(ann, "seat:rate", mark)
    assert "4 ★" in await tap(ann, asked, f"seat:rate:{row.id}:4")
    odd = await stale(pg, ann, f"seat:rate:{row.id}:9")
    assert "nothing of yours" in await tap(ann, odd, f"seat:rate:{row.id}:9")
    assert (await booking(brain.database, ann)).rating == 4
    staff = await client.persona(EDITOR)
    mark = staff.now
    await staff.send(f"/noshow {row.code}")
    await staff.wait_text("没有来", since=mark)
    assert (await booking(brain.database, ann)).status == "no_show"
