r"""An audience as a line of text, for a chat and a command line.

`city=上海 car=plans did:viewed(type=test_drive,days=30) not did:booked(item=X) segment=3 top=500`

Terms hold together; of terms in brackets with `|` between them, `(city=上海 | city=北京)`, one is
enough. `not` or `!` turns a term round; `joined=30` and `seen=30` are days. A value with anything
but letters, digits and `_ - .` in it stands in double quotes, where `\` keeps the next character.
`all` is everyone. Names are in English or Chinese, and punctuation may be of full width.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from campaigns.audience import FIELDS, LATELY, Audience, BadAudience, Rule, parse

MOST_TEXT = 2000
# Other names of what the parser knows.
ALSO: Mapping[str, str] = {
    "语言": "language",
    "城市": "city",
    "车": "car",
    "话题": "topic",
    "品牌": "brand",
    "加入": "joined",
    "来过": "seen",
    "人群": "segment",
    "最可能": "top",
    "做过": "did",
    "商品": "item",
    "类型": "type",
    "天": "days",
    "次": "n",
    "非": "not",
    "所有人": "all",
    "likeliest": "top",
}
VALUES: Mapping[str, str] = {
    "有车": "owns",
    "想买": "plans",
    "中文": "zh",
    "英文": "en",
    "看过": "viewed",
    "点赞": "liked",
    "预约": "booked",
    "购买": "purchased",
    "到场": "attended",
    "打开邀请": "invite_opened",
    "提问": "asked",
    "试驾": "test_driven",
    "下单": "ordered",
}
_PARTS = {"item": "item", "type": "type", "days": "within_days", "n": "at_least"}
_TOKEN = re.compile(r'\s*(?:"((?:\\.|[^"\\])*)"|([\w.\-]+)|([=:(),|!]))', re.DOTALL)
# Marks as a Chinese keyboard has them.
_FULL_WIDTH = re.compile(r"\s*(?:“([^“”]*)”|(?!)()|([＝：（），、｜！]))", re.DOTALL)
_PLAIN = re.compile(r"[\w.\-]+")


class _Tokens:
    """Words, which were quoted or not, and marks."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_TEXT:
            raise BadAudience("text", len(text), f"At most {MOST_TEXT} characters, please.")
        self._left = list(_tokens(text))
        self._left.reverse()

    def __bool__(self) -> bool:
        return bool(self._left)

    def next_is(self, *marks: str) -> bool:
        """Whether one of these marks comes next; an unquoted word counts by its own name."""
        if not self._left:
            return False
        kind, text, _ = self._left[-1]
        return kind != "quoted" and (ALSO.get(text, text) if kind == "word" else text) in marks

    def take(self, *marks: str) -> bool:
        """Takes one of these if it comes next."""
        found = self.next_is(*marks)
        if found:
            self._left.pop()
        return found

    def take_here(self, mark: str) -> bool:
        """Takes a mark if it comes next, with no space before it."""
        return bool(self._left) and self._left[-1][2] and self.take(mark)

    def need(self, mark: str, after: str) -> None:
        if not self.take(mark):
            raise BadAudience("text", after, f"After {after!r} comes {mark!r}: city=上海.")

    def word(self, expected: str) -> str:
        if not self._left or self._left[-1][0] == "mark":
            found = self._left[-1][1] if self._left else ""
            raise BadAudience(
                "text", found, f"{expected} is missing before {found or 'the end'!r}."
            )
        return self._left.pop()[1]


def read(text: str) -> Audience:
    """The audience that a line stands for. Raises BadAudience, which says what to write instead.

    Example:
        >>> audience = read("city=上海 car=plans not did:booked top=500")
        >>> audience.likeliest
        500
        >>> write(audience)
        'city=上海 car=plans not did:booked top=500'
    """
    tokens = _Tokens(text)
    if not tokens:
        raise BadAudience("text", "", "Say who: city=上海 car=plans top=500, or all for everyone.")
    every: list[Rule] = []
    some: list[Rule] = []
    top: int | None = None
    while tokens:
        if tokens.take("all"):
            continue
        if tokens.take("top"):
            tokens.need("=", "top")
            top = _whole("top", tokens.word("A number"))
        elif tokens.take("("):
            if some:
                raise BadAudience("text", "(", "One pair of brackets with alternatives is all.")
            some = _alternatives(tokens)
        else:
            every.append(_term(tokens))
    return parse({"kind": "rules", "all": every, "any": some, "likeliest": top})


def write(audience: Audience) -> str:
    """The line that `read` takes for this audience."""
    terms = [_written(rule) for rule in audience.every]
    if audience.some:
        terms.append(f"({' | '.join(_written(rule) for rule in audience.some)})")
    if audience.likeliest is not None:
        terms.append(f"top={audience.likeliest}")
    return " ".join(terms) or "all"


def _tokens(text: str) -> Iterator[tuple[str, str, bool]]:
    """(quoted | word | mark, what it says, whether it follows the one before without a space)."""
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place) or _FULL_WIDTH.match(text, place)
        if found is None:
            at = place + len(text[place:]) - len(text[place:].lstrip())
            raise BadAudience("text", text[at : at + 12], _unreadable(text[at]))
        quoted, word, mark = found.groups()
        here = found.group().strip() == found.group()
        if quoted is not None:
            yield "quoted", re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL), here
        elif word is not None:
            yield "word", word, here
        else:
            plain = unicodedata.normalize("NFKC", mark)
            yield "mark", "," if plain == "、" else plain, here
        place = found.end()


def _unreadable(character: str) -> str:
    return f'{character!r} can\'t stand here. A value with such characters needs quotes: city="…".'


def _alternatives(tokens: _Tokens) -> list[Rule]:
    found = [_term(tokens)]
    while not tokens.take(")"):
        tokens.need("|", "one of the alternatives")
        found.append(_term(tokens))
    return found


def _term(tokens: _Tokens) -> Rule:
    turned = False
    while tokens.take("not", "!"):
        turned = not turned
    name = tokens.word("A rule such as city=上海")
    name = ALSO.get(name, name)
    if name == "did":
        tokens.need(":", "did")
        rule = _did(tokens)
    else:
        if name not in (*FIELDS, *LATELY, "segment"):
            known = ", ".join((*FIELDS, *LATELY, "segment", "did", "top"))
            raise BadAudience("field", name, f"{name!r} is no rule: use {known}.")
        tokens.need("=", name)
        value = tokens.word(f"A value of {name}")
        if name == "segment":
            rule = {"segment": _whole(name, value)}
        elif name in LATELY:
            rule = {"field": name, "within_days": _whole(name, value)}
        else:
            plain = FIELDS[name] is None
            rule = {"field": name, "is": value if plain else VALUES.get(value, value)}
    return rule | ({"not": True} if turned else {})


def _did(tokens: _Tokens) -> dict[str, Any]:
    verb = tokens.word("A verb such as viewed")
    rule: dict[str, Any] = {"did": VALUES.get(verb, verb)}
    if not tokens.take_here("("):
        return rule
    while True:
        name = tokens.word("item, type, days or n")
        part = _PARTS.get(ALSO.get(name, name))
        if part is None:
            raise BadAudience("rule", name, f"{name!r} is none of item, type, days, n.")
        tokens.need("=", name)
        value = tokens.word(f"A value of {name}")
        rule[part] = value if part in ("item", "type") else _whole(name, value)
        if tokens.take(")"):
            return rule
        tokens.need(",", f"{name}={value}")


def _whole(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", value):
        raise BadAudience("number", name, f"{name} takes a whole number, not {value!r}.")
    return int(value)


def _written(rule: Rule) -> str:
    turned = "not " if rule.get("not") else ""
    if "segment" in rule:
        return f"{turned}segment={rule['segment']}"
    if "did" in rule:
        named = {part: name for name, part in _PARTS.items()}
        parts = [f"{named[part]}={_quoted(rule[part])}" for part in named if part in rule]
        return f"{turned}did:{rule['did']}" + (f"({','.join(parts)})" if parts else "")
    return f"{turned}{rule['field']}={_quoted(rule.get('is', rule.get('within_days')))}"


def _quoted(value: object) -> str:
    text = str(value)
    if _PLAIN.fullmatch(text):
        return text
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
