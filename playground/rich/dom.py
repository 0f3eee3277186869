"""Rich HTML to a tree: the tags of https://core.telegram.org/bots/api#rich-html-style.

How Telegram's server reads broken HTML is not known but for one thing: a tag that is cut short is
`RICH_MESSAGE_HTML_INVALID`. So HTML is read strictly here, and a mistake shows; HTML that stands
in Markdown is read leniently, as the docs allow any of it there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playground.errors import ApiError, bad_request

MAX_SOURCE = 2**18  # characters with all their markup; eight times what a message may show
MAX_NESTED = 64  # tags inside each other; blocks and formatting are counted later
INLINE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "mark": "marked",
    "sub": "subscript",
    "sup": "superscript",
    "tg-spoiler": "spoiler",
}
HEADINGS = {f"h{size}": size for size in range(1, 7)}
MEDIA = {"img", "video", "audio", "tg-document"}
BLOCKS = {
    *HEADINGS,
    *MEDIA,
    "p",
    "pre",
    "footer",
    "hr",
    "ul",
    "ol",
    "blockquote",
    "aside",
    "figure",
    "tg-map",
    "tg-collage",
    "tg-slideshow",
    "table",
    "details",
    "tg-math-block",
    "tg-button-row",
    "tg-thinking",
}
PARTS = {"li", "cite", "figcaption", "caption", "tr", "th", "td", "summary", "thead", "tbody"}
LONE = {"br", "hr", "img", "input", "tg-map"}
OTHERS = {"a", "br", "input", "tg-reference", "tg-emoji", "tg-time", "tg-math", "tg-button"}
TAGS = {*INLINE, *BLOCKS, *PARTS, *OTHERS}
RAW = {"tg-math", "tg-math-block", "pre"}  # where white space and new lines are kept
NAMED = {
    "lt": "<",
    "gt": ">",
    "amp": "&",
    "quot": '"',
    "apos": "'",
    "nbsp": "\u00a0",
    "hellip": "…",
    "mdash": "—",
    "ndash": "–",
    "lsquo": "‘",
    "rsquo": "’",
    "ldquo": "“",
    "rdquo": "”",
}
_REFERENCE = re.compile(rf"&(?:#([0-9]{{1,8}})|#[xX]([0-9a-fA-F]{{1,8}})|({'|'.join(NAMED)}));")
_TOKEN = re.compile(
    r"<!--.*?-->"
    r"|</\s*(?P<end>[A-Za-z][\w\-]*)\s*>"
    r"|<(?P<start>[A-Za-z][\w\-]*)"
    r"(?P<attributes>(?:\s+[^\s=>/\"'<]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)"
    r"\s*(?P<closed>/?)>",
    re.S,
)
_ATTRIBUTE = re.compile(r"\s+([^\s=>/\"'<]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")


@dataclass
class Node:
    """A tag with what stands in it; the root has no tag."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    def find(self, *tags: str) -> Node | None:
        """The first child of one of the tags."""
        children = (one for one in self.children if isinstance(one, Node))
        return next((one for one in children if one.tag in tags), None)

    def text(self) -> str:
        """All that is written in it, tags left out."""
        return "".join(one if isinstance(one, str) else one.text() for one in self.children)


def is_tag(node: Node | str, *tags: str) -> bool:
    return isinstance(node, Node) and node.tag in tags


def invalid() -> ApiError:
    return bad_request("RICH_MESSAGE_HTML_INVALID")


def parse(source: str, lenient: bool = False) -> Node:
    """The tree of a source. Raises ApiError 400 for HTML that Telegram refuses."""
    if len(source) > MAX_SOURCE:
        raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
    stack = [Node("")]
    at = 0
    while at < len(source):
        stop = source.find("<", at)
        stack[-1].children.append(decode(source[at : stop if stop >= 0 else None]))
        if stop < 0:
            break
        token = _TOKEN.match(source, stop)
        if token is None:
            if not lenient:
                raise invalid()
            stack[-1].children.append("<")
            at = stop + 1
            continue
        at = token.end()
        if token["end"]:
            _close(stack, token["end"].lower(), lenient)
        elif token["start"]:
            _open(stack, token, lenient)
    if len(stack) > 1 and not lenient:
        raise invalid()
    return stack[0]


def _open(stack: list[Node], token: re.Match[str], lenient: bool) -> None:
    tag = token["start"].lower()
    if tag not in TAGS:
        if not lenient:
            raise invalid()
        return  # what stands inside is kept
    attributes = {
        name.lower(): decode(next((value for value in values if value), ""))
        for name, *values in _ATTRIBUTE.findall(token["attributes"])
    }
    node = Node(tag, attributes)
    stack[-1].children.append(node)
    if tag not in LONE and not token["closed"]:
        stack.append(node)
    if len(stack) > MAX_NESTED:
        raise bad_request("RICH_MESSAGE_DEPTH_INVALID")


def _close(stack: list[Node], tag: str, lenient: bool) -> None:
    if tag in LONE and tag in TAGS:
        return
    if stack[-1].tag == tag:
        stack.pop()
    elif not lenient:
        raise invalid()
    elif any(node.tag == tag for node in stack):
        while stack.pop().tag != tag:
            pass


def decode(text: str) -> str:
    """Numeric references and the names that Telegram knows; any other & stays as it is."""

    def character(match: re.Match[str]) -> str:
        if match[3]:
            return NAMED[match[3]]
        code = int(match[1]) if match[1] else int(match[2], 16)
        is_character = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
        return chr(code) if is_character else match[0]

    return _REFERENCE.sub(character, text)
