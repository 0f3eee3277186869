"""The staff marks by buttons who didn't come."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from services.clock import utc_now
from storage.models import Booking, CheckIn, Slot
from storage.repositories import users
from tests.bot.acts import agreed, button_data, button_texts, rows, stale, tap, with_button
from tests.bot.conftest import EDITOR
from tests.bot.test_appointments import at, book, booking, offer


async def begin(brain: Brain, *slots: Slot) -> None:
    past = utc_now() - timedelta(hours=1)
    async with brain.database.write() as session:
        await session.execute(
            update(Slot).where(Slot.id.in_([one.id for one in slots])).values(starts_at=past)
        )


async def statuses(brain: Brain) -> dict[int, str]:
    return {row.user_id: row.status for row in await rows(brain.database, Booking)}


@pytest.mark.parametrize(
    ("language", "nobody", "asked", "all_of_them"),
    [
        ("en", "Nothing that began", "Mark Ann as not come?", "Mark all 2 who are left"),
        ("zh", "没有还要记为没来的人", "把 Ann 记为没有来？", "剩下的 2 人"),
    ],
)
async def test_who_did_not_come_is_marked_one_by_one_or_all_at_once(
    client: PlaygroundClient,
    brain: Brain,
    pg: Playground,
    language: str,
    nobody: str,
    asked: str,
    all_of_them: str,
) -> None:
    now, later = await offer(brain, at(50, "a", 4), at(80, "b"))
    guests: list[Person] = []
    for name in ("Ann", "Bob", "Cid", "Dan"):
        guests.append(await agreed(client, name))
        await book(guests[-1], now)
    eve = await agreed(client, "Eve")
    await book(eve, later)
    staff = await client.persona(EDITOR)
    async with brain.database.write() as session:
        await users.change(session, EDITOR, language=language)
    mark = staff.now
    await staff.send("/noshow")
    await staff.wait_text(nobody, since=mark)  # nothing has begun yet
    await begin(brain, now)
    async with brain.database.write() as session:
        came = update(Booking).where(Booking.user_id == guests[3].id)
        await session.execute(came.values(status="attended"))
    mark = staff.now
    await staff.send("/noshow")
    events = await with_button(staff, "absent:list", since=mark)
    (data,) = [one for one in button_data(events) if one.startswith("absent:list")]
    await tap(staff, events, data)
    listed = await with_button(staff, "absent:ask", since=mark)
    names = [text for text in button_texts(listed) if text.startswith("👤")]
    assert names == ["👤 Ann", "👤 Bob", "👤 Cid"]
    ann = await booking(brain.database, guests[0])
    of = data.split(":")[2]
    # One, after a question that can be taken back.
    await tap(staff, listed, f"absent:ask:{of}:{ann.id}")
    question = await with_button(staff, f"absent:mark:{of}:{ann.id}", since=mark)
    assert asked in question["text"]
    assert (await statuses(brain))[guests[0].id] == "booked"
    await tap(staff, question, f"absent:mark:{of}:{ann.id}")
    assert (await statuses(brain))[guests[0].id] == "no_show"
    # All others, but who came and who has another time.
    await tap(staff, question, f"absent:ask:{of}:0")
    question = await with_button(staff, f"absent:mark:{of}:0", since=mark)
    assert all_of_them in question["text"]
    await tap(staff, question, f"absent:mark:{of}:0")
    expected = dict.fromkeys((one.id for one in guests[:3]), "no_show")
    assert await statuses(brain) == expected | {guests[3].id: "attended", eve.id: "booked"}
    log = await rows(brain.database, CheckIn, CheckIn.outcome == "no_show")
    assert {one.user_id for one in log} == set(expected)
    assert {one.staff_id for one in log} == {EDITOR}
    # An old message's button finds nobody left.
    data = f"absent:mark:{of}:0"
    assert "0" in await tap(staff, await stale(pg, staff, data), data)
    assert len(await rows(brain.database, CheckIn, CheckIn.outcome == "no_show")) == 3


async def test_others_mark_nobody(client: PlaygroundClient, brain: Brain, pg: Playground) -> None:
    (slot,) = await offer(brain, at(50, "a"))
    ann = await agreed(client)
    await book(ann, slot)
    await begin(brain, slot)
    row = await booking(brain.database, ann)
    data = f"absent:mark:{row.id}:0"
    await tap(ann, await stale(pg, ann, data), data)
    assert await statuses(brain) == {ann.id: "booked"}
