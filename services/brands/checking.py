"""One checker for whatever is said of a brand: an invite, the catalogue, lessons, answers.

The law's book holds for every text, and the book of each brand that the text is of, or names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from retrieval.sentences import language
from services.brands import book as books
from services.brands.book import LAW, Book, Mark, Need, Rule
from services.brands.normalising import END, Normal, normal
from services.brands.terms import Finder, Found, repeated, repeating, word_starts

# More rounds no mending takes: each takes out at least one finding.
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What breaks a rule: `quote` is text[start:end], or "" for a picture.

    `code` is its kind (name, tone, banned, mark, missing, logo); `why` are the book's own words, by
    language. `suggestion`, in the quote's place, passes the same books; "" leaves the quote out.
    """

    code: str
    rule: str
    brand: str
    severity: str
    start: int
    end: int
    quote: str
    suggestion: str
    why: Mapping[str, str] = field(default_factory=dict)
    places: tuple[str, ...] = ()
    """Where a logo may stand."""


class _Read:
    """A text, as it is and as rules read it. Its words are cut when something is found: in most
    texts nothing is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.normal: Normal = normal(text)

    @cached_property
    def starts(self) -> frozenset[int]:
        return word_starts(self.normal.text)

    @cached_property
    def language(self) -> str:
        return language(self.text)

    def find(self, finder: Finder) -> list[Found]:
        return finder.find(self.normal.text, lambda: self.starts)


class Rules:
    """A book whose patterns are made: that takes far longer than a check."""

    def __init__(self, book: Book) -> None:
        self.book = book
        law = books.law()
        groups = books.base_groups(book)
        self._spellings = book.spellings if book.brand == LAW else law.spellings | book.spellings

        def finder(terms: Sequence[str], unless: Sequence[str] = ()) -> Finder:
            return Finder(terms, unless, groups, self._spellings)

        self._wordings = [
            (code, rule, list(rule.find.items()), finder(list(rule.find), rule.unless))
            for code, listed in (("tone", book.tone), ("banned", book.bans))
            for rule in listed
        ]
        self._needs = [(rule, finder(rule.when, rule.unless)) for rule in book.needs]
        self._written = [
            (name, spelling)
            for name in book.names
            for spelling in dict.fromkeys([name.write, *name.allowed, *name.forbidden])
        ]
        self._names = Finder([_plain(spelling) for _, spelling in self._written], (), {}, {})

    def names(self, read: _Read) -> bool:
        """Whether a text names the brand."""
        return bool(read.find(self._names))

    def findings(self, read: _Read, place: str | None) -> Iterator[Finding]:
        """What breaks the rules that hold in a place, or with None those of any."""
        yield from self._names_in(read)
        for code, rule, terms, finder in self._wordings:
            if place is None or place in rule.places:
                for found in read.find(finder):
                    say = self._say(terms[found.term][1], finder, found, read)
                    yield self._finding(code, rule, read, found.start, found.end, say)
        for need, finder in self._needs:
            if place is None or place in need.places:
                yield from self._missing(need, finder, read)
        for mark in self.book.marks:
            if place is None or place in mark.places:
                yield from self._marks(mark, read)

    def logos(self, sha256: str, place: str) -> Iterator[Finding]:
        """What is wrong with a picture's standing somewhere."""
        for logo in self.book.logos:
            if sha256 in logo.files and place not in logo.places:
                yield self._told("logo", logo, 0, 0, "", "", tuple(logo.places))

    def _names_in(self, read: _Read) -> Iterator[Finding]:
        for found in read.find(self._names):
            name = self._written[found.term][0]
            start, end = read.normal.span(found.start, found.end)
            quote = read.text[start:end]
            if quote not in (name.write, *name.allowed):
                kind, say = name.severity, name.write
                yield Finding("name", say, self.book.brand, kind, start, end, quote, say)

    def _missing(self, need: Need, finder: Finder, read: _Read) -> Iterator[Finding]:
        """Claims that lack their words, without those that a mended one before them mends."""
        accepted = [normal(words).text for words in (need.say.zh, need.say.en, *need.accepted)]
        text, mended_to = read.normal.text, -1
        for found in read.find(finder):
            if found.start <= mended_to:
                continue
            around = text[max(0, found.start - need.within) : found.end + need.within]
            # Words of several clauses stand in several clauses.
            plain = around.replace(END, "")
            if not any(words.replace(END, "") in plain for words in accepted):
                start, end = read.normal.span(found.start, found.end)
                mended_to = found.end + need.within // 2
                added = f"（{need.say.zh}）" if read.language == "zh" else f" ({need.say.en})"
                say = read.text[start:end] + added
                yield self._told("missing", need, start, end, read.text[start:end], say)

    def _marks(self, mark: Mark, read: _Read) -> Iterator[Finding]:
        # Full width and half width are one sign.
        sign = _sign(mark.mark)
        places = [at for at, one in enumerate(read.text) if _sign(one) == sign]
        for at in places[mark.most :]:
            yield self._told("mark", mark, at, at + 1, read.text[at], mark.say)

    def _say(self, say: str, finder: Finder, found: Found, read: _Read) -> str:
        """What to say instead, with the words that it takes over from the text."""
        if not repeated(say):
            return say
        words = {}
        for name, (start, end) in finder.words(found, read.normal.text).items():
            begin, stop = read.normal.span(start, end)
            words[name] = read.text[begin:stop]
        return repeating(say, words)

    def _finding(
        self, code: str, rule: Rule, read: _Read, start: int, end: int, say: str
    ) -> Finding:
        begin, stop = read.normal.span(start, end)
        return self._told(code, rule, begin, stop, read.text[begin:stop], say)

    def _told(
        self,
        code: str,
        rule: Rule,
        start: int,
        end: int,
        quote: str,
        say: str,
        places: tuple[str, ...] = (),
    ) -> Finding:
        why = rule.why.model_dump() if rule.why else {}
        brand = self.book.brand
        return Finding(code, rule.id, brand, rule.severity, start, end, quote, say, why, places)


def _plain(words: str) -> str:
    """Words as a term that finds just them."""
    return "".join(one for one in words if one not in "{}*#")


@lru_cache(maxsize=512)
def _sign(character: str) -> str:
    return "!" if character in "!！❗❕‼" else "?" if character in "?？" else character


@lru_cache(maxsize=1)
def law_rules() -> Rules:
    return Rules(books.law())


@dataclass(frozen=True, slots=True)
class Books:
    """The law's rules and those of brands, by their ids."""

    brands: Mapping[str, Rules] = field(default_factory=dict)

    def brand_of(self, name: str | None) -> str | None:
        """The id of the brand that has this id, title or name; None where there is none."""
        wanted = normal(name or "").text
        for brand, rules in self.brands.items():
            book = rules.book
            known = [brand, book.title.zh, book.title.en]
            known += [spelling for one in book.names for spelling in (one.write, *one.allowed)]
            if wanted and wanted in (normal(one).text for one in known):
                return brand
        return None

    def check(
        self, text: str, brand: str | None = None, place: str | None = "copy"
    ) -> list[Finding]:
        """What breaks the law's rules, those of `brand` (an id or a name), and those of each brand
        that the text names, in the order of the text. `place` None stands for all places at once.

        Takes time linear in the text's length.
        """
        read = _Read(text)
        own = self.brand_of(brand)
        applied = [law_rules()] + [
            rules for name, rules in self.brands.items() if name == own or rules.names(read)
        ]
        return _sorted(one for rules in applied for one in rules.findings(read, place))

    def named(self, text: str) -> list[str]:
        """The brands that a text names."""
        read = _Read(text)
        return [brand for brand, rules in self.brands.items() if rules.names(read)]

    def logos(self, sha256: str, place: str = "copy") -> list[Finding]:
        """What is wrong with a picture's standing there, by the SHA-256 of its file."""
        return [one for rules in self.brands.values() for one in rules.logos(sha256, place)]

    def mend(self, text: str, brand: str | None = None, place: str = "copy") -> str:
        """The text with all suggestions taken, which passes `check`."""
        for _ in range(_ROUNDS):
            found = self.check(text, brand, place)
            if not found:
                break
            pieces, at = [], 0
            for finding in _apart(found):
                pieces += [text[at : finding.start], finding.suggestion]
                at = finding.end
            text = "".join([*pieces, text[at:]])
        return text


def _sorted(findings: Iterator[Finding]) -> list[Finding]:
    """In the order of the text, without what a longer finding of the same kind covers."""
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda f: (f.start, -f.end, f.brand != LAW)):
        if not any(
            k.code == one.code and k.start <= one.start and one.end <= k.end for k in kept[-8:]
        ):
            kept.append(one)
    return kept


def _apart(findings: Sequence[Finding]) -> list[Finding]:
    """Those that can be taken together: none in the midst of another."""
    kept: list[Finding] = []
    for one in findings:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept
