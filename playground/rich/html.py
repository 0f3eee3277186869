"""Rich HTML to blocks as a bot would give them: https://core.telegram.org/bots/api#rich-html-style."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playground.entities.links import is_number
from playground.errors import bad_request
from playground.plain import Json
from playground.rich.dom import BLOCKS, HEADINGS, MEDIA, Node, invalid, is_tag, parse
from playground.rich.inline import Media, inline, trimmed

_EDGE = re.compile(r"text-align:\s*(left|center|right)")
_ROWS = {"thead", "tbody", "tfoot"}


def read(source: str, media: Media, lenient: bool = False) -> list[Json]:
    """Blocks of a source, to be read like given ones. Raises ApiError 400."""
    return blocks(parse(source, lenient).children, media)


def blocks(nodes: list[Node | str], media: Media) -> list[Json]:
    """What stands between blocks is a paragraph; anchors alone there are a block each."""
    found: list[Json] = []
    run: list[Node | str] = []

    def flush() -> None:
        text = trimmed(inline(run))
        run.clear()
        parts: list[Any] = text if isinstance(text, list) else [text]
        if all(isinstance(part, dict) and part["type"] == "anchor" for part in parts):
            found.extend({"type": "anchor", "name": part["name"]} for part in parts)
        elif text != "":
            found.append({"type": "paragraph", "text": text})

    for node in nodes:
        if isinstance(node, Node) and _is_block(node):
            flush()
            found.extend(_block(node, media))
        elif _holds_block(node):
            flush()  # a block inside formatting stands alone, and the formatting is gone
            found.extend(blocks(node.children, media))  # type: ignore[union-attr]
        else:
            run.append(node)
    flush()
    return found


def _is_block(node: Node) -> bool:
    emoji = node.tag == "img" and node.attributes.get("src", "").startswith("tg://emoji")
    return node.tag in BLOCKS and not emoji


def _holds_block(node: Node | str) -> bool:
    if isinstance(node, str) or node.tag in ("tg-button", "tg-math"):
        return False
    return any(
        isinstance(one, Node) and (_is_block(one) or _holds_block(one)) for one in node.children
    )


def _block(node: Node, media: Media) -> list[Json]:
    tag = node.tag
    if tag == "p":
        return blocks(node.children, media)
    if tag in HEADINGS:
        return [{"type": "heading", "size": HEADINGS[tag], "text": trimmed(inline(node.children))}]
    if tag in MEDIA:
        return [medium(node, media)]
    return [_MAKERS[tag](node, media)]


def medium(node: Node, media: Media) -> Json:
    """A block with a file: one that came with the call, as `tg://photo?id=…` names it."""
    found = media.named(node.tag, node.attributes.get("src", ""))
    kind = found["type"]
    if "tg-spoiler" in node.attributes:
        found = {**found, "has_spoiler": True}
    return {"type": kind, kind: found}


def _caption(node: Node) -> Json:
    told = node.find("figcaption")
    if told is None:
        return {}
    credit = _credit(told)
    return {"caption": {"text": trimmed(inline(_without(told, "cite"))), **credit}}


def _credit(node: Node) -> Json:
    cite = node.find("cite")
    return {} if cite is None else {"credit": trimmed(inline(cite.children))}


def _without(node: Node, *tags: str) -> list[Node | str]:
    return [one for one in node.children if not is_tag(one, *tags)]


def _pre(node: Node, media: Media) -> Json:
    code = node.find("code")
    name = code.attributes.get("class", "") if code else ""
    if name == "language-math":  # ```math, as Markdown writes a formula
        return {"type": "mathematical_expression", "expression": node.text().strip()}
    block: Json = {"type": "pre", "text": node.text().strip("\n")}
    language = name.removeprefix("language-")
    return {**block, "language": language} if language != name else block


def _quote(node: Node, media: Media) -> Json:
    inside = _without(node, "cite")
    if "expandable" in node.attributes or "collapsed" in node.attributes:
        lines = [one["text"] for one in blocks(inside, media) if "text" in one]
        text: list[Any] = [part for line in lines for part in ("\n", line)][1:]
        return {"type": "expandable_blockquote", "text": text, **_credit(node)}
    return {"type": "blockquote", "blocks": blocks(inside, media), **_credit(node)}


def _aside(node: Node, media: Media) -> Json:
    text = trimmed(inline(_without(node, "cite")))
    return {"type": "pullquote", "text": text, **_credit(node)}


def _details(node: Node, media: Media) -> Json:
    summary = node.find("summary")
    block: Json = {
        "type": "details",
        "summary": trimmed(inline(summary.children)) if summary else "",
        "blocks": blocks(_without(node, "summary"), media),
    }
    return {**block, "is_open": True} if "open" in node.attributes else block


def _list(node: Node, media: Media) -> Json:
    items = [one for one in node.children if isinstance(one, Node) and one.tag == "li"]
    places = _places(node, items) if node.tag == "ol" else [{} for _ in items]
    return {
        "type": "list",
        "items": [
            {**_item(item, media), **place} for item, place in zip(items, places, strict=True)
        ],
    }


def _places(node: Node, items: list[Node]) -> list[Json]:
    """Number and kind of every item; an item may name its own."""
    down = "reversed" in node.attributes
    at = _whole(node.attributes.get("start"), len(items) if down else 1)
    places = []
    for item in items:
        at = _whole(item.attributes.get("value"), at)
        kind = item.attributes.get("type") or node.attributes.get("type") or "1"
        places.append({"value": at, "type": kind})
        at += -1 if down else 1
    return places


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else default


def _item(node: Node, media: Media) -> Json:
    inside, box = node.children, node.find("input")
    first = node.find("p")
    if box is None and first is not None:
        box = first.find("input")
    item: Json = {}
    if box is not None:
        item["has_checkbox"] = True
        if "checked" in box.attributes:
            item["is_checked"] = True
    return {"blocks": blocks(inside, media), **item}


def _figure(node: Node, media: Media) -> Json:
    held = node.find(*MEDIA, "tg-map", "tg-collage", "tg-slideshow")
    if held is None:
        raise invalid()
    [block] = _block(held, media)
    return {**block, **_caption(node)}


def _map(node: Node, media: Media) -> Json:
    try:
        spot = [float(node.attributes[name]) for name in ("lat", "long")]
    except (KeyError, ValueError):
        raise bad_request("invalid location specified") from None
    sizes = {
        name: node.attributes[name]
        for name in ("zoom", "width", "height")
        if name in node.attributes
    }
    if not all(is_number(size) for size in sizes.values()):
        raise bad_request("invalid map properties specified")
    return {
        "type": "map",
        "location": {"latitude": spot[0], "longitude": spot[1]},
        **{name: int(size) for name, size in sizes.items()},
    }


def _gallery(node: Node, media: Media) -> Json:
    kind = node.tag.removeprefix("tg-")
    return {"type": kind, "blocks": blocks(_without(node, "figcaption"), media), **_caption(node)}


def _table(node: Node, media: Media) -> Json:
    rows: list[Node] = []
    for one in node.children:
        if isinstance(one, Node):
            inside = one.children if one.tag in _ROWS else [one]
            rows += [row for row in inside if isinstance(row, Node) and row.tag == "tr"]
    block: Json = {
        "type": "table",
        "cells": [[_cell(cell) for cell in _cells(row)] for row in rows],
    }
    title = node.find("caption")
    if title is not None:
        block["caption"] = trimmed(inline(title.children))
    for name in ("bordered", "striped", "compact"):
        if name in node.attributes:
            block[f"is_{name}"] = True
    return block


def _cells(row: Node) -> list[Node]:
    return [one for one in row.children if isinstance(one, Node) and one.tag in ("th", "td")]


def _cell(node: Node) -> Json:
    cell: Json = {"text": trimmed(inline(node.children))}
    if node.tag == "th":
        cell["is_header"] = True
    edge = _EDGE.search(node.attributes.get("style", ""))  # as GitHub's Markdown aligns
    align = node.attributes.get("align") or (edge[1] if edge else None)
    if align:
        cell["align"] = align
    if node.attributes.get("valign"):
        cell["valign"] = node.attributes["valign"]
    for name in ("colspan", "rowspan"):
        if node.attributes.get(name):
            cell[name] = _whole(node.attributes[name], -1)
    return cell


def _row(node: Node, media: Media) -> Json:
    buttons = [one for one in node.children if isinstance(one, Node) and one.tag == "tg-button"]
    block: Json = {"type": "buttons", "buttons": [part["button"] for part in map(_one, buttons)]}
    align = node.attributes.get("align")
    return {**block, "align": align} if align else block


def _one(node: Node) -> Json:
    found: Any = inline([node])
    return dict(found)


_MAKERS: dict[str, Callable[[Node, Media], Json]] = {
    "pre": _pre,
    "footer": lambda node, media: {"type": "footer", "text": trimmed(inline(node.children))},
    "hr": lambda node, media: {"type": "divider"},
    "ul": _list,
    "ol": _list,
    "blockquote": _quote,
    "aside": _aside,
    "figure": _figure,
    "tg-map": _map,
    "tg-collage": _gallery,
    "tg-slideshow": _gallery,
    "table": _table,
    "details": _details,
    "tg-math-block": lambda node, media: {
        "type": "mathematical_expression",
        "expression": node.text().strip(),
    },
    "tg-button-row": _row,
    "tg-thinking": lambda node, media: {"type": "thinking", "text": trimmed(inline(node.children))},
}
