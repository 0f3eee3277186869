"""What rules find, as it is written in a rule book, made into patterns over normal texts.

`*` stands for up to eight characters of one clause, or 24 of words of letters, `#` for a number,
`{name}` for any word of a group, and a character that `spellings` names also for what is written
in its place. What is said instead may repeat the word of a `{name}`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count

import rjieba

from services.brands.normalising import END, normal

_PARTS = re.compile(r"\{([a-z_]+)\}|([*#])|([^{}*#]+)|([{}])")
_NUMERALS = "零一二两三四五六七八九十百千万半几数"
_NUMBER = rf"(?<![0-9.{_NUMERALS}])(?:[0-9]{{1,9}}(?:\.[0-9]{{1,4}})?|[{_NUMERALS}]{{1,8}})"
_SOME = rf"(?:[^{END}]{{0,8}}?|[a-z0-9 ]{{0,24}}?)"
# How far before a find its exceptions may begin.
_AROUND = 24
# Dictionaries have phrases of so many characters as one word.
_PHRASE = 4
_REPEATED = re.compile(r"\{([a-z_]+)\}")

Groups = Mapping[str, Sequence[str]]
Spellings = Mapping[str, Sequence[str]]
Starts = Callable[[], frozenset[int]]


class TermError(ValueError):
    """A term can't be read; the message says what to do."""


def parts(term: str, groups: Groups) -> list[str]:
    """A term's words, `*`, `#` and `{group}`s in order. Raises TermError."""
    found = []
    for match in _PARTS.finditer(term):
        name, sign, words, stray = match.groups()
        if stray:
            raise TermError("has a { or } that is no group: write {name}")
        if name and name not in groups:
            known = ", ".join(sorted(groups)) or "none"
            raise TermError(f"names the group {{{name}}}, which `groups` lacks; it has: {known}")
        if words and END in _text(words):
            raise TermError("has a sign that ends a clause; nothing is found across one")
        found.append(f"{{{name}}}" if name else sign or words)
    if "*" in (found[0], found[-1]):
        raise TermError("begins or ends with *, which adds nothing: leave it out")
    if not any(part not in "*#" and (part[0] == "{" or _text(part)) for part in found):
        raise TermError("has no letter, digit or character to find")
    return found


@lru_cache(maxsize=1 << 14)
def _text(words: str) -> str:
    return normal(words).text


def repeated(say: str) -> list[str]:
    """The groups whose found word a suggestion repeats."""
    return _REPEATED.findall(say)


def repeating(say: str, words: Mapping[str, str]) -> str:
    """A suggestion with the words that it repeats."""
    return _REPEATED.sub(lambda match: words[match[1]], say)


def expression(term: str, groups: Groups, spellings: Spellings, *, named: bool = False) -> str:
    """The term as a regular expression over normal texts, with `named` one that tells the word of
    each group. Raises TermError."""
    made: list[str] = []
    told: set[str] = set()
    for part in parts(term, groups):
        glued = bool(made) and made[-1].startswith(_NUMBER)
        if part == "*":
            made.append(_SOME)
        elif part == "#":
            made.append(_NUMBER + " ?")
        elif part[0] == "{":
            # Longest first, as the first that fits is taken.
            name = part[1:-1]
            words = sorted(groups[name], key=len, reverse=True)
            kind = f"(?P<{name}>" if named and name not in told else "(?:"
            told.add(name)
            made.append(kind + "|".join(_words(word, spellings, glued) for word in words) + ")")
        else:
            made.append(_words(part, spellings, glued))
    return "".join(made)


def _words(words: str, spellings: Spellings, glued: bool) -> str:
    """Words as an expression; those of letters stand alone, but a unit may be `glued` to its
    number."""
    text = _text(words)
    if not text:
        return " ?"
    made = "".join(_character(one, spellings) for one in text)
    before = (r"(?<![a-z])" if glued else r"(?<![a-z0-9])") if _is_letter(text[0]) else ""
    after = r"(?![a-z0-9])" if _is_letter(text[-1]) else ""
    spaces = [" ?" if one.isspace() else "" for one in (words[0], words[-1])]
    return spaces[0] + before + made + after + spaces[1]


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _character(one: str, spellings: Spellings) -> str:
    if one == " ":
        return " ?"
    others = [_text(other) for other in spellings.get(one, ())]
    return "(?:" + "|".join(map(re.escape, [one, *others])) + ")" if others else re.escape(one)


def heads(term: str, groups: Groups, spellings: Spellings) -> set[str]:
    """The one or two characters that a term begins with in a normal text, in all its ways."""
    part = parts(term, groups)[0]
    if part == "#":
        return set("0123456789" + _NUMERALS)
    words = groups[part[1:-1]] if part[0] == "{" else [part]
    return {head for word in words if (text := _text(word)) for head in _heads(text, spellings)}


def _heads(text: str, spellings: Spellings) -> Iterator[str]:
    for first in _ways(text[0], spellings):
        if len(first) > 1 or text[1:2] in ("", " "):
            yield first[:2]
        else:
            yield from (first + second[0] for second in _ways(text[1], spellings))


def _ways(one: str, spellings: Spellings) -> list[str]:
    """A character and what is written in its place."""
    return [one, *(text for other in spellings.get(one, ()) if (text := _text(other)))]


@dataclass(frozen=True, slots=True)
class Found:
    """A term of a rule (its number), at normal.text[start:end]."""

    term: int
    start: int
    end: int


class _Patterns:
    """Terms by the characters that they may begin with: at most places of a text none does."""

    def __init__(self, terms: Sequence[str], groups: Groups, spellings: Spellings) -> None:
        # Made when a text has what a term begins with: most never are.
        self._made = cache(lambda number: re.compile(expression(terms[number], groups, spellings)))
        self._by_head: dict[str, list[int]] = {}
        for number, term in enumerate(terms):
            for head in heads(term, groups, spellings):
                self._by_head.setdefault(head, []).append(number)
        charset = "".join(map(re.escape, {head[0] for head in self._by_head}))
        # Nothing begins within a word of letters.
        self.starts = re.compile(f"(?<![a-z](?=[a-z]))[{charset}]" if charset else "(?!)")

    def at(self, text: str, place: int) -> list[tuple[int, re.Match[str]]]:
        """The terms that begin there, with their numbers."""
        listed, more = self._by_head.get(text[place : place + 2]), self._by_head.get(text[place])
        if listed is None and more is None:
            return []
        return [
            (number, match)
            for number in (*(listed or ()), *(more or ()))
            if (match := self._made(number).match(text, place))
        ]


class Finder:
    """Finds a rule's terms where they stand as words and begin in none of its exceptions."""

    def __init__(
        self, terms: Sequence[str], exceptions: Iterable[str], groups: Groups, spellings: Spellings
    ) -> None:
        self._terms = _Patterns(terms, groups, spellings)
        self._named = cache(
            lambda number: re.compile(expression(terms[number], groups, spellings, named=True))
        )
        # Made when a term is found.
        self._exact = cache(lambda number: re.compile(expression(terms[number], groups, {})))
        # One by one: the longest that begins somewhere need not be the one that reaches far enough.
        self._exceptions: dict[str, list[str]] = {}
        for one in exceptions:
            for head in heads(one, groups, {}):
                self._exceptions.setdefault(head, []).append(one)
        self._exception = cache(lambda one: re.compile(expression(one, groups, {})))

    def find(self, text: str, starts: Starts) -> list[Found]:
        """What is found in a normal text, none in another; `starts` tells where its words begin."""
        found: list[Found] = []
        for begins in self._terms.starts.finditer(text):
            at = begins.start()
            if found and at < found[-1].end:
                continue
            ends = [
                (match.end(), number)
                for number, match in self._terms.at(text, at)
                if self._stands_alone(match, number, starts)
            ]
            if ends and not self._is_excepted(text, at):
                # Of several the one that says most.
                end, number = max(ends)
                found.append(Found(number, at, end))
        return found

    def words(self, found: Found, text: str) -> dict[str, tuple[int, int]]:
        """Where in the normal text the words of a found term's groups stand, by their names."""
        match = self._named(found.term).fullmatch(text, found.start, found.end)
        return {name: match.span(name) for name in match.groupdict()} if match else {}

    def _stands_alone(self, match: re.Match[str], number: int, starts: Starts) -> bool:
        """Whether it is cut from no word. What is spelt otherwise is no word of any list, but may
        be cut from one of letters."""
        start, end, text = match.start(), match.end(), match.string
        if self._exact(number).fullmatch(text, start, end):
            known = starts()
            return all(edge in known or _in_phrase(edge, known) for edge in (start, end))
        edges = (text[max(0, start - 1) : start + 1], text[end - 1 : end + 1])
        return not any(len(edge) == 2 and edge.isascii() and edge.isalpha() for edge in edges)

    def _is_excepted(self, text: str, at: int) -> bool:
        return any(
            (match := self._exception(one).match(text, place)) is not None and match.end() > at
            for place in range(max(0, at - _AROUND), at + 1)
            for head in (text[place : place + 2], text[place])
            for one in self._exceptions.get(head, ())
        )


def _in_phrase(edge: int, starts: frozenset[int]) -> bool:
    """Whether it is in the midst of a phrase that a dictionary has as one long word, of which a
    part says what it says: 无双 of 天下无双."""
    first = next(at for at in range(edge, -1, -1) if at in starts)
    after = next(at for at in count(edge) if at in starts)
    return after - first >= _PHRASE


def word_starts(text: str) -> frozenset[int]:
    """Where words of a normal text begin, and its end."""
    found = [0]
    for word in rjieba.cut(text, False):
        found.append(found[-1] + len(word))
    return frozenset(found)
