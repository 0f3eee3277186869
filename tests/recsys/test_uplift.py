"""What is learned of measured effects: as much as they show, and no more."""

import numpy as np
import pytest

from services.recommending.uplift import Uplift, learn
from storage.database import Database
from storage.models import ITEM_TYPES, Campaign, Effect
from storage.repositories import effects, items
from storage.repositories.effects import Measured
from tests.storage.rows import NOW, item

DRIVE, LIVE, BOOK = (ITEM_TYPES.index(one) for one in ("test_drive", "live", "book"))


def measured(
    segment: int, shares: tuple[float, float], people: int, campaign: int = 1, **changes: str
) -> Measured:
    """Of as many people in both arms."""
    did = [round(share * people) for share in shares]
    given = {"item": "x", "type": "test_drive", "outcome": "booked"} | changes
    return Measured(
        campaign,
        given["item"],
        given["type"],
        segment,
        given["outcome"],
        people,
        did[0],
        people,
        did[1],
    )


def cell(found: Uplift, segment: int, type_: int) -> float:
    return float(found.lift[found.segments.index(segment), type_])


def test_with_nothing_measured_all_who_respond_are_taken_for_moved() -> None:
    found = learn([])
    assert found.campaigns == 0
    chances = np.array([[0.2, 0.1], [0.3, 0.0]], np.float32)
    assert (found.worth(chances, np.array([0, 3]), np.array([DRIVE, BOOK])) == chances).all()
    # What is no outcome of the type says nothing.
    assert learn([measured(1, (0.5, 0.1), 1000, outcome="viewed")]).campaigns == 0


def test_large_cells_are_what_they_showed_and_small_ones_average() -> None:
    found = learn(
        [
            measured(1, (0.20, 0.05), 20_000),
            measured(2, (0.30, 0.30), 20_000),
            measured(3, (0.05, 0.10), 20_000),
            measured(4, (0.40, 0.10), 10),
        ]
    )
    assert cell(found, 1, DRIVE) == pytest.approx(0.15, abs=0.01)
    assert cell(found, 2, DRIVE) == pytest.approx(0.0, abs=0.01)
    assert cell(found, 3, DRIVE) == pytest.approx(-0.05, abs=0.01)
    average = found.lift[found.segments.index(0), DRIVE]
    assert abs(cell(found, 4, DRIVE) - average) < 0.2 * abs(0.3 - average)
    # Of a type that nothing is known of, and of people in no segment, so much is known.
    assert cell(found, 1, LIVE) == pytest.approx(average, abs=0.02)
    chances = np.array([[0.2], [0.2], [0.2], [0.02]], np.float32)
    own = found.worth(chances, np.array([1, 9, 3, 1]), np.array([DRIVE]))[:, 0]
    # Who is in no segment that is known is average; who hardly responds is hardly moved.
    assert own[0] > own[1] > 0 > own[2]
    assert own[3] < own[0] / 4


def test_noise_is_drawn_to_one_mean_and_the_truth_is_nearer_than_what_was_seen() -> None:
    chance = np.random.default_rng(4)
    worse = 0
    for _ in range(20):
        true = {(s, t): chance.normal(0.03, 0.02) for s in range(1, 9) for t in ("live", "salon")}
        rows, raw = [], []
        for (segment, type_), lift in true.items():
            treated, held = chance.binomial(300, 0.1 + lift), chance.binomial(300, 0.1)
            rows.append(
                Measured(1, "x", type_, segment, "booked", 300, int(treated), 300, int(held))
            )
            raw.append((treated - held) / 300 - lift)
        found = learn(rows)
        own = [
            found.lift[found.segments.index(s), ITEM_TYPES.index(t)] - lift
            for (s, t), lift in true.items()
        ]
        worse += np.square(own).mean() > np.square(raw).mean()
    assert worse <= 1


def test_more_campaigns_tell_more() -> None:
    one = learn([measured(1, (0.2, 0.1), 200), measured(2, (0.1, 0.1), 200)])
    many = learn(
        [
            m
            for n in range(10)
            for m in (measured(1, (0.2, 0.1), 200, n), measured(2, (0.1, 0.1), 200, n))
        ]
    )
    assert many.campaigns == 10
    assert abs(cell(many, 1, DRIVE) - 0.1) < abs(cell(one, 1, DRIVE) - 0.1) + 1e-9
    assert many.deviation[1, DRIVE] < one.deviation[1, DRIVE]


def test_what_is_unknown_is_tried_more_than_what_is_known_to_be_bad() -> None:
    rows = [measured(1, (0.20, 0.10), 5_000), measured(2, (0.05, 0.10), 5_000)]
    found = learn([*rows, measured(3, (0.2, 0.1), 5)])
    segments = np.repeat([1, 2, 3], 2_000)
    chances = np.full((6_000, 1), 0.2, np.float32)
    drawn = found.drawn(chances, segments, np.array([DRIVE]), np.random.default_rng(3))[:, 0]
    best = np.argsort(-drawn)[:3_000]
    taken = np.bincount(segments[best], minlength=4)
    assert taken[1] > 1_000
    assert taken[3] > 200
    assert taken[2] == 0
    assert (
        learn([]).drawn(chances, segments, np.array([DRIVE]), np.random.default_rng(3)) is chances
    )


async def test_effects_come_with_their_types(database: Database) -> None:
    async with database.write() as session:
        await items.save(session, [item("drive", type="test_drive")])
        made = Campaign(created_by=1, item_id="drive", segment={"kind": "all"}, created_at=NOW)
        session.add(made)
        await session.flush()
        for segment in ("all", "2"):
            session.add(
                Effect(
                    campaign_id=made.id,
                    segment=segment,
                    outcome="booked",
                    treated=50,
                    treated_did=9,
                    held=20,
                    held_did=1,
                    difference=0.13,
                    low=0,
                    high=0.3,
                    measured_at=NOW,
                )
            )
    async with database.read() as session:
        found = await effects.by_segment(session)
    assert found == [Measured(made.id, "drive", "test_drive", 2, "booked", 50, 9, 20, 1)]
