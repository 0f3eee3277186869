"""Terms of a text for lexical scores: Chinese words, English stems and codes such as P0420."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

import numpy as np
import opencc
import rjieba
import Stemmer

from retrieval.names import LETTERED, spelled

# A柱 and Model S are words, though a letter alone is none.
_RUN = re.compile(
    rf"(?<![a-z0-9]){LETTERED}|[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z0-9]+(?:[.\-/][a-z0-9]+)*"
)
_NAMED = re.compile(rf"{LETTERED}|(?:model|type)-.")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_DIGIT = re.compile(r"\d")
_PART = re.compile(r"[a-z]+")
_to_simplified = opencc.OpenCC("t2s").convert
# And words that Taiwan says otherwise.
_to_mainland = opencc.OpenCC("tw2sp").convert
# What OpenCC leaves, since both are Simplified characters, too: 著 but for 著名, 显著 and their
# like, 煞 of a car.
_WRITTEN_OTHERWISE = (
    ("著", re.compile(r"(?<![显名原编土论专译卓昭遗巨合拙])著(?![名作称述者书录])"), "着"),
    ("煞", re.compile(r"煞(?=车|停|不住|住)|(?<=[手脚急点紧])煞"), "刹"),
    ("衞", re.compile(r"衞"), "卫"),
)
# Words that ask, join or point: they say nothing of what a passage is about.
_STOP = """
    的 了 是 在 和 与 或 及 吗 呢 吧 啊 么 什么 怎么 怎样 如何 怎么办
    为什么 多少 多久 哪些 哪个 几 有 会 能 要 该 应 应该 可以 可 我 你 它
    这 那 就 都 也 还 不 没有 对 把 被 让 给 到 从 时 时候 一 个
    a an the of to in on for and or is are be do does did how what when which why who
    should can could would will my your i you it this that with at by from as if much
    many often long am been being but did get got had has have he her him his its just me no
    not our she so some than their them then there these they those too was we were where
    us any about into out up s t don doesn isn didn won ve re ll m d
    """
STOP = frozenset(_STOP.split())
# Marks a pair of characters, so that it is never taken for a word of two.
PAIR = "·"


def terms(text: str) -> list[str]:
    """Terms in order, without stop words; Traditional is folded to Simplified, English stemmed.

    A run with a digit in it (P0420, 0W-20, 205/55) stays whole, and names have one spelling.
    """
    return list(_words(_runs(text)))


def index_terms(text: str) -> list[str]:
    """The terms, and every pair of neighbouring Han characters.

    Words are cut differently in different sentences; pairs match all the same.
    """
    runs = _runs(text)
    pairs = (
        PAIR + run[at : at + 2] for run in runs if _HAN.match(run) for at in range(len(run) - 1)
    )
    return [*_words(runs), *pairs]


def folded(text: str) -> str:
    """Lower case, simplified, and one form of what Unicode writes in several (NFKC)."""
    return simplified(unicodedata.normalize("NFKC", text)).lower()


def simplified(text: str) -> str:
    """Traditional characters, and the words of Taiwan and Hong Kong, as the mainland writes them.

    A text in Simplified stays as it is.
    """
    # OpenCC takes no lone surrogates.
    plain = text.encode("utf-8", "replace").decode()
    found: str = _to_simplified(plain)
    if found != plain:
        found = _to_mainland(plain)
    for character, written, usual in _WRITTEN_OTHERWISE:
        if character in found:
            found = written.sub(usual, found)
    return found


def _runs(text: str) -> list[str]:
    return _RUN.findall(spelled(folded(text)))


def _words(runs: Iterable[str]) -> Iterator[str]:
    # A stemmer is not safe to share between threads, and making one costs nothing.
    stem = Stemmer.Stemmer("english").stemWord
    for run in runs:
        if _DIGIT.search(run) or _NAMED.fullmatch(run):
            yield run
        elif _HAN.match(run):
            yield from (word for word in rjieba.cut(run) if word not in STOP)
        else:
            yield from (stem(word) for word in _PART.findall(run) if word not in STOP)


def word_starts(text: str) -> list[int]:
    """Where the words of a text begin."""
    # rjieba leaves out nothing of it.
    return list(accumulate((len(word) for word in rjieba.cut(text)), initial=0))[:-1]


def whole(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """The matches that begin and end with a word, so that none is cut in two."""
    starts = {*word_starts(text), len(text)}
    return (m for m in pattern.finditer(text) if {m.start(), m.end()} <= starts)


class Rarity:
    """Inverse document frequency: log(1 + (N - n + .5) / (n + .5)), as in BM25.

    `frequency` tells in how many of `count` texts a term is.
    """

    def __init__(self, frequency: Callable[[str], int], count: int) -> None:
        self._frequency = frequency
        self._count = count

    def __call__(self, term: str) -> float:
        n = self._frequency(term)
        return float(np.log1p((self._count - n + 0.5) / (n + 0.5)))

    def total(self, terms: Iterable[str]) -> float:
        return sum(map(self, terms))

    def cover(self, query: Iterable[str], text: Iterable[str]) -> float:
        """The share, by rarity, of the query's terms that the text has: 0 to 1."""
        wanted = set(query)
        total = self.total(wanted)
        return sum(self(term) for term in wanted.intersection(text)) / total if total else 0.0
