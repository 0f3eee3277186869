"""Whether a quote bears a sentence that a model wrote from it.

A model may leave out and rearrange, not add. So the check is one of copying: each content word and
each number with its unit stands in the quote, and the words that turn a meaning (not, only, if, at
least) stand in both or in neither. Words whose two sides could be swapped (than, before, because)
ask for the quote's own order as well.
"""

import re
import unicodedata
from collections import Counter

from retrieval.words import terms

# The share of a sentence's terms that the quote must have; the rest may be words that only join.
LEXICAL = 0.8
_JOINING_ZH = ["因此", "所以", "通常", "一般", "此外", "另外", "同时", "以及", "并", "并且", "而"]
_JOINING_ZH += ["而且", "则", "其", "该", "为", "即", "由", "此", "这样", "这些", "着", "得", "地"]
_JOINING_EN = ["also", "thus", "therefore", "usually", "generally", "typically", "so", "then"]
_JOINING_EN += ["these", "those", "its", "their", "they", "has", "have", "been", "there", "such"]
_JOINING = frozenset([*_JOINING_ZH, *_JOINING_EN])
_NUMBER = re.compile(
    r"\d+(?:[.,:/]\d+)*\s*(?:[a-z°℃%‰μω/]+|[\u4e00-\u9fff])?"
    r"|[零〇一二两三四五六七八九十百千万亿半几]+(?:点[零一二三四五六七八九]+)?"
    r"(?:个?(?:年|月|日|天|周|小时|分钟|秒)|公里|千米|厘米|毫米|米|升|毫升|度|成|倍|次|分之|块|元|档|级|巴)"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|twice|double|once)\b"
)
# 特别, 非常 and the like hold a character that negates elsewhere.
_NEUTRAL = re.compile(r"特别|区别|级别|类别|识别|分别|别的|非常|无线|未来|不断|不仅|不同|不过")
_NEGATION = re.compile(
    r"[不没无未别勿禁莫非否]|\b(?:not|no|never|none|without|cannot|nor|neither|avoid)\b|n['’]t\b"
)
_TURN = re.compile(
    r"如果|若|除非|只有|只能|仅|除了|以上|以下|至少|至多|最多|最少|不足|超过|低于|高于|大于|小于|不要|"
    r"可能|必须|严禁|"
    r"\b(?:if|unless|only|except|over|under|above|below|least|most|minimum|maximum|must|may|might)\b"
)
_ORDER = re.compile(
    r"比|优于|大于|小于|高于|低于|先|之前|之后|以前|以后|再|导致|引起|造成|使|让|因为|由于|从|替代|代替|而不是|"
    r"\b(?:than|before|after|because|cause[sd]?|due|from|instead|rather|more|less|makes?)\b"
)


def supports(quote: str, sentence: str) -> bool:
    """Whether everything that the sentence says stands in the quote."""
    source, said = _folded(quote), _folded(sentence)
    return (
        _words_are_there(source, said)
        and _numbers(said) <= _numbers(source)
        and _turns(said) == _turns(source)
        and (_ORDER.search(said) is None or _in_order(terms(source), terms(said)))
    )


def kept_share(quotes: str, wording: str) -> float:
    """The share of the quotes' terms that a wording of them still has, 0 to 1."""
    wanted = set(terms(quotes)) - _JOINING
    return len(wanted.intersection(terms(wording))) / len(wanted) if wanted else 1.0


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _words_are_there(source: str, said: str) -> bool:
    wanted = set(terms(said))
    content = wanted - _JOINING
    there = set(terms(source))
    missing = {word for word in wanted if word not in there and not _inside(word, source)}
    # No word of content is missing, and joining words don't make up the sentence.
    return bool(content) and not missing & content and 1 - len(missing) / len(wanted) >= LEXICAL


def _inside(word: str, source: str) -> bool:
    # Where a Chinese text is cut into words depends on what stands around.
    return not word.isascii() and word in source


def _numbers(text: str) -> set[str]:
    """Numbers, each with its unit."""
    return {re.sub(r"\s", "", number) for number in _NUMBER.findall(text)}


def _turns(text: str) -> tuple[int, Counter[str]]:
    plain = _NEUTRAL.sub("", text)
    return len(_NEGATION.findall(plain)), Counter(_TURN.findall(plain))


def _in_order(source: list[str], said: list[str]) -> bool:
    """Whether the sentence's terms that the source has come in the source's order."""
    there = set(source)
    rest = iter(source)
    return all(word in rest for word in said if word in there)
