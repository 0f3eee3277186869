"""Leads on both databases, when several people do things at once; and what is told of them."""

import asyncio
from datetime import timedelta

from sqlalchemy import select

from activities import lead_work
from activities.lead_work import fen
from activities.leads import CONSENT, Leads, normal
from services.people import Person
from services.recent import Recent
from storage.database import Database
from storage.encryption import Keys
from storage.models import Deadline, Lead, LeadChange, LeadMessage, Signal, User
from storage.repositories import bookings, dealers, items, orders, rights, touches, users
from tests.storage.rows import NOW, item, user
from tests.storage.test_lead_states import PHONE, Silent

ANN, DORA, DAN, DRIVE, COURSE = 1, 2, 3, "drive", "course-ev"


async def prepared(database: Database) -> Leads:
    database.unlock(Keys([b"k" * 32]))
    north = {"id": "north", "name": {"en": "North"}, "city": None, "brand": None}
    works = {"role": "dealer", "dealer_id": "north"}
    no = {"role": "user", "dealer_id": None}
    async with database.write() as session:
        await dealers.save(session, [north], {})
        drive = item(DRIVE, type="test_drive", price_stars=0, dealer_id="north")
        await items.save(session, [drive, item(COURSE, type="course", dealer_id=None)])
        await users.save(session, [user(ANN, **no), user(DORA, **works), user(DAN, **works)])
        await bookings.book(session, ANN, DRIVE, NOW)
    return Leads(Silent(), database, lambda: NOW)


async def person(database: Database, user_id: int, key: str) -> Person:
    async with database.read() as session:
        row = await session.get_one(User, user_id)
    return Person(row, database, key, NOW, Recent())


async def lead_of(database: Database, service: Leads) -> int:
    ann = await person(database, ANN, "agree")
    assert await service.agree(ann, DRIVE, CONSENT, "…") == "agreed"
    outcome, lead = await service.hand_over(ann, ANN, "Ann", PHONE)
    assert (outcome, lead is not None) == ("handed", True)
    assert lead is not None
    return lead.id


async def test_of_two_who_agree_and_share_at_once_one_lead_comes(database: Database) -> None:
    service = await prepared(database)
    people = [await person(database, ANN, f"k{n}") for n in range(4)]
    await asyncio.gather(*(service.agree(one, DRIVE, CONSENT, "…") for one in people))
    told = await asyncio.gather(*(service.hand_over(one, ANN, "Ann", PHONE) for one in people))
    assert {outcome for outcome, _ in told} == {"handed"}
    async with database.read() as session:
        assert len((await session.scalars(select(Lead))).all()) == 1
        query = select(Deadline.kind).where(Deadline.kind.like("lead-%")).order_by(Deadline.kind)
        assert list(await session.scalars(query)) == ["lead-new", "lead-untouched"]


async def test_two_dealers_at_once_leave_one_state_and_its_signals(database: Database) -> None:
    service = await prepared(database)
    lead = await lead_of(database, service)
    staff = [await person(database, one, f"{one}") for one in (DORA, DAN)]
    dora, dan = staff
    await asyncio.gather(lead_work.mark(dora, lead, "drove"), lead_work.mark(dan, lead, "lost"))
    await lead_work.mark(dora, lead, "drove")  # the same update, handled again
    async with database.read() as session:
        row = await session.get_one(Lead, lead)
        changes = (await session.scalars(select(LeadChange).order_by(LeadChange.id))).all()
        signals = (await session.scalars(select(Signal.verb))).all()
    assert sorted(change.status for change in changes) == ["drove", "lost"]
    assert row.status == changes[-1].status
    assert list(signals) == ["test_driven"]  # a lost one was driven all the same


async def test_a_withdrawal_meets_a_mark_and_a_read(database: Database) -> None:
    service = await prepared(database)
    lead = await lead_of(database, service)
    dora = await person(database, DORA, "k")
    await service.shown(lead, DORA, 7)
    await asyncio.gather(
        lead_work.mark(dora, lead, "reached"), service.withdraw(ANN), lead_work.read(dora, lead)
    )
    assert await lead_work.read(dora, lead) is None
    assert not await service.shown(lead, DORA, 8)
    async with database.read() as session:
        row = await session.get_one(Lead, lead)
        assert (row.status, row.phone) == ("withdrawn", None)
        assert len((await session.scalars(select(LeadMessage))).all()) == 2
    async with database.write() as session:
        await rights.erase(session, ANN)
    async with database.read() as session:
        assert (await session.scalars(select(Lead))).all() == []
        left = (await session.scalars(select(Deadline.kind))).all()
        assert list(left) == ["lead-withdrawn"], "the dealer's messages are still to be cleared"


async def test_a_copy_of_ones_data_has_all_of_it(database: Database) -> None:
    service = await prepared(database)
    async with database.write() as session:
        await touches.touch(session, ANN, "link", "1", DRIVE, NOW, "t")
    lead = await lead_of(database, service)
    dora = await person(database, DORA, "k")
    await lead_work.read(dora, lead)
    await lead_work.mark(dora, lead, "ordered", 100)
    async with database.read() as session:
        mine, hers = await rights.export(session, ANN), await rights.export(session, DORA)
    assert mine["leads"][0]["phone"] == PHONE
    assert [(row["status"], row["by_you"]) for row in mine["lead_changes"]] == [("ordered", False)]
    assert [(row["via"], row["by_you"]) for row in mine["lead_reads"]] == [("chat", False)]
    assert [row["source"] for row in mine["touches"]] == ["link"]
    assert sorted(row["act"] for row in mine["attributions"]) == ["lead", "signal"]
    assert [row["by_you"] for row in hers["lead_changes"]] == [True]
    assert PHONE not in str(hers)
    assert "by_id" not in str([mine["lead_changes"], mine["lead_reads"]])


async def test_orders_and_their_signals_carry_what_led_to_them(database: Database) -> None:
    await prepared(database)
    async with database.write() as session:
        course = await items.get(session, COURSE)
        assert course is not None
        for number, days in ((1, 29), (2, 31), (3, 1)):
            at = NOW - timedelta(days=days)
            await touches.touch(session, ANN, "campaign", str(number), COURSE, at, f"t{number}")
        order = await orders.open_order(session, ANN, course, NOW)
        await orders.reserve(session, order.id, ANN, 100, NOW)
        await orders.pay(session, order.id, "charge", NOW)
        await touches.credit_order(session, ANN, COURSE, NOW)
        await touches.credit_order(session, ANN, COURSE, NOW)
        signal = {"user_id": ANN, "verb": "purchased", "object_type": "item", "object_id": COURSE}
        told = {"value": 100.0, "source": "bot", "occurred_at": NOW, "idempotency_key": "o"}
        await touches.record(session, signal | told)
    async with database.read() as session:
        found = {n: await touches.came_of(session, "campaign", str(n)) for n in (1, 2, 3)}
        assert await session.scalar(select(Signal.campaign_id)) == 3
    both = {"order": 1, "signal": 1}
    assert found == {
        1: {"first": both, "last": {}},
        2: {"first": {}, "last": {}},
        3: {"first": {}, "last": both},
    }


def test_amounts_and_numbers_are_read_as_people_write_them() -> None:
    amounts = ("25.8万", "¥258,000", " 258000.50 元", "0", "-5", "1.234", "万")
    assert [fen(text) for text in amounts] == [
        25_800_000,
        25_800_000,
        25_800_050,
        None,
        None,
        None,
        None,
    ]
    assert [normal(text) for text in ("8613800138000", "+86 138-0013 8000", "12", "+86x", "")] == [
        "+8613800138000",
        "+8613800138000",
        None,
        None,
        None,
    ]
