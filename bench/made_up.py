"""Passages, documents and vectors made up by seed, for where only their number counts."""

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from retrieval.batching import Vectors
from retrieval.documents import Document, parse_all

SEED, SIZE, TOPICS = 7, 384, 2000
_ZH = """
制动液 更换 周期 轮胎 花纹 深度 机油 滤芯 电池 续航 冬季 充电 快充 变速箱 顿挫
发动机 故障码 水泡车 保险 责任险 保养 雨刮 冷却液 胎压 车灯 安全带 气囊 空调 方向盘
悬架 减震 底盘 排气 尾气 火花塞 点火 喷油嘴 节气门 涡轮 增压 油耗 里程 二手车 检测
年检 保修 首保 车漆 划痕 玻璃
"""
_EN = """
brake fluid change interval tyre tread depth engine oil filter battery range winter
charging gearbox clutch misfire catalyst coolant pressure lamp belt airbag steering
suspension exhaust spark plug injector throttle turbo mileage inspection warranty
paint scratch windscreen
"""
WORDS_ZH, WORDS_EN = _ZH.split(), _EN.split()
QUESTIONS = (
    "制动液多久换一次？",
    "冬天电动车续航会掉多少？",
    "轮胎花纹剩多深要换？",
    "故障码P0420是什么意思？",
    "双离合低速顿挫正常吗？",
    "When should brake fluid be changed?",
    "What does a misfire in winter mean for the catalyst?",
    "How deep must the tread of a tyre be?",
)
_NUMBER = re.compile(r"Part (\d+)")


class InstantEncoder:
    """Stands in for the encoder where its time is not what is measured: vectors drawn by seed."""

    prompts: dict[str, str] = {}  # noqa: RUF012
    default_prompt_name = None

    def encode(self, texts: list[str], **_: Any) -> Vectors:
        random = np.random.default_rng(SEED)
        return unit(random.standard_normal((len(texts), SIZE), dtype=np.float32))

    def get_embedding_dimension(self) -> int:
        return SIZE


class KnownPassages:
    """Encodes questions with `model`; a made-up passage's vector is looked up by its number."""

    def __init__(self, model: Any, vectors: Vectors) -> None:
        self._model, self._vectors = model, vectors
        self.prompts, self.default_prompt_name = model.prompts, model.default_prompt_name

    def encode(self, texts: list[str], *, task: str, **more: Any) -> Vectors:
        if task == "query":
            found: Vectors = self._model.encode(texts, task=task, **more)
            return found
        numbers = [_NUMBER.search(text) for text in texts]
        return self._vectors[[int(number[1]) if number else 0 for number in numbers]]


def unit(vectors: Vectors) -> Vectors:
    found: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found


def passage(random: np.random.Generator, number: int) -> str:
    """Some sentences of the words of a topic, some of them often; every third text is English."""
    words, gap, end = (WORDS_EN, " ", ". ") if number % 3 == 0 else (WORDS_ZH, "", "。")
    topic = random.choice(len(words), 8, replace=False)
    drawn = topic[np.minimum(random.zipf(1.3, (3, 14)), len(topic)) - 1]
    said = [gap.join(words[word] for word in sentence) for sentence in drawn]
    code = f"P{random.integers(0, 3000):04d}"
    return end.join([f"Part {number} {code} {said[0]}", *said[1:]]).strip() + end.strip()


def passages(count: int) -> list[Document]:
    """Documents of one passage each."""
    random = np.random.default_rng(SEED)
    return _documents(passage(random, number) for number in range(count))


def documents(count: int, changed: int = -1) -> list[Document]:
    """Documents of two passages each, of which the one numbered `changed` says one thing more."""
    random = np.random.default_rng(SEED)
    texts = [f"{passage(random, n)}\n\n{passage(random, n + 1)}" for n in range(count)]
    if changed >= 0:
        texts[changed] += " 此段已改。"
    return _documents(texts)


def edition(number: int, count: int = 20) -> list[Document]:
    """Documents that each say in their one sentence which edition they are of."""
    return _documents(
        f"Part {n} {WORDS_ZH[n % len(WORDS_ZH)]} edition-{number}。" for n in range(count)
    )


def vectors(count: int) -> tuple[Vectors, Vectors]:
    """Of passages [count, d], and of questions [200, d] near them, gathered around topics.

    Two passages of a topic are about as near as E5 puts them.
    """
    random = np.random.default_rng(SEED)
    topics = random.standard_normal((TOPICS, SIZE), dtype=np.float32)

    def near(n: int) -> Vectors:
        centres = topics[random.integers(0, TOPICS, n)]
        return unit(centres + random.standard_normal((n, SIZE), dtype=np.float32))

    return near(count), near(200)


def _documents(texts: Iterable[str]) -> list[Document]:
    return parse_all((f"{number}.txt", text.encode()) for number, text in enumerate(texts))
