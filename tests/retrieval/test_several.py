"""Several questions in one message: each is answered, or its refusal is told."""

from dataclasses import replace

import pytest

from retrieval.answer_service import AnswerService
from retrieval.several import merged, parts


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (
            "制动液多久换一次？冬天电动车续航会掉多少？",
            ["制动液多久换一次？", "冬天电动车续航会掉多少？"],
        ),
        ("机油多久换一次，轮胎什么时候要换", ["机油多久换一次", "轮胎什么时候要换"]),
        ("机油多久换一次？还有轮胎什么时候要换？", ["机油多久换一次？", "还有轮胎什么时候要换？"]),
        (
            "When should brake fluid be changed? And how long do tyres last?",
            ["When should brake fluid be changed?", "And how long do tyres last?"],
        ),
        (
            "When should brake fluid be changed and how long do tyres last",
            ["When should brake fluid be changed", "how long do tyres last"],
        ),
    ],
)
def test_questions_with_a_topic_each_are_told_apart(text: str, asked: list[str]) -> None:
    assert parts(text) == asked


@pytest.mark.parametrize(
    "text",
    [
        "制动液多久换一次？",
        "如果轮胎磨平了，还能上高速吗",
        "开了五年，机油该怎么换",
        "我的车是2019年的。制动液多久换？",
        "If the tyres are worn, can I still drive?",
        "What is the difference between engine oil and gearbox oil?",
        "机油和变速箱油有什么区别",
        "真的吗？？？",
        "",
    ],
)
def test_one_question_stays_one(text: str) -> None:
    assert parts(text) == [text]


def test_a_part_that_leans_on_the_one_before_is_asked_in_full() -> None:
    first, second = parts("制动液多久换一次？为什么？")
    assert first == "制动液多久换一次？"
    assert "制动液" in second
    assert "为什么" in second


async def test_both_are_answered_with_one_numbering(service: AnswerService) -> None:
    answer = await service.answer("制动液多久换一次？冬天电动车续航会减少多少？")
    assert not answer.refused
    assert "每两年" in answer.text
    assert "三成" in answer.text
    assert {s.citation for s in answer.sentences} == set(range(1, len(answer.citations) + 1))
    for sentence in answer.sentences:
        assert sentence.text in answer.citations[sentence.citation - 1].text
    assert answer.missing == ()


async def test_what_the_base_lacks_is_named_and_the_rest_given(service: AnswerService) -> None:
    answer = await service.answer("制动液多久换一次？车顶行李架能装多重？")
    assert not answer.refused
    assert "每两年" in answer.text
    assert answer.missing == ("车顶行李架能装多重？",)


async def test_where_nothing_is_known_all_of_it_is_refused(service: AnswerService) -> None:
    answer = await service.answer("车顶行李架能装多重？天窗漏水怎么修？")
    assert answer.refused
    assert answer.text == ""


async def test_two_parts_with_the_same_answer_are_told_it_once(service: AnswerService) -> None:
    answer = await service.answer("制动液多久换一次？")
    twice = merged(["a", "b"], [answer, replace(answer)])
    assert twice.text == answer.text
    assert twice.sentences == answer.sentences
