import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.sentences import language, sentences, size

# Pieces that make boundaries likely, and those that look like boundaries and are none.
MARKS = st.sampled_from(list('。！？；…”」).!()"、 \n\t\u2028'))
WORDS = st.sampled_from(["胎压", "2.5", "bar", "e.g.", "approx.", "No.", "1.", "P0420", "A", ". "])
PIECES = MARKS | WORDS


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_joined_sentences_are_the_text_but_for_white_space(text: str) -> None:
    found = sentences(text)
    assert bare("".join(found)) == bare(text)
    assert all(sentence == sentence.strip() != "" for sentence in found)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_a_sentence_is_not_cut_again(text: str) -> None:
    assert all(sentences(sentence) == [sentence] for sentence in sentences(text))


@pytest.mark.parametrize(
    "sentence",
    [
        "冷车时胎压应为2.5 bar，满载时加到2.8 bar。",
        "电压低于 12.4 V 时，请充电。",
        "故障码P0420.表示催化器效率低。",
        "Inflate to 2.5 bar, i.e. 36 psi, when cold.",
        "It takes approx. 30 minutes, e.g. Over lunch, at a 50 kW post.",
        "See fig. 3 and no. 12 (max. 80 percent).",
        "The limit (approx.) 5 mm is for winter tyres.",
        "Mr. Li and J. Smith drove 300 km.",
        "1. Check the oil when the engine is cold.",
        "12. 检查制动液。",
        "他说：“先停车！”",
    ],
)
def test_numbers_units_and_abbreviations_are_not_cut(sentence: str) -> None:
    assert sentences(sentence) == [sentence]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("先停车。再看灯！怎么办？打电话", ["先停车。", "再看灯！", "怎么办？", "打电话"]),
        ("Stop. Look! Why? Call 112.", ["Stop.", "Look!", "Why?", "Call 112."]),
        ("It read 2.5. Then it fell.", ["It read 2.5.", "Then it fell."]),
        ("他说“停！”然后走了。", ["他说“停！”", "然后走了。"]),
        ("标题\n正文。", ["标题", "正文。"]),
        ("English first. 然后中文。", ["English first.", "然后中文。"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, found: list[str]) -> None:
    assert sentences(text) == found


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("制动液多久换一次？", "zh"),
        ("ABS 灯亮了怎么办", "zh"),
        ("How often is brake fluid changed?", "en"),
        ("What does 胎压 mean?", "en"),
        ("12345", "en"),
        ("", "en"),
    ],
)
def test_language(text: str, spoken: str) -> None:
    assert language(text) == spoken


def test_a_han_character_is_half_a_latin_word() -> None:
    assert size("制动液") == 3
    assert size("brake fluid 2.5") == 4
