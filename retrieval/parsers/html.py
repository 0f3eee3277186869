"""Web pages: what a reader sees of them, without navigation."""

import re
from collections.abc import Callable, Mapping

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from retrieval.layout import reflowed
from retrieval.parsers import html_tables
from retrieval.parsers.encodings import decode
from retrieval.parsers.formulas import Linear
from retrieval.parsers.unseen import drop_unseen
from retrieval.sections import ROW, Builder, Note, Parsed, clean, first_heading

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SKIPPED = (
    "audio button canvas datalist dialog embed footer head iframe input map nav noscript object "
    "progress rp rt script select style svg template textarea title video"
)
_BLOCKS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset "
    "figcaption figure form header hr html legend li main ol optgroup option p pre section summary "
    "table tbody td tfoot th thead tr ul"
)
SKIPPED, BLOCKS = frozenset(_SKIPPED.split()), frozenset(_BLOCKS.split())
# What front matter says in Markdown, a page says in <meta name="course" content="…">.
META = ("id", "title", "course", "course_title", "lesson", "language", "topics")
# These swallow the rest of a page when XHTML closes them in themselves.
_SELF_CLOSED = re.compile(r"<(title|script|style|iframe|textarea|noscript)\b([^>]*)/>", re.I)
# What generators of pages put beside a heading, to link to it.
_ANCHOR = re.compile(r"\s*[¶🔗]\s*$")
_RAISED = str.maketrans("0123456789+-−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻")
_HAN = re.compile(r"[\u4e00-\u9fff]")

Names = Mapping[str, tuple[int, str]]
"""Headings that stand elsewhere (in a book's table of contents): level and text, by element id."""


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    page = tree(text)
    builder = Builder()
    notes += read(builder, page, page.css_first("main") or page.body)
    sections = builder.sections()
    title = page.css_first("head > title")
    heads = page.css("h1")
    given = {
        node.attributes.get("name"): node.attributes.get("content") for node in page.css("meta")
    }
    meta = {
        "title": (clean(heads[0].text()) if len(heads) == 1 else "")
        or (clean(title.text()) if title else "")
        or first_heading(sections)
    }
    return Parsed(sections, meta | {name: given[name] for name in META if given.get(name)}, notes)


def tree(html: str) -> LexborHTMLParser:
    """Raises MemoryError, and nothing else: every text is HTML."""
    try:
        return LexborHTMLParser(_SELF_CLOSED.sub(r"<\1\2></\1>", html))
    except SelectolaxError as error:
        raise MemoryError from error


def read(
    builder: Builder,
    page: LexborHTMLParser,
    root: LexborNode | None,
    *,
    names: Names | None = None,
    sheets: str = "",
) -> list[Note]:
    """Puts what a reader sees under `root` into `builder`; remarks on what is left out."""
    hidden = drop_unseen(page, sheets)
    pictures = sum(node.tag != "img" or _is_picture(node) for node in page.css("img, svg image"))
    if root is not None:
        _Walk(builder, names or {}).walk(root)
    notes = [Note("hidden", {"count": hidden})] if hidden else []
    return [*notes, Note("pictures", {"count": pictures})] if pictures else notes


def _is_picture(node: LexborNode) -> bool:
    """Whether an image may show text: it is larger than an icon, as far as it says so."""
    sides = [re.match(r"\d+", node.attributes.get(side) or "") for side in ("width", "height")]
    return all(side is None or int(side[0][:5]) > 64 for side in sides)


def said(node: LexborNode) -> str:
    """The visible text of an element; what stands in blocks of its own is on lines of its own."""
    text: list[str] = []
    stack: list[LexborNode | None] = [node]
    while stack:
        at = stack.pop()
        if at is None:
            text.append("\n")
        elif (plain := _inline(at)) is not None:
            text.append(plain)
        else:
            if at.tag in BLOCKS:
                text.append("\n")
                stack.append(None)
            stack.extend(reversed(list(at.iter(include_text=True))))
    return "".join(text)


def _inline(node: LexborNode) -> str | None:
    """The text of a node that is looked at no further; None where its children are."""
    tag = node.tag
    if tag == "-text":
        return re.sub(r"\s+", " ", node.text_content or "")
    if tag == "br":
        return "\n"
    if tag is None or tag in SKIPPED:
        return ""
    if tag == "math":
        return _formula(node)
    if tag == "sup":
        # Most lead to a footnote.
        return "" if node.css_first('a[href*="#"]') else node.text().translate(_RAISED)
    return None


def _name(node: LexborNode) -> str:
    return "#text" if node.tag == "-text" else node.tag or ""


_formula: Linear[LexborNode] = Linear(
    _name, lambda node: list(node.iter(include_text=True)), lambda node: node.text()
)


class _Walk:
    """The way through a page, however deep, in reading order."""

    def __init__(self, builder: Builder, names: Names) -> None:
        self._builder = builder
        self._names = names
        # What is read of the paragraph, the mark before it, and the term that it explains.
        self._text: list[str] = []
        self._mark = ""
        self._term = ""
        # The last number of each list that is open; None where it has no numbers.
        self._numbers: list[int | None] = []

    def walk(self, root: LexborNode) -> None:
        # What is to be done at the end of a block stands between the nodes.
        stack: list[LexborNode | Callable[[], None]] = [root]
        while stack:
            node = stack.pop()
            if not isinstance(node, LexborNode):
                node()
            elif (text := _inline(node)) is not None:
                self._text.append(text)
            elif not self._whole(node):
                if node.tag in BLOCKS:
                    stack.append(self._open(node))
                stack.extend(reversed(list(node.iter(include_text=True))))
        self._end()

    def _whole(self, node: LexborNode) -> bool:
        """Takes an element that is read in one piece, or left out; False where it is neither."""
        tag = node.tag or ""
        if self._names and (name := self._names.get(node.attributes.get("id") or "")):
            self._end()
            self._builder.heading(*name)
        if node.attributes.get("role") == "navigation" or _is_contents(node):
            return True
        if tag in HEADINGS:
            self._end()
            self._builder.heading(int(tag[1]), _ANCHOR.sub("", said(node)))
        elif tag == "pre":
            self._flush()
            for line in node.text().splitlines():
                self._builder.paragraph(line)
        elif tag == "table" and not html_tables.is_layout(node):
            self._end()
            caption = node.css_first("caption")
            if caption is not None:
                self._builder.paragraph(said(caption))
            for row in html_tables.paragraphs(node, said):
                self._builder.paragraph(row, ROW)
        else:
            return False
        return True

    def _open(self, block: LexborNode) -> Callable[[], None]:
        """Begins a block; what ends it."""
        self._flush()
        if block.tag in ("ol", "ul"):
            start = block.attributes.get("start") or ""
            first = int(start) if start.isdecimal() and len(start) < 6 else 1
            self._numbers.append(first - 1 if block.tag == "ol" else None)
            return self._close_list
        if block.tag == "li":
            self._mark = "•"
            if self._numbers and (number := self._numbers[-1]) is not None:
                self._numbers[-1] = number + 1
                self._mark = f"{number + 1}."
            return self._close_entry
        if block.tag == "dt":
            return self._close_term
        return self._end if block.tag == "dl" else self._flush

    def _close_list(self) -> None:
        self._flush()
        self._numbers.pop()

    def _close_entry(self) -> None:
        self._flush()
        self._mark = ""

    def _close_term(self) -> None:
        """A term stands with what explains it."""
        told = " ".join("".join(self._text).split())
        self._term = f"{self._term} / {told}" if self._term and told else self._term or told
        self._text.clear()

    def _end(self) -> None:
        """Ends the paragraph; a term that nothing explains is one of its own."""
        self._flush()
        if self._term:
            self._builder.paragraph(self._term)
            self._term = ""

    def _flush(self) -> None:
        """Ends the paragraph."""
        for paragraph in reflowed("".join(self._text)):
            if self._term:
                colon = "：" if _HAN.search(self._term + paragraph) else ": "
                paragraph, self._term = f"{self._term}{colon}{paragraph}", ""
            self._builder.paragraph(paragraph, self._mark)
            self._mark = ""
        self._text.clear()


def _is_contents(node: LexborNode) -> bool:
    """Whether all that a list or paragraph says are links to places in this page."""
    if node.tag not in ("ul", "ol", "p"):
        return False
    links = node.css('a[href^="#"]')
    if not links:
        return False
    return "".join("".join(link.text().split()) for link in links) == "".join(node.text().split())
