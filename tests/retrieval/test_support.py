"""What a quote bears, on an adversarial list, and what holds for any quote."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from retrieval.numerals import normal
from retrieval.sentences import language, sentences
from retrieval.support import supports
from retrieval.words import folded

LIST: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "support.yaml").read_text("utf-8")
)
QUOTES = [row["quote"] for row in LIST]
CHINESE = [quote for quote in QUOTES if language(quote) == "zh"]
ENGLISH = [quote for quote in QUOTES if language(quote) == "en"]
NUMBERED = [quote for quote in QUOTES if any(map(str.isdecimal, quote))]


def accepted(kind: str) -> list[tuple[str, str]]:
    """The pairs of quote and sentence that are taken for borne."""
    return [
        (row["quote"], said) for row in LIST for said in row[kind] if supports(row["quote"], said)
    ]


def test_no_sentence_that_says_something_else_is_borne() -> None:
    assert accepted("wrong") == []
    assert sum(len(row["wrong"]) for row in LIST) >= 140


def test_most_fair_sentences_are_borne() -> None:
    total = sum(len(row["fair"]) for row in LIST)
    assert total >= 80
    assert len(accepted("fair")) >= 0.9 * total


@given(st.lists(st.sampled_from(QUOTES), min_size=1, max_size=4, unique=True), st.data())
def test_any_sentence_of_a_quote_is_borne_by_it(quotes: list[str], data: st.DataObject) -> None:
    said = data.draw(st.sampled_from([s for quote in quotes for s in sentences(quote)]))
    assert supports("\n".join(quotes), said)
    assert supports(" ".join(quotes), said)


@given(st.sampled_from(NUMBERED), st.integers(1, 9), st.data())
def test_no_digit_may_change(quote: str, by: int, data: st.DataObject) -> None:
    at = data.draw(st.sampled_from([at for at, c in enumerate(quote) if c.isdecimal()]))
    changed = quote[:at] + str((int(quote[at]) + by) % 10) + quote[at + 1 :]
    assert not supports(quote, changed)


@given(st.sampled_from(CHINESE), st.sampled_from("不没未勿"), st.data())
def test_no_negation_may_come_in_chinese(quote: str, word: str, data: st.DataObject) -> None:
    changed = insert(data, quote, word, [at for at, c in enumerate(quote) if "一" <= c <= "龥"])
    assert not supports(quote, changed)


@given(st.sampled_from(ENGLISH), st.sampled_from(["not ", "never ", "no "]), st.data())
def test_no_negation_may_come_in_english(quote: str, word: str, data: st.DataObject) -> None:
    starts = [at + 1 for at, char in enumerate(quote) if char == " " and quote[at + 1].isalpha()]
    assert not supports(quote, insert(data, quote, word, starts))


def insert(data: st.DataObject, quote: str, word: str, places: list[int]) -> str:
    at = data.draw(st.sampled_from(places))
    return quote[:at] + word + quote[at:]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("两年、2 年、二零二四年三月十五日", "2年、2 年、2024年3月15日"),
        ("一般在四万公里或1.5万公里，统一更换", "一般在40000公里或15000公里,统一更换"),
        ("百分之八十 and 80 percent", "80% and 80%"),
        ("40,000 km, 40 000 km, forty thousand km", "40000 km, 40000 km, 40000 km"),
        ("2.3-2.5 bar of 5W-30, 三到五万公里", "2.3~2.5 bar of 5w-30, 3~50000公里"),
        ("千万不要，万一", "千万不要,万一"),
        ("两三年换一次，三四十公里，五六万元", "2~3年换1次,30~40公里,50000~60000元"),
        ("二三年级，二十三年", "2~3年级,23年"),
        ("1万5千公里，3千2百元，2亿3千万元", "15000公里,3200元,230000000元"),
        ("1亿三公里，一亿三，三万五", "130000000公里,130000000,35000"),
        ("1万5公里，1千5元", "15000公里,1500元"),
        ("一两个月，十二三万公里，一百二三十元", "1~2个月,120000~130000公里,120~130元"),
    ],
)
def test_numbers_have_one_form(written: str, found: str) -> None:
    assert normal(folded(written)) == found
