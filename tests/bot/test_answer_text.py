"""How an answer reads in a chat: bold words, a missing part, sources in the other language."""

from dataclasses import replace

import numpy as np
import pytest

from bot.groups import short_answer
from retrieval.answer import Answer
from retrieval.compose import Sentence, joined
from services.lengths import LIMIT, length
from wording.answers import body, foot, parts
from wording.texts import Texts

FLUID = "制动液会吸水 & 变质，一般每两年<更换>一次。"
PEDAL = "踏板会变软。"


def answer(*sentences: Sentence, **fields: object) -> Answer:
    whole = Answer(
        text=joined(sentences),
        refused=False,
        language="zh",
        mode="extractive",
        sentences=sentences,
        citations=(),
        nearest=(),
        confidence=0.9,
        index_version="1",
        embedding=np.zeros(1, dtype=np.float32),
    )
    return replace(whole, **fields)  # type: ignore[arg-type]


def test_the_words_that_answer_are_bold_within_their_sentence() -> None:
    start = FLUID.index("每两年")
    said = answer(Sentence(FLUID, 1, (start, start + 3)), Sentence(PEDAL, 2))
    assert body(said) == [
        "制动液会吸水 &amp; 变质，一般<b>每两年</b>&lt;更换&gt;一次。[1] 踏板会变软。[2]"
    ]
    assert "<b>每两年</b>" in short_answer(said, Texts("zh"))


def test_a_sentence_that_stands_twice_is_bold_where_it_was_told() -> None:
    said = answer(Sentence(PEDAL, 1), Sentence(PEDAL, 2, (0, 2)))
    assert body(said) == ["踏板会变软。[1] <b>踏板</b>会变软。[2]"]


def test_another_wording_has_no_bold_words() -> None:
    said = answer(Sentence(FLUID, 1, (0, 3)), text="换了个说法。")
    assert body(said) == ["换了个说法。"]


def test_a_long_answer_is_bold_in_the_message_that_has_the_words() -> None:
    said = answer(Sentence("长" * 3000 + "。", 1), Sentence("很" * 3000 + "对。", 2, (3000, 3001)))
    first, second = body(said)
    assert "<b>" not in first
    assert "<b>对</b>" in second
    assert all(length(part) <= LIMIT for part in (first, second))


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("zh", ("“天窗漏水怎么修？”", "英文课程")),
        ("en", ("“天窗漏水怎么修？”", "English courses")),
    ],
)
def test_what_is_missing_and_what_is_foreign_is_said(language: str, lines: tuple[str, ...]) -> None:
    said = answer(
        Sentence("Every two years.", 1), missing=("天窗漏水怎么修？",), crosses=True, dangerous=True
    )
    texts = Texts(language)
    for line in (*lines, texts("answer-dangerous")):
        assert line in foot(said, texts)
        assert line in parts(said, texts)[-1]
    assert foot(answer(Sentence(PEDAL, 1)), texts) == ""
