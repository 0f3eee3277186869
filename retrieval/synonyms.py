"""Words of the trade: a question is read in the words that the lessons use.

The list is made by people, in a YAML file beside the knowledge base; one with common words comes
with the package. Nothing of the index depends on it, so that a changed list holds at once.
"""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

import yaml

from retrieval.index import Index
from retrieval.words import folded, simplified, whole

log = logging.getLogger(__name__)

FILE = "synonyms.yaml"
# No more, so that every question is read quickly.
MOST_WORDS, LONGEST, MAX_BYTES = 5000, 60, 1_000_000


class SynonymsError(Exception):
    """The list can't be used; the message says which entry is wrong and what it takes."""


@dataclass(frozen=True, eq=False)
class Synonyms:
    """`spellings`: folded word to how it is read; `groups`: words for one thing, as written."""

    spellings: Mapping[str, str]
    groups: Sequence[tuple[str, ...]]

    @classmethod
    def of(cls, *texts: str) -> Self:
        """The lists of some YAML texts; what a later one says of a word wins.

        Raises SynonymsError.
        """
        spellings: dict[str, str] = {}
        groups: dict[str, tuple[str, ...]] = {}
        for text in texts:
            told, listed = _read(text)
            own = {folded(word) for group in listed for word in group} | set(told)
            groups = {w: g for w, g in groups.items() if w not in own}
            spellings = {w: s for w, s in spellings.items() if w not in own} | told
            groups |= {folded(word): group for group in listed for word in group}
        if len(spellings) + len(groups) > MOST_WORDS:
            raise SynonymsError(f"The synonyms have more than {MOST_WORDS} words.")
        return cls(spellings, tuple(dict.fromkeys(groups.values())))

    def read(self, index: Index, question: str) -> str:
        """The question in the words of the index and in simplified characters."""
        text = _replaced(simplified(question), self._misspelled, self.spellings)
        found = {folded(match[0]) for match in _whole(self._listed, text)}
        told = {word: best for word in found if (best := self._told_as(index, word)) is not None}
        # 自适应巡航（ACC） says it both ways already.
        told = {word: best for word, best in told.items() if folded(best) not in folded(text)}
        return _replaced(text, _any(told), told) if told else text

    def _told_as(self, index: Index, word: str) -> str | None:
        """Which of the words for the same thing most passages have, if more than have this one."""
        counts = {other: index.count(folded(other)) for other in self._group_of[word]}
        best = max(counts, key=counts.__getitem__)
        return best if counts[best] > index.count(word) else None

    @cached_property
    def _group_of(self) -> dict[str, tuple[str, ...]]:
        return {folded(word): group for group in self.groups for word in group}

    @cached_property
    def _listed(self) -> re.Pattern[str] | None:
        return _any(self._group_of)

    @cached_property
    def _misspelled(self) -> re.Pattern[str] | None:
        return _any(self.spellings)


class SynonymFile:
    """The list in use: the package's, and the content team's own, read anew when that changes."""

    def __init__(self, path: Path | None = None) -> None:
        """`path` is of the team's own, which may be missing."""
        self.path = path
        self._seen: tuple[int, int] | None = None
        self._synonyms = Synonyms.of(bundled())

    def synonyms(self) -> Synonyms:
        """A file with a fault changes nothing; that is logged."""
        seen = self._stamp()
        if seen != self._seen:
            self._seen = seen
            try:
                self._synonyms = self.load()
            except SynonymsError as error:
                log.error("The synonyms stay as they were: %s", error)
        return self._synonyms

    def load(self) -> Synonyms:
        """Raises SynonymsError."""
        texts = [bundled()]
        if self.path is not None and self._stamp() is not None:
            try:
                if self.path.stat().st_size > MAX_BYTES:
                    raise SynonymsError(f"{self.path} is larger than {MAX_BYTES} bytes.")
                texts.append(self.path.read_text("utf-8-sig"))
            except (OSError, UnicodeDecodeError) as error:
                raise SynonymsError(f"{self.path} can't be read as UTF-8 text: {error}") from error
        return Synonyms.of(*texts)

    def _stamp(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat() if self.path else None
        except OSError:
            return None
        return (stat.st_mtime_ns, stat.st_size) if stat else None


def bundled() -> str:
    """The list that comes with the package."""
    return (files("retrieval") / FILE).read_text("utf-8")


# The package's list is read for every check of the team's own.
@lru_cache(maxsize=2)
def _read(text: str) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    try:
        fields = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SynonymsError(f"synonyms.yaml is no YAML: {error}") from error
    fields = {} if fields is None else fields
    if not isinstance(fields, dict) or not fields.keys() <= {"spellings", "synonyms"}:
        raise SynonymsError("synonyms.yaml takes `spellings:` and `synonyms:` and nothing else.")
    spellings, synonyms = fields.get("spellings") or {}, fields.get("synonyms") or []
    if not isinstance(spellings, dict):
        raise SynonymsError("`spellings` takes lines of `word: how it is read`.")
    if not isinstance(synonyms, list) or not all(isinstance(g, list) for g in synonyms):
        raise SynonymsError("`synonyms` takes lines of `- [word, word]`.")
    told = {folded(_word(word)): _word(read) for word, read in spellings.items()}
    groups = [tuple(dict.fromkeys(_word(word) for word in group)) for group in synonyms]
    return told, [group for group in groups if len(group) > 1]


def _word(value: Any) -> str:
    # YAML takes `on`, 12 and dates for what isn't text.
    word = simplified(" ".join(value.split())) if isinstance(value, str) else ""
    if not 0 < len(word) <= LONGEST:
        raise SynonymsError(f"{str(value)[:LONGEST]!r} is no word of up to {LONGEST} letters.")
    return word


def _any(words: Iterable[str]) -> re.Pattern[str] | None:
    """Longer ones first; Latin ones whole."""
    listed = [
        rf"(?<![a-z0-9-]){re.escape(w)}(?![a-z0-9])" if w.isascii() else re.escape(w)
        for w in sorted(words, key=len, reverse=True)
    ]
    return re.compile("|".join(listed), re.IGNORECASE) if listed else None


def _whole(pattern: re.Pattern[str] | None, text: str) -> Iterable[re.Match[str]]:
    """The matches that cut no word in two; rare words of three characters are often cut wrongly."""
    if pattern is None:
        return ()
    sure = {match.span() for match in whole(pattern, text)}
    return (m for m in pattern.finditer(text) if len(m[0]) > 2 or m.span() in sure)


def _replaced(text: str, pattern: re.Pattern[str] | None, by: Mapping[str, str]) -> str:
    made, at = "", 0
    for match in _whole(pattern, text):
        made += text[at : match.start()] + by[folded(match[0])]
        at = match.end()
    return made + text[at:]
