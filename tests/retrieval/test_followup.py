"""Which questions are follow-ups, and what they ask in full."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from retrieval.batching import encode_passages, encode_queries
from retrieval.documents import Document, parse_all
from retrieval.encoder import Encoder
from retrieval.followup import reworded, standalone
from retrieval.openai_generator import OpenAIGenerator
from retrieval.sentences import language
from tests.retrieval.openai_server import ModelServer, serving

HERE = Path(__file__).parent
DIALOGUES = [
    json.loads(line) for line in (HERE / "dialogues.jsonl").read_text("utf-8").splitlines()
]
SAMPLE = HERE.parent.parent / "sample" / "lessons"


def understood(dialogue: dict[str, Any]) -> str | None:
    before: list[str] = []
    for question in dialogue["before"]:
        before.append(standalone(question, before) or question)
    return standalone(dialogue["ask"], before)


def test_follow_ups_are_told_from_questions_that_stand_alone() -> None:
    follow = [d for d in DIALOGUES if d["follows"]]
    alone = [d for d in DIALOGUES if not d["follows"]]
    assert min(len(follow), len(alone)) >= 80
    assert {language(d["ask"]) for d in follow} == {"zh", "en"}
    missed = [d["ask"] for d in follow if understood(d) is None]
    taken = [d["ask"] for d in alone if understood(d) is not None]
    # To take a new question for a follow-up is the worse mistake.
    assert taken == []
    assert len(missed) <= 4, missed


def test_the_whole_question_finds_the_right_lesson(encoder: Encoder) -> None:
    documents = _lessons()
    vectors = encode_passages(encoder, [_outline(document) for document in documents])
    languages = np.array([document.language for document in documents])
    follow = [(d, understood(d) or d["ask"]) for d in DIALOGUES if d["follows"]]
    found = {"whole": 0, "alone": 0}
    for name, asked in (
        ("whole", [whole for _, whole in follow]),
        ("alone", [d["ask"] for d, _ in follow]),
    ):
        queries = encode_queries(encoder, asked)
        for (dialogue, _), text, query in zip(follow, asked, queries, strict=True):
            scores = np.where(languages == language(text), vectors @ query, -1.0)
            best = {documents[row].id.partition("-")[2] for row in np.argsort(-scores)[:3]}
            found[name] += bool(best.intersection(dialogue["lessons"]))
    assert found["whole"] >= 0.9 * len(follow), found
    assert found["whole"] >= found["alone"] + 15, found


def _lessons() -> list[Document]:
    return parse_all((path.name, path.read_bytes()) for path in sorted(SAMPLE.glob("*/*.md")))


def _outline(document: Document) -> str:
    """The headings of a lesson: enough to tell lessons apart, and quickly encoded."""
    headings = [section.headings[-1] for section in document.sections if section.headings]
    return "\n".join([document.title, *headings])


@pytest.mark.parametrize(
    ("before", "asked", "whole"),
    [
        ("汽油车的机油多久换一次？", "那混动呢？", "混动的机油多久换一次？"),
        ("制动液多久换一次？", "为什么？", "制动液多久换一次？为什么？"),
        ("胎压打多少？", "多久量一次？", "胎压，多久量一次？"),
        ("刹车油多久换一次", "那贵吗", "刹车油，那贵吗"),
        ("刹车油多久换一次", "那要多少钱？", "刹车油，那要多少钱？"),
        ("刹车油多久换一次", "那不换会怎样", "刹车油，那不换会怎样"),
        ("制动液是什么？", "它多久换一次？", "制动液多久换一次？"),
        ("快充到80%为什么变慢？", "冬天呢？", "冬天快充到80%为什么变慢？"),
        (
            "How often should engine oil be changed?",
            "and for a hybrid?",
            "How often should engine oil be changed for a hybrid?",
        ),
        ("What is fault code P0420?", "and P0300?", "What is fault code P0300?"),
        ("CVT能跑长途吗", "那双离合呢", "双离合能跑长途吗"),
        ("P0420是什么", "那P0300呢", "P0300是什么"),
        ("充电车位多少钱", "那油车呢", "油车充电车位多少钱"),
        ("CVT变速箱油多久换", "那双离合变速箱呢", "双离合变速箱油多久换"),
        ("制动能量回收能省电吗", "那热泵呢", "热泵能省电吗"),
        ("SUV油耗高吗", "那MPV呢", "MPV油耗高吗"),
        ("do hybrids need oil changes", "what about EVs?", "do EVs need oil changes"),
        ("Is an automatic fine for towing?", "and a CVT?", "Is a CVT fine for towing?"),
        (
            "How long does a semi-automatic gearbox last?",
            "what about manual?",
            "How long does a semi-automatic gearbox last? what about manual?",
        ),
        (
            "How does subrogation work",
            "how long does that take?",
            "How does subrogation work? how long does that take?",
        ),
    ],
)
def test_what_a_follow_up_asks_in_full(before: str, asked: str, whole: str) -> None:
    assert standalone(asked, ["Something else before?", before]) == whole
    assert standalone(asked, []) is None


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ("儿童座椅怎么装", "电动车着火怎么办"),
        ("制动液多久换一次？", "下大雪上坡打滑"),
        ("制动液多久换一次？", "那边停车要注意什么"),
        ("制动液多久换一次？", "？？？"),
        ("制动液多久换一次？", "🚗"),
        ("制动液多久换一次？", "刹车踩到底才有"),
        ("How do I fit a child seat?", "Do hybrids need oil changes?"),
        ("CVT能跑长途吗", "你好 在吗"),
        ("CVT能跑长途吗", "太感谢你了！"),
        ("Is a CVT fit for long trips?", "Good morning"),
        ("Is a CVT fit for long trips?", "many thanks"),
    ],
)
def test_whole_sentences_greetings_and_thanks_stand_alone(before: str, asked: str) -> None:
    assert standalone(asked, [before]) is None


@pytest.mark.parametrize(
    "text",
    ["", " ", "？", "呢", "那呢？", "it", "and?", "!" * 1000, "a" * 1000, "\ud83d", "它" * 30],
)
def test_any_text_is_either(text: str) -> None:
    for before in ("？", "呢", "What?", "制动液多久换一次？", "x" * 1000):
        assert standalone(text, [before]) != ""


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        (" How often is coolant checked in winter?\nQuestion: more", True),
        (" How often is the oil checked in winter?", False),
        (" How is coolant checked?", False),
        ("", False),
    ],
)
async def test_a_generators_wording_is_taken_if_it_names_the_same(
    written: str, taken: bool
) -> None:
    before = "How is coolant checked?"
    asked = "and how often in winter?"
    plain = standalone(asked, [before])
    assert plain == f"{before} {asked}"
    async with serving(ModelServer([written])) as server:
        generator = OpenAIGenerator(server.url, "m")
        got = await reworded(asked, [before], generator)
        await generator.close()
    assert got == ("How often is coolant checked in winter?" if taken else plain)
    async with serving(ModelServer([], status=500)) as server:
        generator = OpenAIGenerator(server.url, "m")
        assert await reworded(asked, [before], generator) == plain
        await generator.close()
