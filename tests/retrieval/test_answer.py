import re
from pathlib import Path

import pytest

from retrieval.answer import Answer
from retrieval.answer_service import AnswerService
from retrieval.batching import BatchingEncoder, Vector
from retrieval.compose import SENTENCES, Sentence, joined
from retrieval.documents import Document
from retrieval.knowledge import KnowledgeBase, KnowledgeBaseMissing
from retrieval.sentences import language
from tests.retrieval.files import parse


def check(answer: Answer) -> None:
    """What holds of every answer: all in it is the sources' own, and each number has its source."""
    for sentence in answer.sentences:
        citation = answer.citations[sentence.citation - 1]
        assert sentence.text in citation.text
        assert sentence.text in citation.quote
    assert {sentence.citation for sentence in answer.sentences} == set(
        range(1, len(answer.citations) + 1)
    )
    bare = re.sub(r" ?\[\d\]", "", answer.text)
    assert bare == " ".join(sentence.text for sentence in answer.sentences)
    assert answer.refused == (not answer.sentences) == bool(answer.nearest)
    assert len(answer.sentences) <= SENTENCES
    assert 0 <= answer.confidence <= 1
    assert set(answer.timings_ms) == {"encode", "read", "compose", "total"}


@pytest.mark.parametrize(
    ("question", "document", "locator", "said"),
    [
        ("制动液多久换一次？", "zh-brake-fluid", "制动液 › 多久更换 › ¶1", "每两年更换一次"),
        ("冬天电动车续航会减少多少？", "zh-winter-range", "冬季续航 › 为什么会变短 › ¶1", "三成"),
        (
            "How often should brake fluid be changed?",
            "en-brake-fluid",
            "Brake fluid › How often to change it › ¶1",
            "every two years",
        ),
        (
            "How much range does an EV lose at minus ten degrees?",
            "en-winter-range",
            "Range in winter › Why it shrinks › ¶1",
            "thirty percent",
        ),
    ],
)
async def test_an_answer_is_made_of_its_sources_sentences(
    service: AnswerService, question: str, document: str, locator: str, said: str
) -> None:
    answer = await service.answer(question)
    check(answer)
    assert not answer.refused
    assert answer.mode == "extractive"
    first = answer.citations[0]
    assert (first.document, first.locator) == (document, locator)
    assert said in answer.text
    assert answer.text.endswith("]")
    assert answer.index_version == service.knowledge.index().version.id


@pytest.mark.parametrize(
    "question",
    [
        "红烧肉怎么做才软糯？",
        "明天上海天气怎么样",
        "How do I bake sourdough bread?",
        "Who won in 1998?",
        "",
    ],
)
async def test_a_foreign_question_is_refused_with_the_nearest_topics(
    service: AnswerService, question: str
) -> None:
    answer = await service.answer(question)
    check(answer)
    assert answer.refused
    assert answer.text == ""
    documents = [hit.document for hit in answer.nearest]
    assert 2 <= len(set(documents)) == len(documents) <= 3
    assert answer.confidence < 0.5


OTHERS = {
    "zh": [
        "车险续保前要核对保额和免赔条款。",
        "新车的保修期从开票日算起。",
        "雾天打开雾灯，不要开远光灯。",
    ],
    "en": [
        "Before renewing insurance, compare limits and excesses.",
        "A new car's warranty runs from the day of the invoice.",
        "In fog use fog lamps, never full beam.",
    ],
}


@pytest.mark.parametrize(
    ("kept", "question", "document"),
    [
        ("zh", "How often should brake fluid be changed?", "zh-brake-fluid"),
        ("en", "制动液多久换一次？", "en-brake-fluid"),
    ],
)
async def test_a_question_finds_a_passage_in_the_other_language(
    empty: KnowledgeBase,
    batching: BatchingEncoder,
    lessons: list[Document],
    kept: str,
    question: str,
    document: str,
) -> None:
    service = AnswerService(empty, batching)
    there = [lesson for lesson in lessons if lesson.language == kept]
    # Alone, and among passages in the asker's language on other things.
    for others in ([], OTHERS[language(question)]):
        empty.build([*there, *(parse(f"{n}.txt", o.encode()) for n, o in enumerate(others))])
        answer = await service.answer(question)
        check(answer)
        assert not answer.refused
        assert answer.crosses
        assert answer.citations[0].document == document


async def test_of_two_passages_that_say_the_same_the_askers_language_is_cited(
    service: AnswerService,
) -> None:
    for question, spoken in (("制动液 更换", "zh"), ("changing brake fluid", "en")):
        answer = await service.answer(question)
        check(answer)
        assert answer.language == spoken
        assert not answer.crosses
        assert {citation.document[:2] for citation in answer.citations} == {spoken}


async def test_search_gives_the_nearest_first(service: AnswerService) -> None:
    hits = await service.search("制动液", 3)
    assert hits[0].document == "zh-brake-fluid"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(hits) == 3
    assert len(await service.search("制动液", 100)) == 6


async def test_without_an_index_there_is_no_answer(
    tmp_path: Path, batching: BatchingEncoder
) -> None:
    service = AnswerService(KnowledgeBase(tmp_path, batching.model), batching)
    with pytest.raises(KnowledgeBaseMissing):
        await service.answer("brake fluid")


def test_numbers_stand_close_to_chinese_stops_and_apart_from_words() -> None:
    said = [
        Sentence("一般每两年更换一次。", 1),
        Sentence("他说：“停车！”", 2),
        Sentence("Change it every two years.", 1),
        Sentence("胎压 2.5", 10),
    ]
    assert joined(said) == (
        "一般每两年更换一次。[1] 他说：“停车！”[2] Change it every two years. [1] 胎压 2.5 [10]"
    )


async def test_the_same_question_is_worked_out_once_for_each_index(
    empty: KnowledgeBase,
    batching: BatchingEncoder,
    lessons: list[Document],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty.build(lessons)
    service = AnswerService(empty, batching)
    encoded = []

    async def encode(question: str) -> Vector:
        encoded.append(question)
        return await BatchingEncoder.encode(batching, question)

    monkeypatch.setattr(batching, "encode", encode)
    question = "制动液多久换一次？"
    first, again = await service.answer(question), await service.answer(f" {question}")
    assert (again.text, again.citations) == (first.text, first.citations)
    assert encoded == [question]
    # Nothing of the words stays, and nothing of the answer once there is another index.
    assert question not in repr(service._kept.keys())
    empty.build([lesson for lesson in lessons if lesson.id != first.citations[0].document])
    other = await service.answer(question)
    assert encoded == [question, question]
    assert other.index_version != first.index_version
    await service.close()
