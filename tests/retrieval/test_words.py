import math

import pytest

from retrieval.words import Rarity, terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P0420", ["p0420"]),
        ("Ｐ０４２０", ["p0420"]),
        ("0W-20 or 5w-30", ["0w-20", "5w-30"]),
        ("2.5 bar", ["2.5", "bar"]),
        ("205/55", ["205/55"]),
        ("batteries and a battery", ["battery", "battery"]),
        ("brakes, tyres, switches, boxes", ["brake", "tyre", "switch", "box"]),
        ("a glass chassis bus", ["glass", "chassis", "bus"]),
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


def test_rarity_is_bm25s_and_cover_a_share_by_it() -> None:
    rarity = Rarity([["brake", "fluid"], ["brake", "pad"], ["tyre"]])
    assert rarity("brake") == pytest.approx(math.log(1 + (3 - 2 + 0.5) / (2 + 0.5)))
    assert rarity("fluid") > rarity("brake")
    share = rarity("fluid") / (rarity("fluid") + rarity("brake"))
    assert rarity.cover(["brake", "fluid"], ["fluid", "fluid"]) == pytest.approx(share)
    assert rarity.cover(["brake"], ["brake", "pad"]) == 1
    assert rarity.cover(["brake"], []) == 0
    assert rarity.cover([], ["brake"]) == 0
