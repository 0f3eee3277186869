import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.confidence import WEIGHTS, Confidence, Signal
from tests.recsys.data import NOW, signal

CONFIDENCE = Confidence()
SIGNALS = st.lists(
    st.builds(
        signal,
        st.integers(1, 3),
        st.sampled_from("abc"),
        st.sampled_from([*WEIGHTS, "asked", "invited"]),
        st.floats(0, 400),
        st.none() | st.floats(-1, 2),
    ),
    max_size=30,
)


@pytest.mark.parametrize(("days", "share"), [(0, 1), (90, 0.5), (180, 0.25), (45, 0.5**0.5)])
def test_a_weight_halves_with_every_half_life(days: float, share: float) -> None:
    one = signal(1, "a", "purchased", days_ago=days)
    assert CONFIDENCE.weight(one, NOW) == pytest.approx(4 * share)
    slow = Confidence(half_life=timedelta(days=2 * days or 1))
    assert slow.weight(one, NOW) == pytest.approx(4 * 0.5 ** (0.5 if days else 0))


def test_what_lies_ahead_weighs_no_more_than_now() -> None:
    assert CONFIDENCE.weight(signal(1, "a", days_ago=-30), NOW) == 4


@pytest.mark.parametrize(
    ("value", "weight"), [(0.5, 1), (1, 2), (7, 2), (0, 0), (-1, 0), (None, 0)]
)
def test_progress_counts_by_the_fraction_done(value: float | None, weight: float) -> None:
    assert CONFIDENCE.weight(signal(1, "a", "progressed", value=value), NOW) == weight


@pytest.mark.parametrize(
    ("done", "undone"),
    [("purchased", "refunded"), ("booked", "cancelled"), ("liked", "dismissed")],
)
def test_what_was_undone_counts_against(done: str, undone: str) -> None:
    kept = CONFIDENCE.pairs([signal(1, "a", done, days_ago=9)], NOW)[1, "a"]
    both = [signal(1, "a", done, days_ago=9), signal(1, "a", undone, days_ago=8)]
    assert CONFIDENCE.pairs(both, NOW)[1, "a"] < 0.1 < kept


def test_verbs_that_say_nothing_of_wanting_leave_no_pair() -> None:
    silent = [signal(1, "a", verb) for verb in ("asked", "invited", "opted_out", "answer_rated")]
    assert CONFIDENCE.pairs(silent, NOW) == {}


@given(SIGNALS, st.randoms(use_true_random=False))
def test_order_does_not_matter(signals: list[Signal], chance: random.Random) -> None:
    shuffled = chance.sample(signals, len(signals))
    assert CONFIDENCE.pairs(shuffled, NOW) == pytest.approx(CONFIDENCE.pairs(signals, NOW))


@given(SIGNALS, SIGNALS)
def test_pairs_add_up(some: list[Signal], others: list[Signal]) -> None:
    parts = CONFIDENCE.pairs(some, NOW), CONFIDENCE.pairs(others, NOW)
    together = CONFIDENCE.pairs([*some, *others], NOW)
    assert together == pytest.approx(
        {pair: parts[0].get(pair, 0) + parts[1].get(pair, 0) for pair in {**parts[0], **parts[1]}}
    )


@given(SIGNALS, st.floats(0, 1000))
def test_with_time_all_fades_alike(signals: list[Signal], days: float) -> None:
    later = CONFIDENCE.pairs(signals, NOW + timedelta(days=days))
    share = 0.5 ** (days / 90)
    now = CONFIDENCE.pairs(signals, NOW)
    assert later == pytest.approx({pair: value * share for pair, value in now.items()}, abs=1e-12)
