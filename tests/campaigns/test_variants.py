"""Who is dealt what: as large shares as were asked for, the same always, whatever else is sent."""

from collections import Counter
from math import sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.variants import Dealer, drawn
from storage.models import Variant

PEOPLE = 20_000
# Of a binomial; one in two million draws lies beyond, and these are fixed by the seed.
SIGMAS = 5.0


def wordings(*weights: int) -> list[Variant]:
    text = {"zh": "……", "en": "…"}
    letters = "ABCDEFGH"
    return [
        Variant(campaign_id=1, name=letters[n], text=text, weight=weight)
        for n, weight in enumerate(weights)
    ]


def within(count: int, of: int, share: float) -> bool:
    return abs(count - of * share) <= SIGMAS * sqrt(of * share * (1 - share)) + 1e-9


@pytest.mark.parametrize("salt", ["one", "two", "three"])
@pytest.mark.parametrize(("common", "holdout"), [(0.0, 0.0), (0.05, 0.2), (0.1, 0.0), (0.0, 0.9)])
def test_arms_and_wordings_have_their_shares(salt: str, common: float, holdout: float) -> None:
    dealer = Dealer(salt, holdout, wordings(1, 2, 5), "installation", common)
    hands = [dealer.hand(user_id) for user_id in range(1, PEOPLE + 1)]
    arms = Counter(hand.arm for hand in hands)
    assert within(arms["global"], PEOPLE, common)
    left = PEOPLE - arms["global"]
    assert within(arms["holdout"], left, holdout)
    names = Counter(hand.variant for hand in hands if hand.arm == "treated")
    for name, weight in (("A", 1), ("B", 2), ("C", 5)):
        assert within(names[name], arms["treated"], weight / 8)
    assert {hand.variant for hand in hands if hand.arm != "treated"} <= {None}


def test_whoever_is_held_globally_is_so_in_every_campaign_and_else_nothing_is_shared() -> None:
    one, other = (Dealer(salt, 0.5, [], "installation", 0.1) for salt in ("one", "other"))
    people = range(1, PEOPLE + 1)
    arms = Counter((one.hand(n).arm, other.hand(n).arm) for n in people)
    common = sum(1 for n in people if one.hand(n).arm == "global")
    assert arms["global", "global"] == common
    left = PEOPLE - common
    for pair in (("holdout", "holdout"), ("holdout", "treated"), ("treated", "treated")):
        assert within(arms[pair], left, 0.25)


@given(st.text(min_size=1, max_size=32), st.integers(1, 2**52), st.integers(0, 2**32))
def test_a_hand_is_the_same_whoever_deals_and_in_whatever_order(
    salt: str, first: int, seed: int
) -> None:
    people = list(range(first, first + 20))
    dealer = Dealer(salt, 0.3, wordings(1, 1), "installation", 0.1)
    hands = {user_id: dealer.hand(user_id) for user_id in people}
    Random(seed).shuffle(people)
    again = Dealer(salt, 0.3, wordings(1, 1), "installation", 0.1)
    assert all(again.hand(user_id) == hands[user_id] for user_id in people)


def test_a_draw_never_changes() -> None:
    """Another number here would deal running campaigns anew."""
    assert drawn("0123456789abcdef", "holdout", 101) == 13783740423177311946


@given(st.floats(0, 0.9), st.floats(0, 0.9), st.integers(1, 2**52))
def test_a_larger_holdout_holds_all_whom_a_smaller_one_does(
    one: float, other: float, user_id: int
) -> None:
    small, large = sorted((one, other))
    if Dealer("salt", small, [], "", 0).hand(user_id).arm == "holdout":
        assert Dealer("salt", large, [], "", 0).hand(user_id).arm == "holdout"


def test_without_wordings_or_holdout_everybody_is_treated() -> None:
    hands = [Dealer("salt", 0, [], "", 0).hand(n) for n in range(100)]
    assert {(hand.arm, hand.variant) for hand in hands} == {("treated", None)}
