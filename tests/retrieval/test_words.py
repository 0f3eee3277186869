import math

import pytest

from retrieval.words import Rarity, index_terms, simplified, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P0420", ["p0420"]),
        ("Ｐ０４２０", ["p0420"]),
        ("0W-20 or 5w-30", ["0w-20", "5w-30"]),
        ("2.5 bar", ["2.5", "bar"]),
        ("205/55", ["205/55"]),
        ("5W30 10w\u201140 P 0420 DOT4", ["5w-30", "10w-40", "p0420", "dot4"]),
        ("A柱和 D 档", ["a柱", "d挡"]),
        ("a Model S, it's two models", ["model-s", "two", "model"]),
        ("batteries and a battery", ["batteri", "batteri"]),
        ("leaks, leaked, leaking", ["leak", "leak", "leak"]),
        ("Lynk&Co's brake-pads", ["lynk", "co", "brake", "pad"]),
        ("an F-150 and a MR6453DCHEV02", ["f150", "mr6453dchev02"]),
        ("Does this do what it should?", []),
        ("什么是的", []),
        ("", []),
    ],
)
def test_terms(text: str, found: list[str]) -> None:
    assert terms(text) == found


def test_chinese_is_cut_into_words_without_stop_words() -> None:
    assert "p0420" in terms("故障码P0420是什么？")
    assert "制动液" in "".join(terms("制动液多久更换一次？"))
    assert "多久" not in terms("制动液多久更换一次？")


def test_traditional_characters_are_folded() -> None:
    assert terms("發動機機油") == terms("发动机机油")


@pytest.mark.parametrize(
    ("traditional", "usual"),
    [
        ("煞車失靈", "刹车失灵"),
        ("手煞車著火", "手刹车着火"),
        ("輪胎附著力", "轮胎附着力"),
        ("顯著的著名著作", "显著的著名著作"),
        ("更新軟體", "更新软件"),
        ("引擎蓋裡的濾清器", "引擎盖里的滤清器"),
        ("刹车程序、信息与质量，土豆与水平", "刹车程序、信息与质量，土豆与水平"),
        ("\ud800", "?"),
    ],
)
def test_words_are_written_as_on_the_mainland(traditional: str, usual: str) -> None:
    assert simplified(traditional) == usual


def test_pairs_of_characters_match_what_words_miss() -> None:
    assert index_terms("换机油P0420") == [*terms("换机油P0420"), "·换机", "·机油"]
    assert index_terms("brake") == ["brake"]


def test_rarity_is_bm25s_and_cover_a_share_by_it() -> None:
    rarity = Rarity({"brake": 2, "fluid": 1, "pad": 1, "tyre": 1}.__getitem__, 3)
    assert rarity("brake") == pytest.approx(math.log(1 + (3 - 2 + 0.5) / (2 + 0.5)))
    assert rarity("fluid") > rarity("brake")
    share = rarity("fluid") / (rarity("fluid") + rarity("brake"))
    assert rarity.cover(["brake", "fluid"], ["fluid", "fluid"]) == pytest.approx(share)
    assert rarity.cover(["brake"], ["brake", "pad"]) == 1
    assert rarity.cover(["brake"], []) == 0
    assert rarity.cover([], ["brake"]) == 0
