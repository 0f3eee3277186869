import json
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answer import Answer
from retrieval.answer_evaluation import BadFile, Row, answered, figures, read_rows
from retrieval.answer_metrics import overlap, tokens
from retrieval.compose import Sentence
from retrieval.encoder import Encoder

FLUID = "制动液会吸收空气里的水分，一般每两年更换一次。\n\n含水的制动液沸点会下降。"
RANGE = "低温会让电池内阻变大，电动车在零下十度时续航常常减少三成左右。"
TYRES = "胎压应在冷车时测量，数值贴在驾驶侧门框上。"
POLISH = "Wash the car in the shade and dry it with a soft towel."
ROWS = [
    Row("制动液多久换一次？", (TYRES, FLUID, RANGE), ("一般每两年更换一次。",), True),
    Row("制动液多久换一次？", (TYRES, RANGE), (), False),
    Row("第一届世界杯在哪个国家举办？", (TYRES, FLUID, RANGE), (), False),
    Row("What do I dry the car with?", (POLISH,), ("a soft towel",), True),
    Row("Anything at all?", (), (), False),
]


@pytest.fixture(scope="module")
def answers(encoder: Encoder) -> list[Answer]:
    return answered(ROWS, encoder)


def test_each_question_is_answered_from_its_own_passages(answers: list[Answer]) -> None:
    first, without, foreign, english, nothing = answers
    assert [sentence.text for sentence in first.sentences] == [FLUID.split("\n")[0]]
    assert [citation.text[:3] for citation in first.citations] == ["制动液"]
    assert without.refused
    assert foreign.refused
    assert "soft towel" in english.text
    assert nothing.refused
    assert nothing.confidence == 0


def test_the_figures_are_those_of_the_answers(answers: list[Answer]) -> None:
    found = figures(ROWS, answers)
    f1, recall, rouge = overlap(FLUID.split("\n")[0], ROWS[0].answers)
    english = overlap(POLISH, ROWS[3].answers)
    assert found["n"] == 5
    assert found["answer_f1"] == pytest.approx((f1 + english[0]) / 2, abs=1e-4)
    assert found["answer_recall"] == pytest.approx((recall + english[1]) / 2, abs=1e-4)
    assert found["rouge_l"] == pytest.approx((rouge + english[2]) / 2, abs=1e-4)
    assert found["citation_precision"] == found["citation_recall"] == 1
    assert found["refusal_accuracy"] == found["answered_rate"] == found["answerability_auroc"] == 1
    assert found["false_answer_rate"] == found["unsupported_sentence_rate"] == 0


def test_refusals_and_wrong_answers_cost(answers: list[Answer]) -> None:
    refusal = replace(answers[1], confidence=0.9)
    shown = replace(answers[0], confidence=0.1)
    found = figures(ROWS[:2], [refusal, shown])
    assert found["answer_f1"] == found["refusal_accuracy"] == found["answered_rate"] == 0
    assert found["false_answer_rate"] == 1
    assert found["answerability_auroc"] == 1
    assert found["citation_recall"] is None


@pytest.mark.parametrize("wrong", [Sentence("一般每三年更换一次。", 1), Sentence("低温", 2)])
def test_a_sentence_that_its_source_lacks_is_unsupported(
    answers: list[Answer], wrong: Sentence
) -> None:
    right = answers[0].sentences[0]
    twisted = replace(answers[0], sentences=(right, wrong))
    assert figures(ROWS[:1], [twisted])["unsupported_sentence_rate"] == 0.5


def test_a_citation_of_another_passage_is_imprecise(answers: list[Answer]) -> None:
    other = replace(ROWS[0], passages=(RANGE, "一般每两年更换一次。"))
    found = figures([other], [answers[0]])
    assert found["citation_precision"] == found["citation_recall"] == 0


def test_lines_broken_by_a_page_are_quoted_whole(encoder: Encoder) -> None:
    page = (
        "保养和维护\n311\n请不定期地检查冷却液液位，并且应在发动机处于冷态时进\n"
        "行检查，以确保液位在两个标记之间。\n■ 打开前机舱盖。\n■ 打开洗涤液加注口盖。"
    )
    row = Row("什么时候检查冷却液液位？", (page,), ("发动机处于冷态时",), True)
    (answer,) = answered([row], encoder)
    assert "应在发动机处于冷态时进行检查，以确保液位在两个标记之间。" in answer.text
    assert figures([row], [answer])["unsupported_sentence_rate"] == 0


@pytest.mark.parametrize(
    ("said", "gold", "f1", "recall", "rouge"),
    [
        ("每两年更换一次。", "每两年，更换一次", 1, 1, 1),
        ("两年", "每两年", 0.8, 2 / 3, 0.8),
        ("年两", "两年", 1, 1, 0.5),
        ("The change is due.", "a change, due!", 0.8, 1, 0.8),
        ("soft", "hard", 0, 0, 0),
        ("", "hard", 0, 0, 0),
    ],
)
def test_overlap_is_squads(said: str, gold: str, f1: float, recall: float, rouge: float) -> None:
    assert overlap(said, [gold]) == pytest.approx((f1, recall, rouge))
    assert overlap(said, ["完全无关", gold]) == pytest.approx((f1, recall, rouge))


def test_tokens_are_characters_of_chinese_and_words_of_english() -> None:
    assert tokens("ＡＢＳ灯亮了！", "zh") == ["a", "b", "s", "灯", "亮", "了"]
    assert tokens("The ABS-light, at 2.5 bar.", "en") == ["abslight", "at", "25", "bar"]


GOOD = {"question": "q", "passages": ["p"], "answers": ["a"], "answerable": True}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("[]", "a JSON object"),
        (json.dumps(GOOD | {"question": " "}), "`question`"),
        (json.dumps(GOOD | {"passages": "p"}), "`passages`"),
        (json.dumps(GOOD | {"answers": [1]}), "`answers`"),
        (json.dumps(GOOD | {"answers": []}), "`answers`"),
        (json.dumps(GOOD | {"answerable": 1}), "`answerable`"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(f"{json.dumps(GOOD)}\n\n{line}\n", "utf-8")
    with pytest.raises(BadFile, match=rf"rows.jsonl:3: .*{said}"):
        read_rows(file)


def test_a_file_without_passages_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(GOOD | {"passages": [" "]}), "utf-8")
    with pytest.raises(BadFile, match="no passages"):
        read_rows(file)
    file.write_bytes(b"\xff")
    with pytest.raises(BadFile, match="UTF-8"):
        read_rows(file)
