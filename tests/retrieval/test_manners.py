from pathlib import Path

import pytest

import sample
from retrieval.documents import parse_all
from retrieval.manners import Declined, dangerous, declined

FILES = sorted((Path(sample.__file__).parent / "lessons").glob("*/*.md"))
LESSONS = parse_all((path.name, path.read_bytes()) for path in FILES)


def test_no_lesson_title_or_heading_is_ever_declined() -> None:
    titles = {lesson.title for lesson in LESSONS}
    titles |= {heading for lesson in LESSONS for s in lesson.sections for heading in s.headings}
    assert len(titles) > 400
    assert [title for title in titles if declined(title)] == []


@pytest.mark.parametrize(
    "question",
    [
        "孕妇开车怎么系安全带？",
        "下雨天气开车要注意什么？",
        "车里能放宠物狗吗？",
        "二手车纠纷要请律师吗？",
        "酒店的充电桩收费吗？",
        "感冒药吃了能开车吗？",
        "胎压多少合适？",
        "DOT 4 是什么",
        "Can I drive after taking cold medicine?",
        "Is a pregnant woman safe with a seat belt?",
        "Can I sue the dealer over a lemon car?",
        "What tyre pressure for hot weather?",
        "Are dogs allowed in test cars?",
        "P0420",
        "ABS",
        "",
    ],
)
def test_what_may_be_about_cars_is_never_declined(question: str) -> None:
    assert declined(question) is None


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("头疼吃什么药？", Declined.MEDICAL),
        ("What dose of ibuprofen for a headache?", Declined.MEDICAL),
        ("离婚财产怎么分，要请律师吗？", Declined.LEGAL),
        ("How do I sue my landlord?", Declined.LEGAL),
        ("明天上海天气怎么样", Declined.OFF_TOPIC),
        ("How do I bake sourdough bread at home?", Declined.OFF_TOPIC),
        ("给我写一首诗", Declined.OFF_TOPIC),
        ("你这个傻逼", Declined.ABUSIVE),
        ("ＦＵＣＫ you, stupid bot", Declined.ABUSIVE),
    ],
)
def test_other_questions_are_declined_by_kind(question: str, why: Declined) -> None:
    assert declined(question) is why


@pytest.mark.parametrize(
    "text",
    [
        "制动液多久换一次？",
        "刹车踏板变软怎么办",
        "安全气囊警告灯亮",
        "橙色线是高压电",
        "车里有汽油味",
        "煞車失靈",
        "機艙著火了",
        "電池冒煙",
        "油箱下面好像在漏油",
        "更换轮胎时千斤顶放哪里",
        "The brake pedal goes soft.",
        "An airbag lamp stays on.",
        "Orange cables carry high voltage.",
        "I smell petrol in the cabin",
        "fuel line is leaking fuel",
    ],
)
def test_dangerous_parts_are_told(text: str) -> None:
    assert dangerous(text)


@pytest.mark.parametrize(
    "text",
    [
        "冬天电动车续航会减少多少？",
        "制动能量回收能省多少电？",
        "怎样选车险？",
        "How do I wash the car?",
        "The battery lasts eight years.",
        "Embrace the breakfast.",
    ],
)
def test_harmless_parts_are_not(text: str) -> None:
    assert not dangerous(text)
