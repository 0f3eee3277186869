import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.confidence import WORTH, Confidence, Worth
from recsys.log import Log, Signal
from tests.recsys.data import NOW, signal

CONFIDENCE = Confidence()
SIGNALS = st.lists(
    st.builds(
        signal,
        st.integers(1, 3),
        st.sampled_from("abc"),
        st.sampled_from([*WORTH, "answer_rated", "invited"]),
        st.integers(0, 400),
        st.none() | st.floats(-1, 2),
    ),
    max_size=30,
)


def worth_of(one: Signal, now: datetime) -> float:
    return float(CONFIDENCE.weights(Log.of([one]), now)[0])


@pytest.mark.parametrize("verb", WORTH)
def test_a_weight_halves_with_every_half_life_of_its_verb(verb: str) -> None:
    worth = WORTH[verb]
    for lives, share in ((0, 1), (1, 0.5), (2, 0.25), (0.5, 0.5**0.5)):
        one = signal(1, "a", verb, days_ago=lives * worth.half_life_days, value=1)
        assert worth_of(one, NOW) == pytest.approx(worth.weight * share)


def test_what_is_paid_for_is_remembered_longer_than_a_look() -> None:
    old = [signal(1, "a", days_ago=180), signal(1, "b", "viewed", days_ago=180)]
    pairs = CONFIDENCE.pairs(old, NOW)
    assert pairs[1, "a"] == pytest.approx(2)
    assert pairs[1, "b"] < 0.05


def test_the_table_can_be_another() -> None:
    own = Confidence({"viewed": Worth(8.0, 10)})
    acts = [signal(1, "a", "viewed", days_ago=10), signal(1, "a", "purchased")]
    assert own.pairs(acts, NOW) == {(1, "a"): 4}


def test_what_lies_ahead_weighs_no_more_than_now() -> None:
    assert worth_of(signal(1, "a", days_ago=-30), NOW) == 4


@pytest.mark.parametrize(
    ("value", "weight"),
    [(0.5, 1), (1, 2), (900, 1), (1800, 2), (7200, 2), (0, 0), (-1, 0), (None, 0)],
)
def test_progress_counts_by_its_fraction_or_seconds(value: float | None, weight: float) -> None:
    assert worth_of(signal(1, "a", "progressed", value=value), NOW) == weight


def test_of_several_positions_in_a_course_the_furthest_counts() -> None:
    sittings = [signal(1, "a", "progressed", value=part / 4) for part in (1, 3, 2)]
    assert CONFIDENCE.pairs(sittings, NOW) == {(1, "a"): pytest.approx(1.5)}


@pytest.mark.parametrize(
    ("done", "undone"),
    [
        ("purchased", "refunded"),
        ("enrolled", "refunded"),
        ("booked", "cancelled"),
        ("enrolled", "unenrolled"),
    ],
)
def test_what_was_undone_is_gone_and_counts_against(done: str, undone: str) -> None:
    first, second = signal(1, "a", done, days_ago=9), signal(1, "a", undone, days_ago=8)
    assert CONFIDENCE.pairs([first], NOW)[1, "a"] > 1
    both = CONFIDENCE.pairs([first, second], NOW)[1, "a"]
    assert both == worth_of(second, NOW) < 0
    # Done once more afterwards, it stands again.
    again = CONFIDENCE.pairs([first, second, signal(1, "a", done, days_ago=7)], NOW)
    assert (
        both
        < again[1, "a"]
        == pytest.approx(both + worth_of(signal(1, "a", done, days_ago=7), NOW))
    )


@pytest.mark.parametrize("later", ["liked", "purchased", "booked", "enrolled", "completed"])
def test_what_was_refused_and_taken_up_later_is_wanted(later: str) -> None:
    refused, after_all = signal(1, "a", "dismissed", 9), signal(1, "a", later, 8)
    assert CONFIDENCE.pairs([refused, after_all], NOW) == CONFIDENCE.pairs([after_all], NOW)
    assert CONFIDENCE.settled([refused, after_all]) == (set() if later == "liked" else {"a"})
    again = signal(1, "a", "dismissed", 7)
    assert CONFIDENCE.settled([refused, after_all, again]) == {"a"}
    if later == "liked":
        assert CONFIDENCE.pairs([refused, after_all, again], NOW)[1, "a"] < 0


@pytest.mark.parametrize(
    ("done", "undone"),
    [
        ("booked", "cancelled"),
        ("draw_entered", "cancelled"),
        ("enrolled", "unenrolled"),
        ("purchased", "refunded"),
        ("ordered", "refunded"),
    ],
)
def test_what_was_undone_is_settled_no_more(done: str, undone: str) -> None:
    first, second = signal(1, "a", done, 9), signal(1, "a", undone, 8)
    assert CONFIDENCE.settled([first]) == {"a"}
    assert CONFIDENCE.settled([second, first]) == set()
    assert CONFIDENCE.settled([second, first, signal(1, "a", done, 7)]) == {"a"}


def test_a_like_that_was_taken_back_counts_neither_way() -> None:
    assert CONFIDENCE.pairs([signal(1, "a", "liked", 9), signal(1, "a", "unliked", 8)], NOW) == {}


@pytest.mark.parametrize(
    ("value", "unit", "weight"),
    [(1, "seconds", 2 / 1800), (1, "fraction", 2), (0.5, "seconds", 1 / 1800), (2, "fraction", 2)],
)
def test_a_unit_says_what_an_amount_is(value: float, unit: str, weight: float) -> None:
    one = signal(1, "a", "progressed", value=value)._replace(unit=unit)
    assert worth_of(one, NOW) == pytest.approx(weight)


def test_verbs_that_say_nothing_of_wanting_leave_no_pair() -> None:
    silent = [signal(1, "a", verb) for verb in ("invited", "opted_out", "answer_rated")]
    assert CONFIDENCE.pairs(silent, NOW) == {}


@given(SIGNALS, st.randoms(use_true_random=False))
def test_order_does_not_matter(signals: list[Signal], chance: random.Random) -> None:
    shuffled = chance.sample(signals, len(signals))
    assert CONFIDENCE.pairs(shuffled, NOW) == pytest.approx(CONFIDENCE.pairs(signals, NOW))


@given(SIGNALS, st.integers(0, 400), st.integers(0, 400))
def test_an_undone_booking_is_never_better_than_none(
    signals: list[Signal], first: int, then: int
) -> None:
    undone = [
        signal(1, "a", "booked", days_ago=max(first, then)),
        signal(1, "a", "cancelled", days_ago=min(first, then)),
    ]
    without = CONFIDENCE.pairs(signals, NOW).get((1, "a"), 0.0)
    assert CONFIDENCE.pairs([*signals, *undone], NOW).get((1, "a"), 0.0) < without


@given(SIGNALS)
def test_each_pair_is_made_of_its_own_signals_alone(signals: list[Signal]) -> None:
    together = CONFIDENCE.pairs(signals, NOW)
    for user, item in {(one.user, one.item) for one in signals}:
        own = [one for one in signals if (one.user, one.item) == (user, item)]
        assert CONFIDENCE.pairs(own, NOW).get((user, item)) == together.get((user, item))


@given(SIGNALS, st.integers(0, 1000))
def test_with_time_it_only_fades(signals: list[Signal], days: int) -> None:
    done = [one for one in signals if one.verb in WORTH and WORTH[one.verb].weight > 0]
    now = CONFIDENCE.pairs(done, NOW)
    later = CONFIDENCE.pairs(done, NOW + timedelta(days=days))
    assert all(0 <= later.get(pair, 0.0) <= value for pair, value in now.items())
