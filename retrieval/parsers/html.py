"""Web pages: what a reader sees of them, without navigation."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from retrieval.parsers.encodings import decode
from retrieval.sections import Builder, Parsed, clean, first_heading

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SKIPPED = (
    "audio button canvas dialog embed footer head iframe input math nav noscript object rp rt "
    "script select style svg template textarea title video"
)
_BLOCKS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset "
    "figcaption figure form header hr html legend li main ol option p pre section summary "
    "table tbody td tfoot th thead tr ul"
)
SKIPPED, BLOCKS = frozenset(_SKIPPED.split()), frozenset(_BLOCKS.split())
# What front matter says in Markdown, a page says in <meta name="course" content="…">.
META = ("id", "title", "course", "course_title", "lesson", "language", "topics")
# These swallow the rest of a page when XHTML closes them in themselves.
_SELF_CLOSED = re.compile(r"<(title|script|style|iframe|textarea|noscript)\b([^>]*)/>", re.I)


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    page = tree(text)
    builder = Builder()
    root = page.css_first("main") or page.body
    if root is not None:
        feed(builder, root)
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


def feed(builder: Builder, root: LexborNode) -> None:
    """Walks what is under `root`, however deep, in reading order."""
    text: list[str] = []

    def flush() -> None:
        for paragraph in "".join(text).split("\n"):
            builder.paragraph(paragraph)
        text.clear()

    # A None marks the end of a block.
    stack: list[LexborNode | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            flush()
            continue
        tag = node.tag
        if tag == "-text":
            text.append(re.sub(r"\s+", " ", node.text_content or ""))
        elif tag == "br":
            text.append("\n")
        elif tag in SKIPPED or tag is None or "hidden" in node.attributes:
            continue
        elif tag in HEADINGS:
            flush()
            builder.heading(int(tag[1]), node.text(separator=" "))
        elif tag == "table" and not _is_layout(node):
            flush()
            _table(builder, node)
        else:
            if tag in BLOCKS:
                flush()
                stack.append(None)
            stack.extend(reversed(list(node.iter(include_text=True))))
    flush()


def _is_layout(table: LexborNode) -> bool:
    """Whether a table only arranges a page: there are headings or tables in its cells."""
    return table.css_first("table table, h1, h2, h3, h4, h5, h6") is not None


def _table(builder: Builder, table: LexborNode) -> None:
    caption = table.css_first("caption")
    if caption is not None:
        builder.paragraph(caption.text(separator=" "))
    lines = table.css("tr")
    rows = [[cell.text(separator=" ") for cell in line.css("th, td")] for line in lines]
    headed = bool(lines) and (
        (lines[0].parent is not None and lines[0].parent.tag == "thead") or not lines[0].css("td")
    )
    if rows:
        builder.table(rows, headed=headed)
