"""Whether a quote bears a sentence that a model wrote from it.

A model may leave out and rearrange, not add. So the check is one of copying, clause by clause: a
clause of the sentence is a clause of the quote with words left out, in its order, which begins
where that begins; after a "not" nothing is left out. Numbers with their units, and the words that
turn a meaning (not, may, only, if, than), are tokens of their own: the sentence has all those of
the clause that turn it, and no number of another clause. A subject may be carried over to a later
clause, if that is kept whole; and the condition that a statement stands under must be said with it.

Nearness of embeddings can't take the place of this: a changed number or a lost "not" moves a vector
less than a fair omission does (figures in docs/benchmarks.md).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import rjieba

from retrieval.numerals import normal
from retrieval.words import STOP, folded, terms

_JOINING_ZH = ["因此", "所以", "通常", "一般", "此外", "另外", "同时", "以及", "并", "并且", "而"]
_JOINING_ZH += ["而且", "则", "其", "该", "为", "即", "由", "此", "这样", "这些", "着", "得", "地"]
_JOINING_EN = ["also", "thus", "therefore", "usually", "generally", "typically", "so", "then"]
_JOINING_EN += ["these", "those", "its", "their", "they", "has", "have", "been", "there", "such"]
_JOINING = STOP.union(_JOINING_ZH, _JOINING_EN, [t for w in _JOINING_EN for t in terms(w)])

# Statements stand on their own; clauses of one may be its condition.
_STATEMENT = re.compile(r"[;!?。\n]|\.(?=\s|$)|,?但是?|,?\bbut\b")
_CLAUSE = re.compile(r",|:(?!\d)|并且?|而且|\band\b")
_CONDITION = re.compile(
    r"^\s*(?:如果?|若|当|一旦|除非|只要|(?:only\s+)?(?:if|when|while|unless|once|after|before|until"
    r"|in|at|on|during|for|with|as|because)\b)|(?:时候|(?<!小)时|后|前|的话|情况下|以[上下]|之[前后])\s*$"
)

_UNIT_ZH = (
    "个月|个小时|个|年|月|日|号|天|周|小时|点|分钟|分|秒|公里|千米|厘米|毫米|米|毫升|升|千克|公斤"
)
_UNIT_ZH += "|克|吨|度|成|倍|次|块|元|档|级|千瓦时|千瓦|瓦|伏|安|牛|巴|帕"
_UNIT_EN = (
    r"(?:km/h|mph|miles?|km|cm|mm|bar|psi|[km]?pa|°\s?[cf]?|[%‰]|kwh|kw|wh|m?ah|hz|n·?m|ml|kg|lbs?|rpm"
    r"|(?:kilo|centi|milli)?met(?:re|er)s?|(?:milli)?lit(?:re|er)s?|years?|months?|weeks?|days?|hours?"
    r"|minutes?|min|seconds?|times?|m/s|degrees?|[mwvaltgshc])(?![a-z])"
)
_MONTH = "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_NUMBER = r"\d+(?:[./:~]\d+)*"
_CODE = r"[a-z]+\d[a-z\d]*(?:[-/.][a-z\d]+)*|\d+[a-z]+-?\d[a-z\d-]*"
_CLAIM = (
    rf"(?:\d+\s*)?\b{_MONTH}\s+\d{{4}}\b"
    rf"|(?:(?:零下|负|minus|(?:by|to)(?:\s+about)?)\s*)?{_NUMBER}(?:(?:{_UNIT_ZH})(?:{_NUMBER}(?:{_UNIT_ZH}))*半?|\s*{_UNIT_EN})?"
    r"|半个?[年月天]|\b(?:half|twice|double|once)\b"
)
# These hold a character that turns a meaning elsewhere.
_NEUTRAL = (
    "特别|区别|级别|类别|识别|分别|别的|非常|无线|未来|不断|不仅|不同|不锈钢|不过|应急|反应|供应|感应|适应|对应|"
    "可靠|性能|功能|能源|能量|智能|节能|重要|主要|要求|会员|机会|正时|及时|定时|同时|小时|时间|时速|必要|"
    "[前后](?:轮|排|座|桥|部|侧|方|视|备|保险杠|窗|门|盖|雾灯|悬)|目前|对比|比例|当地|恰当"
)
_TURN = (
    "不必|不[能得可要应会需宜用许]|[不没]有|[不没无未别勿禁莫非否]|必须|务必|必|需要?|应[该当]?|可以|可能|可|能够?"
    "|会|要|建议|最好|如果|若|除非|只[有能要]?|仅|除了?|以[上下前后内外]|[至最][少多高低大小]|不足|[低高大小多少超]于"
    "|超过|之[前后间]|时候?|[前后当先再]|否则|或者?|错误?|误区|谣言|且|比|因为|由于|代替|替代|从"
    r"|\b(?:not|no|never|none|without|nor|neither|avoid|if|unless|only|except|while|when|until|once"
    r"|before|after|since|over|under|above|below|least|most|minimum|maximum|must|may|might|should|will"
    r"|would|can|could|need|than|more|less|or|either|because|due|instead|rather|false|wrong|myth)\b"
)
_NEGATION = re.compile(r"!(?:[不没无未别勿禁莫非否]|(?:not|no|none|without|nor|neither|avoid)$)")
_TOKEN = re.compile(
    rf"(?P<neutral>{_NEUTRAL})|(?P<claim>{_CODE}|{_CLAIM})|(?P<turn>{_TURN})"
    r"|(?P<latin>[a-z]+)|(?P<han>[\u3400-\u4dbf\u4e00-\u9fff])"
)

Tokens = tuple[str, ...]
# How many clauses of a quote one clause of a sentence may be made of.
DEEPEST = 3


def supports(quote: str, sentence: str) -> bool:
    """Whether everything that the sentence says stands in the quote.

    Example:
        >>> quote = "Change the brake fluid every two years, since it takes up water."
        >>> supports(quote, "Change the brake fluid every two years.")
        True
        >>> supports(quote, "Change the brake fluid every three years.")
        False
    """
    source, said = _clauses(quote), _clauses(sentence)
    ways = [_ways(clause.tokens, source) for clause in said]
    used = frozenset().union(*(way for each in ways for way in each))
    return bool(said) and all(
        any(_conditions(source, way) <= used for way in each) for each in ways
    )


def kept_share(quotes: str, wording: str) -> float:
    """The share of the quotes' terms that a wording of them still has, 0 to 1."""
    wanted = set(terms(quotes)) - _JOINING
    return len(wanted.intersection(terms(wording))) / len(wanted) if wanted else 1.0


@dataclass(frozen=True, slots=True)
class _Clause:
    """`#` marks a number among the tokens, `!` a word that turns a meaning, `=` an English stem."""

    tokens: Tokens
    statement: int
    is_condition: bool

    def is_whole(self, said: Tokens) -> bool:
        return _joined(said) == _joined(self.tokens)

    def bears(self, said: Tokens) -> bool:
        """Whether `said` is this clause with words left out, but none that turn it."""
        numbers = _marked(said, "#")
        return (
            self._is_copied(said)
            # What is left out after a "not" makes it deny more.
            and _denied(said) == _denied(self.tokens)
            and _marked(said, "!") == _marked(self.tokens, "!")
            # One that is passed over may be that of another thing.
            and numbers == _marked(self.tokens, "#")[: len(numbers)]
        )

    def opens(self, said: Tokens) -> bool:
        """Whether `said` is how this clause begins, before any number or turn."""
        return bool(said) and self._is_copied(said) and not {"#", "!"} & {t[0] for t in said}

    def _is_copied(self, said: Tokens) -> bool:
        text = _joined(self.tokens)
        at = 0
        for token in said:
            found = text.find(_joined((token,)), at)
            # What a clause begins with is its subject or its condition.
            if found < 0 or (at == 0 and found > 0):
                return False
            at = found + len(token)
        return True


def _ways(
    said: Tokens, source: Sequence[_Clause], whole: bool = False, depth: int = DEEPEST
) -> set[frozenset[int]]:
    """The sets of clauses that a clause can be made of: whole ones, and one with words left out."""
    if not said or not depth:
        return set() if said else {frozenset()}
    ways: set[frozenset[int]] = set()
    for number, clause in enumerate(source):
        for end in range(1, len(said) + 1):
            part, rest = said[:end], said[end:]
            if clause.is_whole(part):
                strict = whole or not clause.is_condition
                ways |= {way | {number} for way in _ways(rest, source, strict, depth - 1)}
            elif not whole and clause.bears(part):
                tails = _ways(rest, source, True, depth - 1)
                ways |= {way | {number} for way in tails if not _holds_main(way, source)}
            # A subject carried over, to the front of what is kept whole or behind it.
            for subject, main in ((part, rest), (rest, part)):
                if not whole and clause.opens(subject):
                    mains = _ways(main, source, True, depth - 1)
                    ways |= {way for way in mains if _holds_main(way, source)}
    return ways


def _holds_main(way: frozenset[int], source: Sequence[_Clause]) -> bool:
    return not all(source[number].is_condition for number in way)


def _conditions(source: Sequence[_Clause], way: frozenset[int]) -> frozenset[int]:
    """The conditions that the statements of these clauses stand under."""
    statements = {source[number].statement for number in way}
    return frozenset(
        number
        for number, clause in enumerate(source)
        if clause.is_condition and clause.statement in statements
    )


def _clauses(text: str) -> list[_Clause]:
    found = [
        _Clause(tuple(_tokens(clause)), number, _CONDITION.search(clause) is not None)
        for number, statement in enumerate(_STATEMENT.split(normal(folded(text))))
        for clause in _CLAUSE.split(statement)
    ]
    return [clause for clause in found if clause.tokens]


def _tokens(clause: str) -> Iterator[str]:
    text = re.sub(r"\bcannot\b", "can not", re.sub(r"n['\u2019]t\b", " not", clause))
    han = ""
    for match in [*_TOKEN.finditer(text), None]:
        kind = match.lastgroup if match else None
        if match and kind in ("neutral", "han"):
            han += match[0]
            continue
        yield from (word for word in rjieba.cut(han) if word not in _JOINING)
        han = ""
        if match and kind == "latin":
            yield from (f"={stem}" for stem in terms(match[0]) if stem not in _JOINING)
        # 每两年更换一次 and 每两年更换 are the same.
        elif match and not (match[0] == "1次" and "每" in clause):
            yield _marks(str(kind), match[0])


def _marks(kind: str, found: str) -> str:
    if kind == "claim":
        return "#" + re.sub(r"\s|(?<=[a-z]{3})s$", "", found)
    return "!" + ("not" if found == "never" else found)


def _marked(tokens: Tokens, mark: str) -> list[str]:
    return [token for token in tokens if token[0] == mark]


def _denied(tokens: Tokens) -> str:
    """What stands from the first word on that denies something."""
    first = next((n for n, token in enumerate(tokens) if _NEGATION.match(token)), len(tokens))
    return _joined(tokens[first:])


def _joined(tokens: Tokens) -> str:
    """Chinese words without a gap, as they may be cut differently elsewhere; others with one."""
    return "".join(f"{token} " if token[0] in "#!=" else token for token in tokens)
