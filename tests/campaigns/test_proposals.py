"""When and in which words, what becomes of the past on both databases, and learning over rounds."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from campaigns import moments, styles
from campaigns.assignment import Problem, assign
from campaigns.proposing import interval
from campaigns.responding import responded
from campaigns.response import Report
from campaigns.styles import Tried
from recsys.log import Log, Signal
from services.clock import ZONE
from services.recommending.uplift import learn
from storage.database import Database
from storage.models import ITEM_TYPES, VERBS, Booking, Campaign, Item, Recipient
from storage.repositories import audiences, items, recipients, responses, users
from storage.repositories.effects import Measured
from tests.storage.rows import NOW, item, user

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)


def test_the_best_hour_is_the_one_that_was_opened_most() -> None:
    # Tuesdays at 20 were opened by half, Thursdays at 10 by a tenth.
    sent = [MONDAY + timedelta(days=1, hours=11)] * 400 + [
        MONDAY + timedelta(days=3, hours=1)
    ] * 400
    at = np.array([one.astimezone(UTC).replace(tzinfo=None) for one in sent], dtype="M8[us]")
    opened = np.array([n % 2 == 0 if n < 400 else n % 10 == 0 for n in range(800)])
    rates = moments.rates_by_hour(at - np.timedelta64(14, "D"), opened)
    found = moments.best(rates, "game", None, MONDAY, timedelta(days=7))
    assert found == MONDAY.replace(hour=20) + timedelta(days=1)
    # In time for what begins, as long before as people need.
    begins = MONDAY + timedelta(days=4)
    early = moments.best(rates, "salon", begins, MONDAY, timedelta(days=7))
    assert MONDAY < early <= begins - moments.LEAD["salon"]
    # Too late for that: as soon as may be.
    late = moments.best(rates, "salon", MONDAY + timedelta(hours=30), MONDAY, timedelta(days=7))
    assert late == MONDAY + timedelta(hours=2)


@pytest.mark.parametrize("hour", range(24))
def test_nothing_goes_out_at_night(hour: int) -> None:
    now = MONDAY.replace(hour=hour)
    for starts in (None, now + timedelta(hours=5), now + timedelta(days=9)):
        found = moments.best(None, "live", starts, now, timedelta(days=3))
        assert 8 <= found.hour < 22
        assert found > now
    usual = moments.best(None, "live", None, now, timedelta(days=3))
    assert usual.hour == moments.USUAL


def made(**changes: Any) -> Item:
    return Item(**item(**changes))


def test_wordings_are_the_item_s_own() -> None:
    long = {"zh": "第一句。第二句！" + "很长" * 200 + "。", "en": "One. " + "Long " * 100}
    thing = made(summary={"zh": "冬天续航", "en": "Winter range"}, description=long)
    both = styles.proposed(thing, {})
    assert [style for style, _ in both] == ["summary", "description"]
    assert both[1][1] == {"zh": "第一句。第二句！", "en": "One."}
    assert styles.style_of(both[1][1], thing) == "description"
    assert styles.style_of({"zh": "别的"}, thing) is None
    same = made(summary={"zh": "一样。"}, description={"zh": "一样。"})
    assert len(styles.proposed(same, {})) == 1
    assert styles.proposed(made(summary={}, description={}), {}) == [("summary", made().title)]


@pytest.mark.parametrize(
    ("summary", "description", "winner"),
    [
        ((1000, 100), (1000, 200), ["description"]),
        ((1000, 200), (1000, 100), ["summary"]),
        ((1000, 100), (1000, 105), ["summary", "description"]),
        ((100, 50), (100, 10), ["summary", "description"]),
        ((1000, 0), (1000, 0), ["summary", "description"]),
    ],
)
def test_a_style_wins_only_where_chance_does_not_explain_it(
    summary: tuple[int, int], description: tuple[int, int], winner: list[str]
) -> None:
    past: Any = {"summary": Tried(*summary), "description": Tried(*description)}
    thing = made(summary={"zh": "短。"}, description={"zh": "长一点。"})
    assert [style for style, _ in styles.proposed(thing, past)] == winner


def test_intervals_hold_in_ninety_five_of_a_hundred_cases() -> None:
    chance = np.random.default_rng(3)
    report = Report("model", 5_000, 0.1, judged=1_000)
    inside = 0
    for _ in range(400):
        # What the rate truly is, as it may be after so many invites were seen.
        rate = chance.beta(0.1 * 1_020, 0.9 * 1_020) / 0.1
        chances = chance.uniform(0.02, 0.18, 300)
        seen = (chance.random(300) < np.minimum(chances * rate, 1)).sum()
        low, high = interval(chances, report)
        inside += low <= seen <= high
    assert 0.92 <= inside / 400 <= 0.985
    low, high = interval(np.full(10, 0.05), Report("prior", 0, 0.05))
    assert low == 0.0
    assert high > 1.0


async def test_the_past_is_read_as_it_was(database: Database) -> None:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, 7)])
        await users.change(session, 5, personalisation=False)
        await items.save(session, [item(), item("live-summer")])
        session.add_all(
            Campaign(
                created_by=1,
                item_id=thing,
                segment={"kind": "all"},
                status="done",
                created_at=NOW,
                launched_at=NOW - timedelta(days=days),
                window_days=7,
            )
            for thing, days in (("live-winter", 20), ("live-summer", 9))
        )
        await session.flush()
        winter, summer = (await session.scalars(select(Campaign.id).order_by(Campaign.id))).all()
        at = NOW - timedelta(days=20, microseconds=-5)
        session.add_all(
            Recipient(
                campaign_id=campaign,
                user_id=who,
                status=status,
                changed_at=when,
                arm="holdout" if status == "held" else "treated",
                variant=letter,
                segment=segment,
            )
            for campaign, who, status, when, letter, segment in (
                (winter, 1, "sent", at, "B", 3),
                (winter, 2, "sent", at, None, None),
                (winter, 3, "held", at, None, None),
                (winter, 4, "failed", at, None, None),
                (winter, 5, "sent", at, None, None),
                (summer, 1, "sent", NOW - timedelta(days=9), "A", 3),
            )
        )
        session.add(
            Booking(
                user_id=6, item_id="live-summer", status="booked", created_at=NOW, changed_at=NOW
            )
        )
    async with database.read() as session:
        found = await responses.past(session, NOW, 10)
        through = set(await audiences.through(session, ["live-summer"], NOW - timedelta(days=30)))
        invited = await audiences.invited_since(session, NOW - timedelta(days=10))
    assert found.user.tolist() == [1, 2, 1]
    assert [found.items[n] for n in found.item] == ["live-winter", "live-winter", "live-summer"]
    assert found.segment.tolist() == [3, 0, 3]
    assert found.variant.tolist() == [2, 0, 1]
    assert found.at[0] == np.datetime64(at.replace(tzinfo=None), "us")
    assert through == {(1, "live-summer"), (6, "live-summer")}
    assert invited == {1: 1}
    # In the window, and only on the same item: user 1 the first time, user 2 a day too late.
    log = Log.of(
        [
            Signal(1, "live-winter", "invite_opened", None, at + timedelta(days=6)),
            Signal(2, "live-winter", "booked", None, at + timedelta(days=8)),
            Signal(2, "live-summer", "booked", None, at + timedelta(days=1)),
            Signal(1, "live-summer", "viewed", None, NOW - timedelta(days=8)),
        ]
    )
    coded = Log(
        log.users,
        log.items,
        VERBS,
        log.user,
        log.item,
        np.array([VERBS.index(log.verbs[n]) for n in log.verb], dtype=np.int8),
        log.value,
        log.unit,
        log.time,
    )
    assert responded(coded, found).yes.tolist() == [True, False, False]


async def test_a_frozen_audience_has_whom_it_was_given_and_may_be_invited(
    database: Database,
) -> None:
    async with database.write() as session:
        await users.save(session, [user(n) for n in range(1, 7)])
        await users.change(session, 2, invites=False)
        await users.change(session, 3, personalisation=False)
        await items.save(session, [item()])
        session.add(
            Campaign(created_by=1, item_id="live-winter", segment={"kind": "all"}, created_at=NOW)
        )
        await session.flush()
        campaign = await session.scalar(select(Campaign))
        assert campaign is not None
        await recipients.freeze(session, campaign, [1, 2, 3, 5, 99], NOW)
    async with database.read() as session:
        assert set(await session.scalars(select(Recipient.user_id))) == {1, 5}


def test_over_rounds_more_people_are_moved() -> None:
    """Four segments, two types; an invite moves two of the eight cells, and puts one off."""
    true = np.array([[0.12, 0.0], [0.0, 0.0], [0.0, 0.15], [-0.05, 0.0]])
    types = np.array([ITEM_TYPES.index("test_drive"), ITEM_TYPES.index("live")])
    people, moved = 4_000, []
    chance = np.random.default_rng(11)
    segments = np.repeat([1, 2, 3, 4], people // 4)
    measured: list[Measured] = []
    for round_ in range(8):
        found = learn(measured)
        chances = chance.uniform(0.1, 0.2, (people, 2)).astype(np.float32)
        value = found.drawn(chances, segments, types, chance)
        made_ = assign(
            Problem(
                value,
                np.full(value.shape, 1e-3, np.float32),
                np.full(2, np.inf),
                np.ones(people, int),
                np.ones(2),
                people / 4,
            )
        )
        held = chance.random(len(made_.people)) < 0.2
        lift = true[segments[made_.people] - 1, made_.activities]
        moved.append(float(lift[~held].sum()))
        did = chance.random(len(held)) < 0.1 + np.where(held, 0, lift)
        for segment in (1, 2, 3, 4):
            for column, name in enumerate(("test_drive", "live")):
                own = (segments[made_.people] == segment) & (made_.activities == column)
                counts = [int((own & arm).sum()) for arm in (~held, held)]
                if min(counts):
                    yes = [int((own & arm & did).sum()) for arm in (~held, held)]
                    measured.append(
                        Measured(
                            round_,
                            "x",
                            name,
                            segment,
                            "booked",
                            counts[0],
                            yes[0],
                            counts[1],
                            yes[1],
                        )
                    )
    assert np.mean(moved[-3:]) > 2 * moved[0]
    assert np.mean(moved[-3:]) > 0.7 * 0.135 * 0.8 * people / 4
