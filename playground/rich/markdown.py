"""Rich Markdown to blocks: https://core.telegram.org/bots/api#rich-markdown-style.

GitHub's Markdown with marks, spoilers, formulas, footnotes and any of the rich HTML tags: it is
rendered to rich HTML, and that is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from playground.errors import bad_request
from playground.plain import Json
from playground.rich import html
from playground.rich.inline import Media

MAX_SOURCE = 2**16  # characters; some that never end a link take the square of their number
PAIRS = {"=": "mark", "|": "tg-spoiler"}  # twice before and after
_REFERENCE = re.compile(r"\[\^([^\s\]]+)\]")
_DEFINITION = re.compile(r"\[\^([^\s\]]+)\]:[ \t]*(.*)")
_FORMULA = re.compile(r"\$(?![\s$])((?:[^$\\\n]|\\.)+?)(?<!\s)\$(?![0-9])")
_CLOSE_HEADING = re.compile(r"(#{1,6})([^#\s].*)")
_SUMMARY = re.compile(r"(<summary>)(.*?)(</summary>)", re.S)
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_EXTENSIONS = {
    "video": ("mp4", "mov", "webm", "gif"),
    "audio": ("mp3", "m4a", "ogg", "oga", "wav"),
    "photo": ("jpg", "jpeg", "png", "webp"),
}
_TAGS = {"photo": "img", "video": "video", "audio": "audio", "document": "tg-document"}


def read(source: str, media: Media) -> list[Json]:
    """Blocks of a source, to be read like given ones. Raises ApiError 400."""
    if len(source) > MAX_SOURCE:
        raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
    return html.read(_MARKDOWN.render(source, {}), media, lenient=True)


def _pair(state: StateInline, silent: bool) -> bool:
    """`==` and `||` open or close a pair, as `~~` does."""
    sign = state.src[state.pos]
    if silent or sign not in PAIRS:
        return False
    found = state.scanDelims(state.pos, True)
    token = state.push("text", "", 0)
    token.content = sign * found.length
    if found.length == 2:
        place = Delimiter(
            marker=ord(sign),
            length=0,
            token=len(state.tokens) - 1,
            end=-1,
            open=found.can_open,
            close=found.can_close,
        )
        state.delimiters.append(place)
    state.pos += found.length
    return True


def _close_pairs(state: StateInline) -> None:
    lists = [state.delimiters, *(meta["delimiters"] for meta in state.tokens_meta if meta)]
    for delimiters in lists:
        for start in delimiters:
            tag = PAIRS.get(chr(start.marker))
            if tag is None or start.end == -1:
                continue
            for place, nesting in ((start.token, 1), (delimiters[start.end].token, -1)):
                token = state.tokens[place]
                token.type, token.tag, token.nesting, token.content = (
                    f"{tag}_pair",
                    tag,
                    nesting,
                    "",
                )


def _formula(state: StateInline, silent: bool) -> bool:
    """`$x^2$`; `$$…$$` in a line is a formula too."""
    if state.src[state.pos] != "$":
        return False
    twice = state.src.startswith("$$", state.pos)
    end = state.src.find("$$", state.pos + 2) if twice else -1
    match = None if twice else _FORMULA.match(state.src, state.pos)
    if end < 0 and match is None:
        return False
    if not silent:
        token = state.push("formula", "tg-math", 0)
        token.content = state.src[state.pos + 2 : end] if match is None else match[1]
    state.pos = end + 2 if match is None else match.end()
    return True


def _formula_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Lines from one that begins with `$$` to one that ends with it."""
    lines: list[str] = []
    for line in range(start, end):
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
        if line == start:
            if not text.startswith("$$"):
                return False
            text = text[2:]
        lines.append(text)
        if text.endswith("$$"):
            if silent:
                return True
            token = state.push("formula_block", "tg-math-block", 0)
            token.content = "\n".join(lines).removesuffix("$$").strip()
            state.line = line + 1
            return True
    return False


def _footnote(state: StateInline, silent: bool) -> bool:
    """`[^name]`, where the name is defined somewhere."""
    match = _REFERENCE.match(state.src, state.pos)
    defined = state.env.get("footnotes", {})
    if match is None or match[1] not in defined:
        return False
    if not silent:
        token = state.push("footnote", "a", 0)
        token.meta = {"name": match[1], "number": 1 + list(defined).index(match[1])}
    state.pos = match.end()
    return True


def _definition(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`[^name]: text`, and the lines after it that are set in or go on with the paragraph."""
    begin = state.bMarks[start] + state.tShift[start]
    match = _DEFINITION.match(state.src[begin : state.eMarks[start]])
    if match is None:
        return False
    if silent:
        return True
    lines, line = [match[2]], start + 1
    while line < end and not state.isEmpty(line):
        text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        if _DEFINITION.match(text):
            break
        lines.append(text)
        line += 1
    state.env.setdefault("footnotes", {}).setdefault(match[1], None)
    opening = state.push("definition_open", "p", 1)
    opening.meta = {"name": match[1]}
    inline = state.push("inline", "", 0)
    inline.content = "\n".join(lines).strip()
    inline.children = []
    inline.map = [start, line]
    state.push("definition_close", "p", -1)
    state.line = line
    return True


def _close_heading(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    r"""`#word` is a heading to Telegram, though not to GitHub; `\#word` is none."""
    text = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    match = _CLOSE_HEADING.match(text)
    if match is None or state.is_code_block(start):
        return False
    if not silent:
        tag = f"h{len(match[1])}"
        state.push("heading_open", tag, 1)
        inline = state.push("inline", "", 0)
        inline.content, inline.children, inline.map = match[2], [], [start, start + 1]
        state.push("heading_close", tag, -1)
        state.line = start + 1
    return True


def _tasks(state: Any) -> None:
    """`[ ]` and `[x]` at the beginning of an item are its checkbox."""
    for before, token in zip(state.tokens[1:], state.tokens[2:], strict=False):
        if token.type != "inline" or before.type != "paragraph_open" or not token.children:
            continue
        if state.tokens[state.tokens.index(before) - 1].type != "list_item_open":
            continue
        first = token.children[0]
        box = _TASK.match(first.content) if first.type == "text" else None
        if box is not None:
            first.content = first.content[box.end() :]
            checked = " checked" if box[1] != " " else ""
            mark = Token("html_inline", "", 0, content=f'<input type="checkbox"{checked}>')
            token.children.insert(0, mark)


class _Renderer(RendererHTML):
    """Rich HTML of what plain HTML has no tags for."""

    def formula(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return f"<tg-math>{escapeHtml(tokens[at].content)}</tg-math>"

    def formula_block(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return f"<tg-math-block>{escapeHtml(tokens[at].content)}</tg-math-block>\n"

    def html_block(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        """A summary may be written in Markdown, though the line it stands in is HTML."""

        def rendered(match: re.Match[str]) -> str:
            return f"{match[1]}{_MARKDOWN.renderInline(match[2], env)}{match[3]}"

        return _SUMMARY.sub(rendered, tokens[at].content)

    def footnote(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        name, number = tokens[at].meta["name"], tokens[at].meta["number"]
        return f'<sup><a href="#{escapeHtml(name)}">{number}</a></sup>'

    def definition_open(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return f'<p><tg-reference name="{escapeHtml(tokens[at].meta["name"])}">'

    def definition_close(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        return "</tg-reference></p>\n"

    def image(self, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        token = tokens[at]
        source = str(token.attrs.get("src", ""))
        shown = self.renderInline(token.children or [], options, env)
        if source.startswith("tg://emoji?"):
            return f'<tg-emoji emoji-id="{_asked(source, "id")}">{shown}</tg-emoji>'
        if source.startswith("tg://time?"):
            shape = _asked(source, "format")
            return f'<tg-time unix="{_asked(source, "unix")}" format="{shape}">{shown}</tg-time>'
        tag = _TAGS[_kind(source)]
        file = f'<{tag} src="{escapeHtml(source)}"/>'
        title = str(token.attrs.get("title", ""))
        if not title:
            return file
        return f"<figure>{file}<figcaption>{escapeHtml(title)}</figcaption></figure>"


def _asked(url: str, name: str) -> str:
    match = re.search(rf"[?&]{name}=([^&]*)", url)
    return escapeHtml(match[1]) if match else ""


def _kind(source: str) -> str:
    """What a file is, told by a `tg://` address or else by the end of its name."""
    named = re.match(r"tg://(photo|video|audio|document)\?", source)
    if named:
        return named[1]
    ending = source.partition("?")[0].rpartition(".")[2].lower()
    return next((kind for kind, endings in _EXTENSIONS.items() if ending in endings), "document")


def _made() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer)
    markdown.enable(["table", "strikethrough"])
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]
    markdown.inline.add_terminator_char("|")
    markdown.inline.ruler.before("emphasis", "pair", _pair)
    markdown.inline.ruler2.before("emphasis", "pair", _close_pairs)
    markdown.inline.ruler.before("escape", "formula", _formula)
    markdown.inline.ruler.before("link", "footnote", _footnote)
    stops: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("reference", "definition", _definition, stops)
    markdown.block.ruler.after("heading", "close_heading", _close_heading, stops)
    markdown.block.ruler.before("fence", "formula_block", _formula_block, stops)
    markdown.core.ruler.after("inline", "tasks", _tasks)
    return markdown


_MARKDOWN = _made()
