"""Questions are read in the words of the lessons."""

import os
from pathlib import Path

import pytest

from retrieval.answer_service import AnswerService
from retrieval.answerer import Answerer
from retrieval.batching import BatchingEncoder
from retrieval.knowledge import KnowledgeBase
from retrieval.synonyms import SynonymFile, Synonyms, SynonymsError, bundled
from tests.retrieval.files import parse

ASKED = [
    ("刹车油多久换一次？", "每两年"),
    ("煞車油多久換一次？", "每两年"),
    ("电车冬天续航会少多少？", "三成"),
]


@pytest.mark.parametrize(("asked", "said"), ASKED)
async def test_the_words_of_the_trade_find_the_lesson(
    service: AnswerService, asked: str, said: str
) -> None:
    assert said in (await service.answer(asked)).text


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("刹车油多久换", "制动液多久换"),
        ("电车怕冷吗", "电动车怕冷吗"),
        ("充电车位多少钱", "充电车位多少钱"),
        ("家里装个充电庄", "家里装个充电桩"),
        ("are my brakes squeeling", "are my brakes squealing"),
        ("制动液是什么", "制动液是什么"),
        ("刹车油（制动液）多久换", "刹车油（制动液）多久换"),
        ("Do electric vehicles like cold?", "Do electric vehicles like cold?"),
        ("", ""),
        ("\ud83d", "?"),
    ],
)
def test_words_are_read_whole_as_the_lessons_say_them(
    knowledge: KnowledgeBase, asked: str, read: str
) -> None:
    assert Synonyms.of(bundled()).read(knowledge.index(), asked) == read


def test_the_word_that_a_base_has_is_the_one_that_is_read(empty: KnowledgeBase) -> None:
    empty.build([parse("oil.txt", "刹车油每两年换一次。".encode())])
    assert Synonyms.of(bundled()).read(empty.index(), "制动液几年换") == "刹车油几年换"


async def test_an_edited_list_holds_at_once(
    knowledge: KnowledgeBase, batching: BatchingEncoder, tmp_path: Path
) -> None:
    path = tmp_path / "synonyms.yaml"
    service = AnswerService(knowledge, batching, Answerer(synonyms=SynonymFile(path)))
    asked = "摩擦红汤多久换一次？"
    assert (await service.answer(asked)).refused
    path.write_text("synonyms:\n  - [制动液, 摩擦红汤]\n", "utf-8")
    assert "每两年" in (await service.answer(asked)).text
    # A fault is logged, and what held before goes on.
    path.write_text("synonyms: 制动液", "utf-8")
    os.utime(path, ns=(1, 1))
    assert "每两年" in (await service.answer(asked)).text
    await service.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "takes `spellings:`"),
        ("words: []", "takes `spellings:`"),
        ("spellings: [a]", "word: how it is read"),
        ("synonyms: {a: b}", r"\[word, word\]"),
        ("synonyms:\n  - [a, 12]", "'12' is no word"),
        ("synonyms:\n  - [a, '" + "b" * 61 + "']", "up to 60"),
        ("a: [", "no YAML"),
    ],
)
def test_a_list_with_a_fault_says_what_it_takes(text: str, told: str) -> None:
    with pytest.raises(SynonymsError, match=told):
        Synonyms.of(bundled(), text)
