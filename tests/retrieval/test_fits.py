"""What may not answer, however near it is: other things, other drivetrains, exercises."""

from pathlib import Path

import pytest

import sample
from retrieval.answer import Answer
from retrieval.answer_service import AnswerService
from retrieval.batching import BatchingEncoder
from retrieval.chunks import Chunking, chunks
from retrieval.fits import Wanted, is_told
from retrieval.knowledge import KnowledgeBase
from tests.retrieval.files import parse

MODELS = """---
title: 车型实测
language: zh
---
# 车型实测

## ID.4 冬天续航
冬天实测三百八十公里。

## ID.6 快充时间
从百分之三十充到八十要四十分钟。

## ID.6 冬天续航
冬天实测三百五十公里。

## Model Y 冬天续航
冬天实测三百七十公里。

## 10W-40
适合老旧发动机，冷起动只能到零下二十五度。

## 5W-40
适合欧系大排量发动机，冷起动可到零下三十度，高温油膜较厚。

## DOT 3
干沸点 205 度，两年更换。

## DOT 5.1
干沸点 260 度，赛道使用，每年更换。

## A柱
前风挡两侧的立柱，左转弯时容易挡住行人，要前后移动头部观察。

## B柱
前后门之间的立柱，安全带的上固定点在这里。
"""
POWER = """---
title: 保养
language: zh
---
# 保养

## 汽油车的机油
汽油车的机油每一万公里或一年更换一次，先到为准。

## 纯电动车保养什么
纯电动车没有机油，也没有火花塞，要看的是冷却液、轮胎和制动液。

## 冬天续航
零度左右，电动车的续航大约少两成，零下十度大约少三成。

## 小练习
练习：一辆车百公里16度电，每天通勤60公里，一个月用多少电？答案：一个月约用288度。
"""


TYRES = """# 冷态胎压

| 车型 | 前轮 | 后轮 |
|---|---|---|
| 轿车 | 2.3 bar | 2.5 bar |
| SUV | 2.4 bar | 2.6 bar |
| 皮卡 | 2.6 bar | 3.5 bar |
"""
TOOLS = """# 保养

## 轮胎
冷车时测胎压。

## 常备工具
- 扭力扳手
- 一次性手套
- 透明软管
"""
PILLARS = "# 车身立柱\n\n## A柱" + MODELS.partition("## A柱")[2]
VOLTAGE = "# 蓄电池\n\n蓄电池静态电压低于 12.2 V 属于亏电，高于 12.6 V 属于充满。\n"


async def test_what_must_be_done_at_once_is_told_with_the_rest(
    empty: KnowledgeBase, batching: BatchingEncoder
) -> None:
    lesson = Path(sample.__file__).parent / "lessons/zh/warning-colours-oil-temperature.md"
    given = await found(empty, batching, lesson.read_text("utf-8"), "机油灯亮了怎么办")
    assert "停车并熄火" in given.text
    assert given.dangerous


async def found(empty: KnowledgeBase, batching: BatchingEncoder, text: str, asked: str) -> Answer:
    empty.build([parse("lesson.md", text.encode())])
    service = AnswerService(empty, batching)
    answer = await service.answer(asked)
    await service.close()
    return answer


async def answer(empty: KnowledgeBase, batching: BatchingEncoder, text: str, asked: str) -> str:
    return (await found(empty, batching, text, asked)).text


@pytest.mark.parametrize(
    ("text", "asked", "offered", "never"),
    [
        (TYRES, "SUV前轮胎压多少", "2.4 bar", "皮卡"),
        (PILLARS, "A柱在哪里", "前风挡两侧", "安全带"),
        (VOLTAGE, "12.2V算什么状态", "亏电", "。。"),
        (TOOLS, "常备工具有哪些", "扭力扳手；一次性手套", "冷车"),
    ],
)
async def test_a_refusal_offers_the_row_or_the_passage_that_has_the_name(
    empty: KnowledgeBase,
    batching: BatchingEncoder,
    text: str,
    asked: str,
    offered: str,
    never: str,
) -> None:
    given = await found(empty, batching, text, asked)
    quote = given.offered.quote if given.offered else given.text
    assert offered in quote
    assert never not in quote


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("ID.3冬天续航多少公里", ""),
        ("ID6冬天续航多少公里", "三百五十公里"),
        ("10W40适合什么发动机", "老旧发动机"),
        ("DOT5.1干沸点多少度", "260 度"),
        ("0W-20适合什么发动机", ""),
    ],
)
async def test_what_is_named_stands_in_the_passage_or_its_heading(
    empty: KnowledgeBase, batching: BatchingEncoder, asked: str, said: str
) -> None:
    told = await answer(empty, batching, MODELS, asked)
    assert said in told
    assert bool(told) == bool(said)
    assert "[2]" not in told  # nothing of another thing beside it


@pytest.mark.parametrize(
    ("asked", "never"),
    [
        ("电动车的机油多久更换一次", "一万公里"),
        ("汽油车冬天续航少多少", "两成"),
        ("百公里16度电，每天通勤60公里，一个月用多少电", "288"),
    ],
)
async def test_other_drivetrains_and_exercises_are_no_answers(
    empty: KnowledgeBase, batching: BatchingEncoder, asked: str, never: str
) -> None:
    assert never not in await answer(empty, batching, POWER, asked)


@pytest.mark.parametrize(
    ("asked", "sentence", "speaks"),
    [
        ("电车要换机油吗", "插混车的发动机同样要换机油。", False),
        ("电车要换机油吗", "纯电动车没有机油。", True),
        ("油车和电车哪个省", "燃油车每公里约六毛。", True),
        ("插混要换机油吗", "混动车的机油按手册更换。", True),
        ("双离合能跑长途吗", "CVT 可以跑长途。", False),
        ("双离合能跑长途吗", "平稳的高速巡航是较轻松的工况。", True),
        ("交强险赔多少", "三者险保额建议两百万。", False),
        ("do EVs need oil changes", "Full hybrids need oil changes.", False),
        ("HEV冬天费油吗", "油混车冬天油耗上升。", True),
        ("充电车位多少钱", "油车占了充电车位要罚款。", True),
    ],
)
def test_a_sentence_of_another_kind_is_passed_over(asked: str, sentence: str, speaks: bool) -> None:
    assert Wanted(asked).speaks(sentence) is speaks


def test_the_lessons_exercises_are_told_from_what_they_tell() -> None:
    asked, told = [], 0
    for path in sorted((Path(sample.__file__).parent / "lessons").glob("*/*.md")):
        for chunk in chunks(parse(path.name, path.read_bytes()), Chunking()):
            for sentence, is_said in zip(
                chunk.sentences, is_told(chunk.context, chunk.sentences), strict=True
            ):
                told += is_said
                if not is_said:
                    asked.append(sentence)
    assert told > 1500
    assert len(asked) < 40
    for begun in ("练习一：", "答案：", "练习用一辆", "Question one", "Answer two", "The exercise"):
        assert any(sentence.startswith(begun) for sentence in asked)
