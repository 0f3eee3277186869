"""What a campaign changed, counted by the database and by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from campaigns.measure import measure, measure_all
from campaigns.reporting import Group, Report, Row, told
from storage.database import Database
from storage.encryption import Keys, make_key, read_key
from storage.models import Effect
from storage.repositories import rights, users
from tests.campaigns.invited import ITEM, OTHER, WINDOW, Town
from tests.campaigns.test_statistics import of_counts
from tests.storage.rows import NOW

LATER = NOW + timedelta(days=30)
DAYS = WINDOW.days
JUST = 1e-3 / 86_400 * 2  # days; SQLite moves times to the millisecond


@pytest.fixture
def unlocked(database: Database) -> Database:
    database.unlock(Keys([read_key(make_key())]))
    return database


def row(found: Report, outcome: str, scope: str = "item", of: str = "share") -> Row:
    (one,) = [r for r in found.rows if (r.outcome, r.scope, r.of) == (outcome, scope, of)]
    return one


def did(one: Row) -> tuple[int, int]:
    assert one.first is not None
    assert one.second is not None
    return one.first.did, one.second.did


async def measured(database: Database, campaign: int, k: int = 10) -> Report:
    found = await measure(database, campaign, LATER, k)
    assert found is not None
    return found


async def test_a_whole_campaign_against_a_count_by_hand(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign(cost_fen=50_000, cost_each_fen=10)
        await town.variants(campaign, A=1, B=1)
        await town.drawn(campaign, range(1, 101), variant="A", segment=0)
        await town.drawn(campaign, range(101, 201), variant="B", segment=1)
        await town.drawn(campaign, range(201, 251), "holdout", segment=0)
        await town.drawn(campaign, range(251, 271), "holdout", segment=1)
        opened = {"campaign_id": campaign}
        await town.signals("invite_opened", range(1, 61), 0.1, **opened)
        await town.signals("invite_opened", range(1, 3), 0.2, **opened)  # a second tap
        await town.signals("invite_opened", range(101, 121), 0.1, source="redirect", **opened)
        await town.bookings(range(1, 41), 1)
        await town.bookings(range(101, 111), 1, status="attended")
        await town.bookings(range(111, 116), 1, status="cancelled")
        await town.bookings(range(201, 204), 2, status="no_show")
        await town.bookings(range(204, 207), 2, item_id=OTHER)
        await town.orders(range(1, 11), 3, 100)
        await town.orders(range(1, 3), 4, 50, item_id=OTHER)
        await town.orders(range(11, 14), 3, 100, status="refunded")
        await town.orders(range(201, 203), 3, 100)
        for user_id in (1, 2, 3):
            marks = ("drove", 3.0), ("ordered", 5.0)
            await town.lead(user_id, 2, *marks, amount=25_800_000)
        await town.lead(4, 2, ("drove", 3.0))
        await town.lead(201, 2)
        await town.signals("ordered", range(5, 6), 6, value=300_000.0, source="crm")
    found = await measured(unlocked, campaign)
    assert found.arms == {"treated": 200, "holdout": 70, "global": 0}
    assert found.control == "holdout"
    assert found.funnel == {
        "drawn": 200,
        "sent": 200,
        "opened": 80,
        "clicked": 20,
        "quiz_answered": 0,
        "draw_entered": 0,
        "booked": 50,
        "attended": 10,
        "purchased": 10,
        "lead": 4,
        "test_driven": 4,
        "ordered": 4,
    }
    assert did(row(found, "booked")) == (50, 3)
    assert did(row(found, "booked", "any")) == (50, 6)
    assert did(row(found, "lead")) == (4, 1)
    stars, cny = row(found, "purchased", of="stars"), row(found, "ordered", of="cny")
    assert (stars.first, stars.second) == (Group(200, 10, 1000.0), Group(70, 2, 200.0))
    assert stars.difference is not None
    assert stars.difference.value == pytest.approx(1000 / 200 - 200 / 70)
    any_stars = row(found, "purchased", "any", "stars")
    assert any_stars.first == Group(200, 10, 1100.0)
    assert (cny.first, cny.second) == (Group(200, 4, 3 * 258_000 + 300_000), Group(70, 0, 0.0))
    booked = row(found, "booked").difference
    assert booked is not None
    assert booked.value == pytest.approx(50 / 200 - 3 / 70)
    assert booked.verdict == "more"
    assert row(found, "lead").difference.verdict == "inconclusive"  # type: ignore[union-attr]
    assert found.costs is not None
    assert found.costs.fen == 50_000 + 200 * 10
    assert found.costs.each_fen["booked"] == pytest.approx(52_000 / 50)
    assert found.costs.each_fen["ordered"] == pytest.approx(52_000 / 4)
    assert (found.costs.stars, found.costs.cny) == (1000.0, 1_074_000.0)
    extra = {one.outcome: one for one in found.costs.extra}
    assert extra["booked"].people == pytest.approx(200 * (50 / 200 - 3 / 70))
    assert extra["booked"].cost_fen == pytest.approx(52_000 / extra["booked"].people)
    assert extra["lead"].cost_fen is None, "nobody knows whether there are any"
    by_segment = {
        r.segment: did(r) for r in found.segments if (r.outcome, r.of) == ("booked", "share")
    }
    assert by_segment == {"0": (40, 3), "1": (10, 0)}
    (pair,) = [r for r in found.variants if (r.outcome, r.of) == ("opened", "share")]
    assert pair.names == ("A", "B")
    assert did(pair) == (60, 20)
    assert pair.difference is not None
    assert pair.difference.verdict == "more"
    assert found.mismatches["arms"].p_value == pytest.approx(0.7253, abs=0.01)
    assert not found.mismatches["variants"].found
    assert found.sends == [("2026-11-24 12", 200)]
    assert found.hidden == 0


async def test_effects_are_written_once_and_anew(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign()
        await town.drawn(campaign, range(1, 36), segment=3)
        await town.drawn(campaign, range(36, 41))
        await town.drawn(campaign, range(41, 56), "holdout", segment=3)
        await town.drawn(campaign, range(56, 60), "holdout")
        await town.bookings(range(1, 11), 1)

    async def effects() -> dict[tuple[str, str], Effect]:
        async with unlocked.read() as session:
            rows = await session.scalars(select(Effect).where(Effect.campaign_id == campaign))
            return {(one.segment, one.outcome): one for one in rows}

    await measured(unlocked, campaign)
    first = await effects()
    assert {segment for segment, _ in first} == {"all", "3", "0"}
    one = first["all", "booked"]
    assert (one.treated, one.treated_did, one.held, one.held_did) == (40, 10, 19, 0)
    assert one.difference == pytest.approx(0.25)
    assert one.low < one.difference < one.high
    assert first["3", "booked"].held == 15
    async with unlocked.write() as session:
        await Town(session).bookings(range(11, 13), 2)
    await measured(unlocked, campaign)
    second = await effects()
    assert set(second) == set(first)
    assert second["all", "booked"].treated_did == 12


async def test_the_edges_of_the_window(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign()
        await town.drawn(campaign, range(1, 21))
        # Drawn two days later, so their days begin then.
        await town.drawn(campaign, range(21, 41), "holdout", at=NOW + timedelta(days=2))
        await town.bookings(range(1, 2), -JUST)
        await town.bookings(range(2, 3), 0)
        await town.bookings(range(3, 4), DAYS - JUST)
        await town.bookings(range(4, 5), DAYS)
        await town.bookings(range(21, 22), 2 - JUST)
        await town.bookings(range(22, 23), 2)
        await town.bookings(range(23, 24), DAYS + 2 - JUST)
        await town.bookings(range(24, 25), DAYS + 2)
    assert did(row(await measured(unlocked, campaign), "booked")) == (2, 2)


async def test_what_is_taken_back_counts_for_nothing(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign()
        await town.drawn(campaign, range(1, 21))
        await town.drawn(campaign, range(21, 41), "holdout")
        await town.orders(range(1, 2), 1, 10)
        await town.orders(range(2, 3), 1, 10, status="refunded")
        await town.orders(range(3, 4), 1, 10, status="refund_due")
        await town.orders(range(4, 5), 1, 10, status="reserved", paid_at=None)
        await town.bookings(range(1, 2), 1, status="held")
        await town.lead(1, 1, ("ordered", 2.0), ("lost", 3.0))
        await town.lead(2, 1, ("ordered", 2.0), ("lost", 3.0), ("ordered", 20.0), amount=100)
        undone = await town.lead(3, 1)
        change = await town.mark(undone, "ordered", 2)
        await town.mark(undone, "new", 2, undoes=change)
        # The amount is told later; the car was ordered in time.
        await town.lead(4, 1, ("drove", 2.0), ("ordered", 3.0), ("ordered", 20.0), amount=5000)
        await town.lead(5, 1, ("drove", 2.0), ("reached", 3.0))
    found = await measured(unlocked, campaign)
    assert did(row(found, "purchased")) == (1, 0)
    assert did(row(found, "booked")) == (0, 0)
    assert did(row(found, "ordered")) == (1, 0)
    ordered = row(found, "ordered", of="cny").first
    assert ordered is not None
    assert ordered.paid == 50.0
    assert did(row(found, "test_driven")) == (1, 0)
    assert did(row(found, "lead")) == (5, 0)


async def test_who_left_and_who_agrees_no_more(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign()
        await town.drawn(campaign, range(1, 21))
        await town.drawn(campaign, range(21, 41), "holdout")
        await town.drawn(campaign, range(41, 42), status="skipped")  # opted out before the send
        await town.signals("invite_opened", range(1, 11), 1, campaign_id=campaign)
        await town.bookings(range(1, 11), 1)
        await town.bookings(range(41, 42), 1)
    async with unlocked.write() as session:
        assert await rights.erase(session, 1)
        await users.choose_personalisation(session, 2, False, LATER)
        # As a platform may tell of who never agreed here.
        await users.change(session, 3, personalisation=None)
    found = await measured(unlocked, campaign)
    assert found.arms["treated"] == 20
    assert found.funnel["sent"] == 19
    assert found.funnel["opened"] == 7
    assert did(row(found, "booked")) == (10, 0), "bookings are acts of contract, however invited"


async def test_what_people_did_before_narrows_the_interval(unlocked: Database) -> None:
    """The eager book anyway, and chance has put more of them among the held."""
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign()
        await town.drawn(campaign, range(1, 121))
        await town.drawn(campaign, range(121, 241), "holdout")
        for eager in (range(1, 41), range(121, 171)):
            await town.signals("viewed", eager, -3, times=4)
            await town.bookings(eager, 1)
        await town.signals("viewed", range(41, 81), -40, times=9)  # too long ago
        await town.signals("viewed", range(41, 81), 1, times=9)  # after
        await town.bookings(range(41, 53), 1)
    booked = row(await measured(unlocked, campaign), "booked")
    assert did(booked) == (52, 50)
    assert booked.difference is not None
    assert booked.difference.method == "cuped"
    wanted = of_counts(treated=[(40, 4, 1), (12, 0, 1), (68, 0, 0)], held=[(50, 4, 1), (70, 0, 0)])
    assert booked.difference.value == pytest.approx(wanted.value)
    assert booked.difference.low == pytest.approx(wanted.low)
    assert booked.difference.value > 52 / 120 - 50 / 120


def test_a_group_of_few_cant_be_had_by_subtraction() -> None:
    assert told({"a": 90, "b": 40, "c": 4}, 10) == {"a"}, "b goes with c"
    assert told({"a": 90, "b": 40, "c": 4, "d": 3}, 10) == {"a"}, "seven are few, too"
    assert told({"a": 90, "b": 6, "c": 5}, 10) == {"a"}
    assert told({"a": 90, "b": 4}, 10) == set()
    assert told({"a": 90, "b": 40, "c": 0}, 10) == {"a", "b"}
    assert told({"a": 10, "b": 10}, 10) == {"a", "b"}


async def test_nothing_is_told_of_few(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign()
        await town.variants(campaign, A=1, B=1, C=1)
        await town.drawn(campaign, range(1, 31), variant="A", segment=0)
        await town.drawn(campaign, range(31, 51), variant="B", segment=1)
        await town.drawn(campaign, range(51, 55), variant="C", segment=2)
        await town.drawn(campaign, range(55, 85), "holdout", segment=0)
        await town.drawn(campaign, range(85, 105), "holdout", segment=1)
        await town.drawn(campaign, range(105, 120), "holdout", segment=2)
        await town.bookings(range(51, 55), 1)
    found = await measured(unlocked, campaign)
    booked = {r.segment: r for r in found.segments if (r.outcome, r.of) == ("booked", "share")}
    assert [booked[s].first for s in "012"] == [Group(30, 0, 0.0), None, None]
    assert [booked[s].second for s in "012"] == [
        Group(30, 0, 0.0),
        Group(20, 0, 0.0),
        Group(15, 0, 0.0),
    ]
    assert [booked[s].difference is None for s in "012"] == [False, True, True]
    pairs = {r.names: r for r in found.variants if (r.outcome, r.of) == ("booked", "share")}
    assert {r.difference for r in pairs.values()} == {None}
    assert pairs["A", "B"].first is not None
    assert pairs["A", "B"].second is None
    assert found.hidden == 4
    async with unlocked.write() as session:
        tiny = await Town(session).campaign()
        await Town(session).drawn(tiny, range(200, 209))
        await Town(session).drawn(tiny, range(209, 212), "holdout")
    found = await measured(unlocked, tiny)
    assert set(found.funnel.values()) == {None}
    assert found.costs is None
    assert {(r.first, r.second, r.difference) for r in found.rows} == {(None, None, None)}
    assert found.arms == {"treated": None, "holdout": None, "global": 0}


async def test_sizes_that_chance_doesnt_give_are_warned_of(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign = await town.campaign(holdout=0.5)
        await town.variants(campaign, A=1, B=1)
        await town.drawn(campaign, range(1, 101), variant="A")
        await town.drawn(campaign, range(101, 111), variant="B")
        await town.drawn(campaign, range(111, 151), "holdout")
        await town.drawn(campaign, range(151, 251), "global")
    found = await measured(unlocked, campaign)
    assert found.mismatches["arms"].found
    assert found.mismatches["variants"].found


async def test_all_campaigns_beside_who_was_held_from_them_all(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        first, second = await town.campaign(), await town.campaign(item_id=OTHER)
        await town.drawn(first, range(1, 41))
        await town.drawn(first, range(41, 61), "holdout")
        await town.drawn(first, range(61, 81), "global")
        await town.drawn(second, range(41, 61), at=NOW + timedelta(days=3))
        await town.drawn(second, range(61, 91), "global", at=NOW + timedelta(days=3))
        await town.orders(range(1, 11), 1, 100)
        await town.orders(range(41, 46), 20, 100, item_id=OTHER)
        await town.orders(range(81, 82), 1, 100)  # before they were drawn
        await town.orders(range(82, 83), 4, 100)
    found = await measure_all(unlocked, LATER)
    assert found.arms == {"treated": 60, "holdout": 0, "global": 30}
    assert did(row(found, "purchased", "any")) == (15, 1)
    assert found.control == "global"
    assert {one.scope for one in found.rows} == {"any"}
    assert found.costs is None


async def test_what_was_never_begun_has_no_report(unlocked: Database) -> None:
    async with unlocked.write() as session:
        campaign = await Town(session).campaign(status="draft", launched_at=None)
    assert await measure(unlocked, campaign, LATER) is None
    assert await measure(unlocked, 10**6, LATER) is None


async def test_signals_of_other_items_and_campaigns_are_others(unlocked: Database) -> None:
    async with unlocked.write() as session:
        town = Town(session)
        campaign, other = await town.campaign(), await town.campaign()
        await town.drawn(campaign, range(1, 21))
        await town.drawn(campaign, range(21, 41), "holdout")
        await town.signals("invite_opened", range(1, 6), 1, campaign_id=other)
        await town.signals("ordered", range(1, 4), 1, value=10.0, source="crm", object_id=OTHER)
        await town.signals("ordered", range(4, 6), 1, value=10.0, source="dealer")
        await town.signals("test_driven", range(6, 8), 1, source="crm", object_id=ITEM)
    found = await measured(unlocked, campaign)
    assert found.funnel["opened"] == 0
    assert did(row(found, "ordered")) == (0, 0)
    assert did(row(found, "ordered", "any")) == (3, 0)
    assert did(row(found, "test_driven")) == (2, 0)
