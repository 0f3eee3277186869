"""Whether a passage, and a sentence of it, may answer a question at all, however near it is.

It may not when the question names a thing that neither the passage nor its document names, or a
drivetrain that it contradicts; and what a lesson asks its readers is no answer to anybody.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache
from typing import TypeAlias

from retrieval.index import Index
from retrieval.names import kind, names, spelled, tokens
from retrieval.words import folded

PLUGGED = frozenset({"ev", "plug-in", "range extender"})
HYBRIDS = frozenset({"hybrid", "plug-in", "range extender"})
FUELLED = HYBRIDS | {"petrol", "diesel"}
AUTOMATIC = frozenset({"torque converter", "dual-clutch", "cvt"})


Rows: TypeAlias = Iterable[tuple[re.Pattern[str], frozenset[str]]]


def _kinds(*rows: tuple[str, str, Set[str]]) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    r"""Chinese and English words, and which kinds they name.

    Python takes Han characters for letters, so that \b sees no end of a word in EV冬天.
    """
    return tuple(
        (re.compile(rf"{han}|(?<![a-z0-9])(?:{latin})(?![a-z0-9])"), frozenset(kinds))
        for han, latin, kinds in rows
    )


# Who asks for one of a group isn't answered by what is said of another. Longer words first.
GROUPS = {
    "drivetrain": _kinds(
        ("插电(?:式)?混动|插电|插混", "phevs?|plug[- ]?ins?(?: hybrids?)?", {"plug-in"}),
        ("增程", r"e?revs?|reevs?|range[- ]extend\w*", {"range extender"}),
        ("油混|轻混", "(?:full|mild) hybrids?|hevs?", {"hybrid"}),
        ("混动|混合动力", "hybrids?", HYBRIDS),
        ("新能源", "new energy vehicles?|nevs?", PLUGGED),
        (
            "纯电(?!续航|里程|模式|行驶|能跑)|(?<!充)电车|电动(?:汽)?车",
            "b?evs?|electric (?:cars?|vehicles?)|(?:battery|all)[- ]electric",
            {"ev"},
        ),
        ("燃油车|(?<!加)油车", "combustion (?:cars?|engines?)", {"petrol", "diesel"}),
        ("汽油(?:车|机)", "(?:petrol|gasoline|gas) (?:cars?|engines?)", {"petrol"}),
        ("柴油(?:车|机)", "diesels?", {"diesel"}),
    ),
    "gearbox": _kinds(
        ("双离合", "dual[- ]clutch(?:es)?|dcts?|dsg", {"dual-clutch"}),
        ("无级变速", "cvts?", {"cvt"}),
        ("手动(?:挡|档|变速)", "manuals?(?= (?:gearbox|transmission|car)|$)", {"manual"}),
        ("液力变矩|自动变速箱", "torque converters?", {"torque converter"}),
        ("自动(?:挡|档)", "automatics?", AUTOMATIC),
    ),
    "insurance": _kinds(
        ("交强险", "compulsory (?:traffic )?insurance", {"compulsory"}),
        ("车损险|车辆损失险", "damage cover", {"damage"}),
        (
            "三者险|第三者责任险",
            "third[- ]party (?:liability )?(?:cover|insurance)",
            {"third party"},
        ),
        ("座位险|车上人员责任险", "seat cover", {"seats"}),
        ("划痕险", "scratch cover", {"scratches"}),
    ),
}
# What only cars with such a drivetrain have, where none is named.
PARTS = {
    "drivetrain": _kinds(
        (
            "动力电池|续航|快充|慢充|充电桩|电耗|动能回收",
            r"traction batter\w+|[\d.]* ?kwh",
            PLUGGED,
        ),
        ("机油|火花塞|汽油|加油站|油耗", "engine oil|spark plugs?|petrol", FUELLED),
    )
}
_TASK = (
    "(?:(?:课后|本课|随堂)?(?:小?[练練]习题?|习题|自测题?|小?测验|小测|思考题|作业题?)"
    "|(?:exercises?|quiz(?:zes)?|self[- ]test|practice (?:questions?|problems?)|test yourself"
    "|check your (?:knowledge|understanding)))"
)
_TASKS = re.compile(rf"(?:an? )?(?:small |short |worked )?{_TASK}(?:\s*[一二三\d]+)?")
_NUMBER = r"\s*(?:[一二三四五六七八九十\d]+|one|two|three|four|five|six)"
_TASK_BEGINS = re.compile(
    rf"(?:{_TASK})(?:{_NUMBER})?\s*[:：、.]|[练練]习用|the exercise\b"
    rf"|(?:问题|题目|参考答案|答案|第|problem|question|answer){_NUMBER}\s*题?\s*[:：.、]"
)
_GAP = re.compile(r"(?<=\d) (?=[a-z])")
_CODE = re.compile(r"\d[a-z]|[a-z]\d")
# So many passages are known to be told or not, and so many passages and sentences as spelled.
KEPT = 10_000
_ASKS = re.compile(r"[?？][”’」』）)\"']*$")


class Wanted:
    """What a question binds its answer to."""

    def __init__(self, question: str) -> None:
        text = spelled(folded(question))
        by_kind: defaultdict[str, set[str]] = defaultdict(set)
        for name in names(tokens(text)):
            by_kind[kind(name)].add(name)
        self.names = dict(by_kind)
        self._codes = _codes(text)
        found = {group: _rows_named(text, rows) for group, rows in GROUPS.items()}
        self.kinds = {g: frozenset().union(*kinds) for g, kinds in found.items() if kinds}
        # Each thing that is asked for, by its group: a name, or the kinds that one word names.
        self._things: list[tuple[str, frozenset[str]]] = [
            *((group, kinds) for group, rows in found.items() for kinds in rows),
            *(("", frozenset({name})) for some in self.names.values() for name in some),
        ]

    def __bool__(self) -> bool:
        return bool(self.names or self.kinds)

    def fits(self, index: Index, row: int) -> bool:
        """Whether a passage may answer."""
        chunk = index.chunks[row]
        if not any(is_told(chunk.context, chunk.sentences)):
            return False
        if not self:
            return True
        levels = [spelling(part) for part in (chunk.text, *chunk.context.split(" › ")[::-1])]
        return self._names_stand(index, chunk.document, levels) and not self._contradicted(levels)

    def speaks(self, sentence: str) -> bool:
        """Whether a sentence of a passage that fits is of what is asked, or of nothing else."""
        if not self:
            return True
        text = spelling(sentence)
        there = names(tokens(text))
        rivals = {kind(name) for name in there}
        return not self._contradicted([text]) and all(
            wanted & there or group not in rivals for group, wanted in self.names.items()
        )

    def names_one(self, passage: str) -> bool:
        """Whether a passage says by itself that it is of what is asked."""
        text = spelling(passage)
        of_kind = (kinds & _named(text, GROUPS[group]) for group, kinds in self.kinds.items())
        return any(of_kind) or any(wanted & tokens(text) for wanted in self.names.values())

    def stands_in(self, passage: str) -> bool:
        """Whether a name, or a figure with its unit, of the question stands in a passage."""
        return not self._codes.isdisjoint(_codes(spelling(passage)))

    def things(self, sentence: str) -> frozenset[int]:
        """Which of several things that are asked for a sentence is of."""
        if len(self._things) < 2:
            return frozenset()
        text = spelling(sentence)
        there = {group: _named(text, rows) for group, rows in GROUPS.items()}
        there[""] = tokens(text)
        return frozenset(n for n, (g, wanted) in enumerate(self._things) if wanted & there[g])

    def missing(self, index: Index, rows: Iterable[int]) -> set[str]:
        """The names that stand in none of these passages' documents."""
        left = {name for wanted in self.names.values() for name in wanted}
        for document in {index.chunks[row].document for row in rows}:
            left -= index.tokens_of(document)
        return left

    def _names_stand(self, index: Index, document: str, levels: Sequence[str]) -> bool:
        if not self.names:
            return True
        here = tokens("\n".join(levels))
        kinds = {kind(name) for name in names(here)}
        # A heading that names another thing is of that thing.
        of_another = bool(names(tokens("\n".join(levels[1:]))))
        return all(
            wanted & here
            or not (of_another or group in kinds or not wanted & index.tokens_of(document))
            for group, wanted in self.names.items()
        )

    def _contradicted(self, levels: Sequence[str]) -> bool:
        """Whether the nearest level that names any of a group names others only."""
        return any(not kinds & _nearest(levels, group) for group, kinds in self.kinds.items())


def _codes(text: str) -> set[str]:
    """The names in a spelled text, and the figures with their unit: 12.2V, 12.2 V."""
    found = tokens(_GAP.sub("", text))
    return {word for word in found if _CODE.search(word)} | names(found)


def _nearest(levels: Sequence[str], group: str) -> frozenset[str]:
    """The kinds that the first level names which names any; all where none does."""
    for text in levels:
        there = _named(text, GROUPS[group]) or _named(text, PARTS.get(group, ()))
        if there:
            return there
    return frozenset().union(*(kinds for _, kinds in GROUPS[group]))


def _named(text: str, rows: Rows) -> frozenset[str]:
    return frozenset().union(*_rows_named(text, rows))


def _rows_named(text: str, rows: Rows) -> list[frozenset[str]]:
    found = []
    for pattern, kinds in rows:
        if pattern.search(text):
            found.append(kinds)
            # 插电混动 names no other hybrid.
            text = pattern.sub(" ", text)
    return found


@lru_cache(KEPT)
def spelling(said: str) -> str:
    """What a source says, each name in one spelling; what people ask is not to be kept."""
    return spelled(folded(said))


@lru_cache(KEPT)
def is_told(context: str, sentences: tuple[str, ...]) -> list[bool]:
    """For each sentence of a passage whether it tells something: no exercise, no question."""
    if _TASKS.fullmatch(context.rpartition(" › ")[2].strip().lower()):
        return [False] * len(sentences)
    told = []
    exercise = False
    for sentence in sentences:
        exercise = exercise or _TASK_BEGINS.match(sentence.strip().lower()) is not None
        told.append(not exercise and _ASKS.search(sentence.rstrip()) is None)
    return told
