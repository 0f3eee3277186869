import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.names import _HYPHEN, _SPELLINGS, kind, names, spelled, tokens
from retrieval.words import folded


def found(text: str) -> set[str]:
    return set(names(tokens(spelled(folded(text)))))


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (["P0420", "p 0420", "P-0420", "P\u20110420", "P0420是什么"], "p0420"),
        (["5W-30", "5w30", "5W 30", "5W\u201130"], "5w-30"),
        (["DOT 4", "DOT4", "dot-4"], "dot4"),
        (["DOT 5.1", "DOT5.1"], "dot5.1"),
        (["ID.3", "ID3", "id-3冬天"], "id3"),
        (["A柱", "a 柱", "the A-pillar"], "a柱"),
        (["D挡", "D档", "d 檔"], "d挡"),
        (["Model Y", "model y", "Model-Y"], "model-y"),
        (["92号汽油", "92#汽油"], "92号"),
        (["R134a", "R-134a"], "r134a"),
        (["L2级", "Level 2"], "l2"),
    ],
)
def test_one_thing_has_one_name(spellings: list[str], name: str) -> None:
    assert [found(text) for text in spellings] == [{name}] * len(spellings)


@pytest.mark.parametrize(
    "text",
    [
        "百公里16度电，每天60公里",
        "a 60kWh battery at 120km/h, 30cm deep, 2.3bar",
        "1.5T 48V 22kW 3-4L 12.5kWh/100km",
        "a 5-year-old car of 2019, 2024款",
        "4S店, USB3, MP3, CO2",
        "it's what a model is",
    ],
)
def test_measures_and_common_words_are_no_names(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("p0420", "p0300", True),
        ("dot3", "dot5.1", True),
        ("a柱", "b柱", True),
        ("a柱", "d挡", False),
        ("5w-30", "0w-20", True),
        ("id3", "g6", False),
        ("model-s", "model-3", True),
    ],
)
def test_names_of_one_kind_are_rivals(one: str, other: str, same: bool) -> None:
    assert (kind(one) == kind(other)) is same


# Halves of names, so that what is left out for want of one could stand in another's way.
PIECES = [
    *("P", "0420", "p0420", "-5W", "30", "dot", "4", "5.1", "model", "type", "s", "level", "2"),
    *("euro", "group", "6", "R", "134a", "1234yf", "205/55", "z", "r16", "a", "pillars", "b"),
    *("柱", "挡", "檔", "c", "级", "92", "#", "号", "油", "id", ".", "3", "-", "\u2011", "x", "no"),
    *("fig", "电车", "٣", " "),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_what_is_left_out_for_speed_would_change_nothing(pieces: list[str]) -> None:
    text = folded("".join(pieces))
    wanted = _HYPHEN.sub("-", text)
    for _, pattern, one in _SPELLINGS:
        wanted = pattern.sub(one, wanted)
    assert spelled(text) == wanted
