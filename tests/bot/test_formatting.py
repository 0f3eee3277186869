import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.lengths import length
from wording.formatting import split

PIECES = st.sampled_from(
    [
        "制动液",
        "brake fluid",
        "。",
        ". ",
        "，",
        "\n",
        "\n\n",
        " ",
        "🚗",
        "！”",
        "P0420",
        "2.5",
        "；",
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=100)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(TEXTS, st.integers(2, 40))
def test_parts_fit_and_joined_give_the_text(text: str, limit: int) -> None:
    parts = list(split(text, limit))
    assert all(0 < length(part) <= limit for part in parts)
    assert all(part == part.strip() for part in parts)
    assert bare("".join(parts)) == bare(text)


@given(st.lists(st.text(alphabet="胎压车🚗", min_size=1, max_size=20), min_size=1, max_size=20))
def test_cuts_are_at_sentence_ends_where_one_is_near(words: list[str]) -> None:
    text = "".join(f"{word}。" for word in words)
    # Twice the longest sentence: there is an end in the second half of every window.
    *parts, _ = split(text, 2 * (2 * 20 + 1))
    assert all(part.endswith("。") for part in parts)


def test_a_text_that_fits_is_one_part() -> None:
    assert list(split("短。")) == ["短。"]
    assert list(split("a" * 4096)) == ["a" * 4096]
    assert list(split(" \n ")) == []


def test_a_long_answer_is_cut_at_telegrams_limit() -> None:
    text = "胎压应在冷车时测量。" * 1000
    parts = list(split(text))
    assert [length(part) for part in parts] == [4090, 4090, 1820]
    assert "".join(parts) == text


def test_characters_of_two_units_count_as_two_and_stay_whole() -> None:
    assert length("🚗") == 2
    assert list(split("🚗" * 5, 5)) == ["🚗🚗", "🚗🚗", "🚗"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("one two.\n\nthree. four. five", ["one two.", "three. four. five"]),
        ("one two, three four. five six seven", ["one two, three four.", "five six seven"]),
        ("one two three, four five six seven", ["one two three,", "four five six seven"]),
        ("pressure of 2.5.6.7.8.9 bar", ["pressure of", "2.5.6.7.8.9 bar"]),
        ("他说：“停车！”然后他慢慢走下车来看一看", ["他说：“停车！”然后他慢慢走下车来看一看"]),
        ("abcdefghijklmnopqrstuvwxyz", ["abcdefghijklmnopqrstu", "vwxyz"]),
    ],
)
def test_the_best_place_near_the_end_is_taken(text: str, parts: list[str]) -> None:
    assert list(split(text, 21)) == parts
