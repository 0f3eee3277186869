"""Markdown with front matter, by way of HTML: so the HTML in it is read, too."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

from retrieval.parsers import html
from retrieval.parsers.encodings import decode
from retrieval.parsers.meta import front_matter
from retrieval.sections import Builder, Parsed, first_heading

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# A heading as it is often written: without the space. Its marks at the end are another dialect's.
_HEADING = re.compile(r"^( {0,3})(#{1,6})([^\s#!].*?)#*\s*$")
_HEADING_ID = re.compile(r"(^ {0,3}#.*?)\s*\{[#.][^{}]*\}\s*$")
# [TOC], a footnote's number, a task's box, the kind of a callout.
_MARKS = re.compile(r"^\s*\[{1,2}_?toc_?\]{1,2}\s*$|\[\^[^\]\s]+\]:?|\[!\w+\][+-]?", re.IGNORECASE)
_BOX = re.compile(r"^(\s*(?:[-*+]|\d+[.)])\s+)\[[ xX]\]\s")
# Beside a full-width mark, stars are no stars to Markdown. A space without width, which is taken
# out of all text later, lets them be.
_STARS = re.compile(r"(?<=[^\s\w*\\])(?=\*+)|(?<=\*)(?=[^\s\w*\\])")
_LEFT = re.compile(r"\*\*|~~|__(?=\S)|(?<=\S)__")
# Only the tags of HTML are tags: <VIN> is what an author wrote.
_TAG = re.compile(r"<(?=/?([A-Za-z][A-Za-z0-9]*)(?![A-Za-z0-9:-]))")
_KNOWN = (
    html.SKIPPED
    | html.BLOCKS
    | {*html.HEADINGS, "a", "abbr", "b", "bdi", "bdo", "big", "br", "cite", "code", "col"}
    | {"colgroup", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "link", "mark"}
    | {"math", "meta", "meter", "output", "picture", "q", "ruby", "s", "samp", "small", "source"}
    | {"span", "strike", "strong", "sub", "sup", "time", "track", "tt", "u", "var", "wbr"}
)


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    meta, body = front_matter(text)
    markdown = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    markdown.core.ruler.push("left", _without_marks)
    page = html.tree(markdown.render(_usual(body)))
    builder = Builder()
    notes += html.read(builder, page, page.body)
    sections = builder.sections()
    return Parsed(sections, {"title": first_heading(sections)} | meta, notes)


def _usual(text: str) -> str:
    """Markdown as CommonMark has it, of what other dialects and Chinese authors write."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip() == fence):
            fence = "" if fence else mark[1]
        elif not fence:
            line = _HEADING_ID.sub(r"\1", _HEADING.sub(_spaced, line))
            line = _STARS.sub("\u200b", _MARKS.sub("", _BOX.sub(r"\1", line)))
        lines.append(line)
    return "\n".join(lines)


def _spaced(heading: re.Match[str]) -> str:
    indent, level, text = heading.groups()
    # #1 is a number, and "#oil #filter" are topics.
    if level == "#" and (text[0].isdigit() or re.search(r"\s#\S", text)):
        return heading[0]
    return f"{indent}{level} {text}"


def _without_marks(state: StateCore) -> None:
    """Takes out marks that came in no pairs, and lets a picture's text stand for it."""
    for token in state.tokens:
        if token.type == "html_block":
            token.content = _TAG.sub(_escaped, token.content)
        for child in token.children or ():
            if child.type == "text":
                child.content = _LEFT.sub("", child.content)
            elif child.type == "image":
                child.type, child.content = "text", child.content
            elif child.type == "html_inline" and _TAG.sub(_escaped, child.content)[0] == "&":
                child.type = "text"


def _escaped(tag: re.Match[str]) -> str:
    return "<" if tag[1].lower() in _KNOWN else "&lt;"
