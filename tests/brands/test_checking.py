import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bench.brand_rules import FILES, ROOT
from sample.behaviour import load_items
from services.brands import book
from services.brands.checking import Books, Finding, Rules
from services.brands.looking import in_items
from tests.brands.books import sample_books

SENTENCES = {
    file.stem: [
        text
        for split in yaml.safe_load(file.read_text("utf-8")).values()
        for listed in split.values()
        for text in listed
    ]
    for file in FILES
}
ALL = [text for listed in SENTENCES.values() for text in listed]


def rules_of(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def of_law(text: str) -> list[str]:
    return rules_of(Books().check(text))


@pytest.mark.parametrize("file", SENTENCES)
def test_each_suggestion_passes_and_so_does_the_mended_text(file: str) -> None:
    books = sample_books()
    for text in SENTENCES[file]:
        for finding in books.check(text, "yunridge"):
            assert text[finding.start : finding.end] == finding.quote
            assert books.check(finding.suggestion, "yunridge") == []
        assert books.check(books.mend(text, "yunridge"), "yunridge") == []


def test_each_suggestion_of_the_law_passes_the_law() -> None:
    for place, words in book.said(book.law()):
        assert Books().check(words, None, None) == [], place


@given(st.lists(st.one_of(st.sampled_from(ALL), st.text(max_size=20)), max_size=4))
def test_spans_lie_in_the_text_in_order(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = sample_books().check(text, "yunridge")
    assert [one.start for one in found] == sorted(one.start for one in found)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == one.quote


@pytest.mark.parametrize(
    "text",
    [
        "国家级工艺",
        "国 家 级工艺",
        "國家級工藝",
        "最\u200b佳座驾",
        "蕞佳座驾",
        "zui佳座驾",
        "全国第①",
        "天下无双的底盘",
        "The #1 hybrid",
        "Rated No. 1",
        "100 % 安 全",
    ],
)
def test_what_is_written_around_the_law_is_found(text: str) -> None:
    assert of_law(text)


@pytest.mark.parametrize(
    "text",
    [
        "最近",
        "第一次",
        "最后",
        "这一流程",
        "第一步",
        "首先",
        "顶级域名",
        "唯一标识",
        "绝对值",
        "绝对压力",
        "最高时速 180 公里",
        "最大扭矩",
        "最小转弯半径",
        "最佳胎压",
        "不是最好的选择",
        "禁止使用最佳一词",
        "最。佳能相机",
        "这是三款车里空间最大的一款",
        "2000 转时扭矩最大",
        "获得最佳学员称号",
        "力争成为行业第一",
        "驾驶辅助不是自动驾驶",
        "Best before 2027",
        "The best way to check a tyre is cold",
        "At least two, at most three",
        "What is the safest distance?",
        "Nobody can promise zero accidents",
        "Seat no. 1 is by the window",
        "The guarantee covers three years",
    ],
)
def test_the_innocent_is_not_flagged(text: str) -> None:
    assert of_law(text) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("最抗揍的底盘", "absolute"),
        ("我们的教练最会教人的课程", "superlative"),
        ("没有谁能跟它比", "superlative"),
        ("Sichuan's safest SUV", "absolute"),
        ("It doesn't get any better", "superlative"),
        ("Nobody builds hybrids like we do", "superlative"),
        ("The only hybrid you need", "first"),
        ("Your car will never let you down", "guarantee"),
        ("Everybody wins a prize", "guarantee"),
        ("Quieter than our rivals", "disparage"),
        ("Other brands can't keep up", "disparage"),
        ("Recommended by the police", "state"),
        ("Take your hands off the wheel", "driving"),
        ("智驾带您回家", "driving"),
        ("座椅能治疗腰椎病", "medical"),
        ("Sold below cost", "price"),
        ("98% 的车主推荐", "source"),
        ("Nine out of ten owners agree", "source"),
    ],
)
def test_claims_are_found_by_their_families(text: str, rule: str) -> None:
    assert rule in of_law(text)


def test_a_figure_with_its_source_is_none_without() -> None:
    assert of_law("98% 的车主推荐（数据来源：2025 年回访）") == []
    assert of_law("98% of owners (source: a survey of 2025)") == []


def test_a_suggestion_repeats_the_word_that_was_found() -> None:
    (found,) = Books().check("城里最~硬~核的座驾")
    assert (found.quote, found.suggestion) == ("最~硬~核", "硬~核")


def test_lessons_teach_with_words_that_copy_may_not_use() -> None:
    assert rules_of(Books().check("自动驾驶让路上更安静", place="copy")) == ["driving"]
    assert Books().check("自动驾驶让路上更安静", place="lesson") == []


def test_the_sample_s_lessons_and_items_break_no_law() -> None:
    books = Books()
    for lesson in sorted((ROOT / "sample/lessons").rglob("*.md")):
        for line in lesson.read_text("utf-8").splitlines():
            assert books.check(line, place="lesson") == [], lesson.name
    assert list(in_items(books, load_items())) == []


def test_an_exception_excuses_its_own_words_alone() -> None:
    assert of_law("最佳胎压，最佳座驾") == ["absolute"]


def test_a_brand_s_rules_hold_for_its_texts_and_for_those_that_name_it() -> None:
    books = sample_books()
    assert books.check("亲，来看车") == []
    assert rules_of(books.check("亲，来看车", "云岭")) == ["address"]
    assert rules_of(books.check("亲，来看云岭")) == ["address"]
    # 白云岭 is another name.
    assert books.check("亲，来看白云岭") == []


def test_rules_hold_where_they_are_said_to() -> None:
    books = sample_books()
    assert rules_of(books.check("云岭！！", place="copy")) == ["exclamation"]
    assert books.check("云岭！！", place="lesson") == []


def test_names_are_written_as_the_book_has_them() -> None:
    (found,) = sample_books().check("周末来试 云岭y7 吧")
    assert (found.code, found.quote, found.suggestion) == ("name", "云岭y7", "云岭 Y7")
    assert sample_books().check("周末来试云岭 Y7 吧") == []
    assert sample_books().check("云岭 Y70 不是我们的车") == []


def test_a_claim_has_its_words_beside_it() -> None:
    books = sample_books()
    (found,) = books.check("续航 620 公里，周末够用。", "yunridge")
    assert found.code == "missing"
    assert found.suggestion.startswith("续航 620 公里（CLTC")
    assert books.check("续航 620 公里（CLTC 工况）。", "yunridge") == []
    # Words at the other end of a long text say nothing of the claim.
    assert books.check("续航 620 公里。" + "路" * 200 + "CLTC 工况", "yunridge")


def test_a_logo_stands_where_it_may() -> None:
    books = sample_books()
    (logo,) = books.brands["yunridge"].book.logos
    assert books.logos(logo.files[0], "copy") == []
    (found,) = books.logos(logo.files[0], "caption")
    assert (found.code, found.places) == ("logo", ("copy", "document"))
    assert books.logos("0" * 64, "caption") == []


def test_a_brand_adds_to_the_law_s_groups() -> None:
    text = """
brand: b
title: {zh: 乙, en: B}
bans:
- id: held
  find: {"比{rival}*圆": 圆润}
"""
    rules = Rules(book.read("b.yaml", text.encode()))
    assert rules_of(Books({"b": rules}).check("比同级更圆", "b")) == ["held"]
