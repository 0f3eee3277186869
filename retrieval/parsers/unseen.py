"""What of a page its reader doesn't see: hidden by an attribute, a style or a style sheet."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d])"
    r"|(?<![\w-])opacity\s*:\s*0(?![.\d])",
    re.IGNORECASE,
)
_SHOWING = re.compile(r"display\s*:|visibility\s*:\s*visible", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What only holds on paper, or on small screens, hides nothing here.
_AT_RULE = re.compile(r"@[^{};]+(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
# Style sheets longer than this are a framework's.
_LONGEST = 200_000


def drop_unseen(page: LexborHTMLParser, sheets: str = "") -> int:
    """Takes hidden elements out of a page; how many of them had text.

    `sheets`: CSS of the page that stands elsewhere.
    """
    hidden = {node.mem_id: node for node in page.css("[hidden], [style]") if _hides(node)}
    css = "\n".join([sheets, *(style.text() for style in page.css("style"))])
    for selector, rules in _RULE.findall(_AT_RULE.sub("", _COMMENT.sub("", css[:_LONGEST]))):
        if _HIDING.search(rules):
            hidden |= _matched(page, selector)
        elif hidden and _SHOWING.search(rules):
            for shown in _matched(page, selector):
                hidden.pop(shown, None)
    outermost = [
        node for node in hidden.values() if not any(up.mem_id in hidden for up in _above(node))
    ]
    count = sum(bool(node.text().strip()) for node in outermost)
    for node in outermost:
        node.decompose()
    return count


def _hides(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or _HIDING.search(attributes.get("style") or "") is not None


def _above(node: LexborNode) -> Iterator[LexborNode]:
    up = node.parent
    while up is not None:
        yield up
        up = up.parent


def _matched(page: LexborHTMLParser, selector: str) -> dict[int, LexborNode]:
    try:
        found = page.css(selector.strip())
    except SelectolaxError:
        return {}
    # A page that hides itself until its scripts have run has a reader all the same.
    return {node.mem_id: node for node in found if node.tag not in ("html", "body", "main")}
