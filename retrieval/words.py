"""Terms of a text for lexical scores: Chinese words, Latin words and codes such as P0420."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import numpy as np
import rjieba

_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+(?:[.\-/][a-z0-9]+)*")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
# Words that ask, join or point: they say nothing of what a passage is about.
STOP = frozenset(
    [
        "的",
        "了",
        "是",
        "在",
        "和",
        "与",
        "或",
        "及",
        "吗",
        "呢",
        "吧",
        "啊",
        "么",
        "什么",
        "怎么",
        "怎样",
        "如何",
        "怎么办",
        "为什么",
        "多少",
        "多久",
        "哪些",
        "哪个",
        "几",
        "有",
        "会",
        "能",
        "要",
        "该",
        "应",
        "应该",
        "可以",
        "可",
        "我",
        "你",
        "它",
        "这",
        "那",
        "就",
        "都",
        "也",
        "还",
        "不",
        "没有",
        "对",
        "把",
        "被",
        "让",
        "给",
        "到",
        "从",
        "时",
        "时候",
        "一",
        "个",
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "for",
        "and",
        "or",
        "is",
        "are",
        "be",
        "do",
        "does",
        "did",
        "how",
        "what",
        "when",
        "which",
        "why",
        "who",
        "should",
        "can",
        "could",
        "would",
        "will",
        "my",
        "your",
        "i",
        "you",
        "it",
        "this",
        "that",
        "with",
        "at",
        "by",
        "from",
        "as",
        "if",
        "much",
        "many",
        "often",
        "long",
    ]
)


def terms(text: str) -> list[str]:
    """Terms in order, lower-cased and without stop words; English plurals are cut."""
    found: list[str] = []
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        words = rjieba.cut(run) if _HAN.match(run) else [run]
        found.extend(_singular(word) for word in words if word not in STOP)
    return found


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1]


class Rarity:
    """Inverse document frequency: log(1 + (N - n + .5) / (n + .5)), as in BM25."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        seen: Counter[str] = Counter()
        self._count = 0
        for text in texts:
            self._count += 1
            seen.update(set(text))
        self._seen = seen

    def __call__(self, term: str) -> float:
        n = self._seen[term]
        return float(np.log1p((self._count - n + 0.5) / (n + 0.5)))

    def cover(self, query: Iterable[str], text: Iterable[str]) -> float:
        """The share, by rarity, of the query's terms that the text has: 0 to 1."""
        wanted = set(query)
        total = sum(map(self, wanted))
        return sum(self(term) for term in wanted.intersection(text)) / total if total else 0.0
