"""Generated behaviour is repeatable, has the structure that it claims, and never breaks a rule."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sample.behaviour import WINDOW, Behaviour, SampleSignal, generate, load_items, starts_at

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
ITEMS = {item["id"]: item for item in load_items()}
# What must have come before, for the same user and item.
BEFORE = {
    "liked": "viewed",
    "dismissed": "viewed",
    "purchased": "viewed",
    "enrolled": "purchased",
    "progressed": "purchased",
    "completed": "progressed",
    "refunded": "purchased",
    "booked": "viewed",
    "cancelled": "booked",
    "attended": "booked",
    "draw_entered": "viewed",
    "quiz_answered": "viewed",
}


@pytest.fixture(scope="module")
def behaviour() -> Behaviour:
    return generate(list(ITEMS.values()), now=NOW)


def _day(second: int) -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(seconds=second)


def check_rules(made: Behaviour, now: datetime) -> None:
    seen: set[tuple[int, str, str]] = set()
    held: set[tuple[int, str]] = set()
    seats: set[tuple[int, str]] = set()
    progress: dict[tuple[int, str], float] = defaultdict(float)
    used: Counter[str] = Counter()
    for signal in made.signals:
        pair = (signal.user, signal.object)
        assert now - WINDOW <= signal.occurred_at < now
        assert signal.source == "sample"
        if signal.verb in BEFORE:
            assert (*pair, BEFORE[signal.verb]) in seen
        seen.add((*pair, signal.verb))
        if signal.verb == "purchased":
            assert pair not in held
            assert signal.value == ITEMS[signal.object]["price_stars"]
            held.add(pair)
        elif signal.verb == "refunded":
            held.remove(pair)
            progress.pop(pair, None)
        elif signal.verb == "progressed":
            assert progress[pair] <= signal.value <= 1
            assert pair in held
            progress[pair] = signal.value
        elif signal.verb == "completed":
            assert progress[pair] == 1
        elif signal.verb == "booked":
            assert pair not in seats
            seats.add(pair)
            used[signal.object] += 1
        elif signal.verb == "cancelled":
            seats.remove(pair)
        start = starts_at(ITEMS[signal.object], now) if signal.object_type == "item" else None
        if start is not None:
            assert (signal.occurred_at >= start) == (signal.verb == "attended")
    assert all(used[name] <= ITEMS[name]["capacity"] for name in used)
    assert len({signal.idempotency_key for signal in made.signals}) == len(made.signals)
    assert made.signals == sorted(made.signals, key=lambda signal: signal.occurred_at)


@settings(max_examples=25)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.integers(0, 10 * 365 * 86400).map(_day),
)
def test_rules_hold_for_any_seed_size_and_day(seed, users, now):
    made = generate(list(ITEMS.values()), users, seed, now)
    assert len(made.users) == users
    check_rules(made, now)
    assert made == generate(list(ITEMS.values()), users, seed, now)


def test_rules_hold_for_the_whole_sample(behaviour):
    check_rules(behaviour, NOW)
    assert 40_000 <= len(behaviour.signals) <= 80_000
    assert min(user.id for user in behaviour.users) == 10_000_001


def test_another_seed_gives_another_history(behaviour):
    other = generate(list(ITEMS.values()), seed=8, now=NOW)
    assert [s.object for s in other.signals[:200]] != [s.object for s in behaviour.signals[:200]]


def test_the_funnel_narrows(behaviour):
    count = Counter(signal.verb for signal in behaviour.signals)
    assert count["asked"] > count["citation_opened"] > count["purchased"] > count["completed"] > 0
    assert count["viewed"] > count["liked"] > count["purchased"] > count["refunded"] > 0
    assert count["viewed"] > count["booked"] > count["attended"] > 0
    assert count["booked"] > count["cancelled"] > 0


def gini(counts: list[int]) -> float:
    ordered = np.sort(counts)
    rank = np.arange(1, len(ordered) + 1)
    return float((2 * rank - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))


def test_popularity_and_activity_are_skewed(behaviour):
    views = Counter(s.object for s in behaviour.signals if s.verb == "viewed")
    activity = Counter(s.user for s in behaviour.signals)
    assert set(views) == set(ITEMS)
    assert 0.3 < gini(list(views.values())) < 0.8
    assert 0.35 < gini([activity[user.id] for user in behaviour.users]) < 0.8


def test_users_turn_to_their_own_topics(behaviour):
    """Views on a topic: those who declare it against all others, per view."""
    declared = {user.id: set(user.topics) for user in behaviour.users}
    hits: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for signal in behaviour.signals:
        if signal.verb == "viewed":
            for topic in ("used_car", "charging", "maintenance", "insurance", "driving"):
                own = topic in declared[signal.user]
                hits[topic, own].append(topic in ITEMS[signal.object]["topics"])
    for topic in {topic for topic, _ in hits}:
        assert np.mean(hits[topic, True]) > 1.5 * np.mean(hits[topic, False]), topic


def test_test_drives_are_near_home(behaviour):
    home = {user.id: user.city for user in behaviour.users}
    booked = [
        ITEMS[s.object]["city"] == home[s.user]
        for s in behaviour.signals
        if s.verb == "booked" and ITEMS[s.object]["type"] == "test_drive"
    ]
    assert len(booked) > 20
    assert np.mean(booked) > 0.8


def test_evenings_weekends_and_winter(behaviour):
    asked = [s for s in behaviour.signals if s.verb == "asked"]
    local = [s.occurred_at + timedelta(hours=8) for s in asked]
    hours = Counter(moment.hour for moment in local)
    assert hours[20] > 3 * hours[4]
    assert np.mean([moment.weekday() >= 5 for moment in local]) > 2.3 / 7
    winter = [s.object == "winter" for s in asked]
    cold = [moment.month in (11, 12, 1, 2) for moment in local]
    assert np.mean(np.array(winter)[cold]) > 2 * np.mean(np.array(winter)[~np.array(cold)])


def test_command_prints_json_lines():
    command = [sys.executable, "-m", "sample.behaviour", "--users", "50", "--seed", "1"]
    command += ["--now", NOW.isoformat(), "--out", "-"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in out.splitlines()]
    made = generate(list(ITEMS.values()), 50, 1, NOW)
    assert [row["idempotency_key"] for row in rows] == [s.idempotency_key for s in made.signals]
    assert list(rows[0]) == [field.name for field in fields(SampleSignal)]
    assert datetime.fromisoformat(rows[0]["occurred_at"]) == made.signals[0].occurred_at


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"users": 0}, "at least one user"),
        ({"now": datetime(2026, 1, 1)}, "timezone-aware"),  # noqa: DTZ001
        ({"items": [{**ITEMS["course-ev"], "topics": ["boats"]}]}, "boats"),
    ],
)
def test_wrong_arguments_are_told(arguments, message):
    with pytest.raises(ValueError, match=message):
        generate(**{"items": list(ITEMS.values()), **arguments})
