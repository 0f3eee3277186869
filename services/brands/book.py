"""Rule books: what a brand's texts must, may and may not say, as a YAML file that people write.

A book is checked whole; what is wrong with it is told by its line. `services/brands/law.yaml` is
the book of the law, which holds for every text; a brand's own adds to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from services.brands.normalising import normal
from services.brands.terms import TermError, parts, repeated, repeating

LAW = "law"
# The safe loader, many times as fast where libyaml is there.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES, MOST_RULES, MOST_TERMS = 1_000_000, 500, 5000

# Where a text or a picture stands: an invite, the words under a picture, the catalogue, a lesson, a
# generated answer, a document that is handed out.
Place = Literal["copy", "caption", "catalogue", "lesson", "answer", "document"]
PLACES: tuple[Place, ...] = get_args(Place)
Severity = Literal["error", "warning"]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
GroupName = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class BookError(Exception):
    """The book can't be used; the message has a line for each fault, with where and what to do."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Told(Part):
    """Words in both languages."""

    zh: Words
    en: Words


class Rule(Part):
    id: Id
    why: Told | None = None
    severity: Severity = "error"
    places: tuple[Place, ...] = Field(PLACES, min_length=1)


class Name(Part):
    """How a name is written, what else is allowed, and what is forbidden besides other spacing,
    case, full width and Traditional, which are never allowed of themselves."""

    write: Words
    allowed: list[Words] = Field(default_factory=list)
    forbidden: list[Words] = Field(default_factory=list)
    severity: Severity = "warning"


class Wording(Rule):
    """Terms that aren't said, each with what to say instead ("" leaves it out; a `{group}` of the
    term in it repeats the word that was found)."""

    find: dict[Words, str] = Field(min_length=1)
    unless: list[Words] = Field(default_factory=list)


class Mark(Rule):
    """A sign that stands in a text at most so often; more are written as `say`."""

    mark: Annotated[str, StringConstraints(min_length=1, max_length=1)]
    most: int = Field(ge=0, le=1000)
    say: Annotated[str, StringConstraints(max_length=4)] = ""
    severity: Severity = "warning"


class Need(Rule):
    """A text that says one of `when` says `say`, or one of `or`, within so many characters."""

    when: list[Words] = Field(min_length=1)
    unless: list[Words] = Field(default_factory=list)
    say: Told
    accepted: list[Words] = Field(default_factory=list, alias="or")
    within: int = Field(80, ge=10, le=4000)


class Logo(Rule):
    """A picture by the SHA-256 of its files; `places` are where it may stand."""

    files: list[Hash] = Field(min_length=1)


class Book(Part):
    brand: Id
    title: Told
    groups: dict[GroupName, list[Words]] = Field(default_factory=dict)
    spellings: dict[Words, list[Words]] = Field(default_factory=dict)
    names: list[Name] = Field(default_factory=list)
    tone: list[Wording] = Field(default_factory=list)
    bans: list[Wording] = Field(default_factory=list)
    marks: list[Mark] = Field(default_factory=list)
    needs: list[Need] = Field(default_factory=list)
    logos: list[Logo] = Field(default_factory=list)

    def rules(self) -> Iterator[tuple[str, int, Rule]]:
        """Each rule with the part it stands in, and its number there."""
        for part in ("tone", "bans", "marks", "needs", "logos"):
            for number, rule in enumerate(getattr(self, part)):
                yield part, number, rule


@lru_cache(maxsize=1)
def law() -> Book:
    """The book that always holds."""
    return read("law.yaml", (files("services.brands") / "law.yaml").read_bytes(), is_law=True)


def read(name: str, data: bytes, *, is_law: bool = False) -> Book:
    """A book from its file. Raises BookError with every fault, by its line."""
    root = _tree(name, data)
    try:
        book = Book.model_validate(_loaded(data.decode("utf-8-sig")))
    except ValidationError as error:
        raise faults(name, [_told(root, fault) for fault in error.errors()]) from None
    found = list(_meaning(root, book, is_law))
    if found:
        raise faults(name, found)
    return book


def said(book: Book) -> Iterator[tuple[Sequence[object], str]]:
    """What a book has people say, and where it stands: names and suggestions, with each word that
    they may repeat."""
    groups = base_groups(book)
    for number, name in enumerate(book.names):
        yield ["names", number, "write"], name.write
    for part in ("tone", "bans"):
        for number, rule in enumerate(getattr(book, part)):
            for term, say in rule.find.items():
                for word in groups[names[0]] if (names := repeated(say)) else ("",):
                    yield [part, number, "find", term], repeating(say, dict.fromkeys(names, word))
    for number, mark in enumerate(book.marks):
        yield ["marks", number, "say"], mark.say
    for number, need in enumerate(book.needs):
        yield from ((["needs", number, "say", told], say) for told, say in need.say)


def line_of(data: bytes, place: Sequence[object]) -> int:
    """The line of a place in the file of a book that can be read."""
    return _line(_tree("", data), place)


Fault = tuple[int, str]


def faults(name: str, found: Sequence[Fault]) -> BookError:
    """An error that lists faults by their lines."""
    listed = (f"line {line}: {told}" for line, told in sorted(set(found)))
    return BookError(f"Nothing was imported. Please mend {name}:\n" + "\n".join(listed))


def _tree(name: str, data: bytes) -> yaml.Node:
    """The file's nodes, which know their lines. Raises BookError."""
    if len(data) > MAX_BYTES:
        raise BookError(f"{name} is larger than {MAX_BYTES} bytes: split it by brand.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BookError(f"{name} is not UTF-8 text: save it as UTF-8.") from None
    try:
        root = yaml.compose(text, Loader=LOADER)
        found = list(_shape(root)) if root is not None else []
        # A date such as 2026-13-45 is refused only here.
        _loaded(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = "isn't YAML from here on: look at the indent, the colons and the quotes"
        raise faults(name, [((mark.line if mark else 0) + 1, told)]) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise BookError(f"{name} isn't YAML text: write it anew as plain text.") from None
    if not isinstance(root, yaml.MappingNode):
        raise BookError(f"{name} holds no rule book: start with `brand:` and `title:`.")
    if found:
        raise faults(name, found)
    return root


def _loaded(text: str) -> Any:
    return yaml.load(text, LOADER)  # noqa: S506 - it is one of the two safe ones


def _shape(node: yaml.Node) -> Iterator[Fault]:
    """Keys that are there twice, of which YAML silently keeps one, and references: a book of a few
    lines could mean gigabytes with them."""
    seen_nodes: set[int] = set()
    waiting = [node]
    while waiting:
        node = waiting.pop()
        line = node.start_mark.line + 1
        if id(node) in seen_nodes:
            yield line, "is used again by a reference (* or &): write it out"
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                if key.value in keys:
                    yield key.start_mark.line + 1, f"`{key.value}` is here twice: join the two"
                if isinstance(key.value, str):
                    keys.add(key.value)
                waiting.append(value)


def _line(root: yaml.Node, place: Sequence[object]) -> int:
    """The line where a place of the book stands, or the nearest around it that is there."""
    node, line = root, root.start_mark.line + 1
    for step in place:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    found, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            found = node.value[step]
            line = found.start_mark.line + 1
        if found is None:
            break
        node = found
    return line


_SAID = {
    "missing": "is missing: add it",
    "extra_forbidden": "isn't known here: look how it is written, or leave it out",
    "string_type": "is no text: write it in quotes",
    "string_too_short": "is empty: write something or leave it out",
    "string_too_long": "is longer than {max_length} characters: shorten it",
    "list_type": "is no list: put a hyphen before each, or square brackets around all",
    "too_short": "is empty: give at least one, or leave it out",
    "dict_type": "has no `key: value` lines: write each as `what is found: what to say`",
    "model_type": "has no `key: value` lines",
    "int_parsing": "is no whole number",
    "int_type": "is no whole number",
    "int_from_float": "is no whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "literal_error": "is one of {expected}",
}
_SHAPES = {
    "id": "has small letters a to z, digits and hyphens, at most 40",
    "brand": "has small letters a to z, digits and hyphens, at most 40",
    "files": "is no SHA-256 in small hexadecimal digits: `sha256sum FILE` prints it",
    "groups": "is a name of small letters a to z and _",
}


def _told(root: yaml.Node, fault: Mapping[str, Any]) -> Fault:
    place = [step for step in fault["loc"] if step != "[key]"]
    names = [step for step in place if isinstance(step, str)]
    where = ".".join(str(step + 1) if isinstance(step, int) else step for step in place)
    kind = fault["type"]
    if kind == "string_pattern_mismatch":
        told = next((_SHAPES[n] for n in reversed(names) if n in _SHAPES), "is not written so")
    else:
        told = _SAID.get(kind, "can't be read: see docs/admins.md").format(**fault.get("ctx", {}))
    return _line(root, place), f"{where or 'the book'} {told}"


def _meaning(root: yaml.Node, book: Book, is_law: bool) -> Iterator[Fault]:
    """What is wrong with a book whose parts are all well formed."""
    if (book.brand == LAW) != is_law:
        yield _line(root, ["brand"]), f"brand {LAW} is the law's own book: choose another id"
    rules = list(book.rules())
    seen: set[str] = set()
    for part, number, rule in rules:
        if rule.id in seen:
            yield _line(root, [part, number, "id"]), f"id {rule.id} is there twice: rename one"
        seen.add(rule.id)
    if len(rules) > MOST_RULES:
        yield 1, f"the book has {len(rules)} rules; {MOST_RULES} are the most"
    yield from _spellings(root, book)
    groups, count = {**base_groups(book, is_law)}, 0
    for place, term in _terms(book):
        count += 1
        try:
            parts(term, groups)
        except TermError as error:
            yield _line(root, place), f"{term!r} {error}"
    yield from _repeats(root, book, is_law)
    if count > MOST_TERMS and not is_law:
        yield 1, f"the book has {count} terms; {MOST_TERMS} are the most"
    for number, name in enumerate(book.names):
        if not normal(name.write).text:
            yield _line(root, ["names", number, "write"]), "names have letters or characters"


def _repeats(root: yaml.Node, book: Book, is_law: bool) -> Iterator[Fault]:
    """Suggestions that repeat a group which their term lacks, so that there is no word of it, or so
    many words that checking them all would take too long."""
    groups, count = base_groups(book, is_law), 0
    for part in ("tone", "bans"):
        for number, rule in enumerate(getattr(book, part)):
            for term, say in rule.find.items():
                names = repeated(say)
                if not names:
                    continue
                place = [part, number, "find", term]
                if names != [one for one in names[:1] if f"{{{one}}}" in term]:
                    told = f"{say!r} may repeat one {{group}}, once, that {term!r} names"
                    yield _line(root, place), told
                count += len(groups.get(names[0], ()))
    if count > MOST_TERMS and not is_law:
        yield 1, f"suggestions repeat {count} words of groups; {MOST_TERMS} are the most"


def _spellings(root: yaml.Node, book: Book) -> Iterator[Fault]:
    for one, others in book.spellings.items():
        if len(normal(one).text) != 1:
            yield _line(root, ["spellings", one]), f"{one!r} must be one character"
        for other in others:
            if not normal(other).text:
                yield _line(root, ["spellings", one]), f"{other!r} has no letter or character"


def base_groups(book: Book, is_law: bool = False) -> dict[str, list[str]]:
    """The groups that a book's terms may name: the law's, too."""
    return book.groups if is_law or book.brand == LAW else law().groups | book.groups


def _terms(book: Book) -> Iterator[tuple[Sequence[object], str]]:
    """Each term of a book, and its place."""
    for name, words in book.groups.items():
        yield from ((["groups", name, n], word) for n, word in enumerate(words))
    for part in ("tone", "bans"):
        for number, rule in enumerate(getattr(book, part)):
            yield from (([part, number, "find", term], term) for term in rule.find)
            yield from (([part, number, "unless", n], term) for n, term in enumerate(rule.unless))
    for number, need in enumerate(book.needs):
        yield from ((["needs", number, "when", n], term) for n, term in enumerate(need.when))
        yield from ((["needs", number, "unless", n], term) for n, term in enumerate(need.unless))
