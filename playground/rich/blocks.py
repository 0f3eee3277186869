"""Blocks of a rich message, read from `InputRichBlock` into `RichBlock`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from playground.errors import bad_request
from playground.files import FileKind, StoredFile
from playground.plain import Json, plain
from playground.rich.buttons import read_row
from playground.rich.labels import TYPES, label
from playground.rich.text import (
    MAX_DEPTH,
    RichText,
    Scene,
    field,
    number,
    read_text,
    string,
    too_deep,
)
from playground.upload import Upload

ALIGN = ("left", "center", "right")
VALIGN = ("top", "middle", "bottom")
MAX_ZOOM = 24
MAX_SIDE = 10_000  # pixels, of both sides of a map together
MAX_RATIO = 20
MAP_SHOWN = {"zoom": 15, "width": 600, "height": 300}  # where the bot names nothing
FILES: dict[str, FileKind] = {
    "photo": "photo",
    "video": "video",
    "animation": "animation",
    "audio": "audio",
    "voice_note": "voice",
    "document": "document",
}
Store = Callable[[Any, FileKind], Awaitable[StoredFile]]


@dataclass(frozen=True)
class Reader:
    """Reads blocks; `store` gives the file that a medium names."""

    scene: Scene
    store: Store

    async def blocks(self, values: Any, level: int = 0) -> list[Json]:
        """Raises ApiError 400."""
        if level >= MAX_DEPTH:
            raise too_deep()
        if not isinstance(values, list):
            raise bad_request('can\'t parse InputRichBlock: Field "blocks" must be of type Array')
        return [await self.block(value, level + 1) for value in values]

    async def block(self, value: Any, level: int) -> Json:
        if not isinstance(value, dict):
            raise bad_request("object expected as InputRichMessageBlock")
        kind = value.get("type")
        if kind is None:
            raise bad_request("can't parse InputRichBlock: Can't find field \"type\"")
        if kind in FILES:
            return await self.media(value, level)
        if kind in ("collage", "slideshow", "blockquote", "details"):
            return await self.container(value, level)
        if kind == "list":
            return await self.list(value, level)
        reader = _READERS.get(kind)
        if reader is None:
            raise bad_request(f'can\'t parse InputRichBlock: type "{kind}" is unsupported')
        return {"type": kind, **reader(self.scene, value, level)}

    async def container(self, value: Json, level: int) -> Json:
        kind = value["type"]
        block: Json = {"type": kind, "blocks": await self.blocks(field(value, "blocks"), level)}
        if kind == "details":
            block["summary"] = read_text(self.scene, field(value, "summary"), level)
            block |= flags(value, "is_open")
        elif kind == "blockquote":
            block |= credit(self.scene, value, level)
        else:
            if any(one["type"] not in FILES for one in block["blocks"]) or not block["blocks"]:
                raise bad_request("RICH_MESSAGE_BLOCK_UNSUPPORTED")
            block |= caption(self.scene, value, level)
        return block

    async def list(self, value: Json, level: int) -> Json:
        items = field(value, "items")
        if not isinstance(items, list) or not items:
            raise bad_request("list must be non-empty")
        read = [await self.item(item, level) for item in items]
        if len({"type" in item for item in read}) > 1:
            raise bad_request("list must be either ordered or unordered")
        return {"type": "list", "items": read}

    async def item(self, value: Any, level: int) -> Json:
        if not isinstance(value, dict):
            raise bad_request("object expected as InputRichBlockListItem")
        kind = value.get("type") or None
        if kind not in (None, *TYPES):
            raise bad_request("invalid list item type specified")
        blocks = await self.blocks(field(value, "blocks"), level)
        place = number(value, "value", 0)
        item: Json = {
            "label": "•" if kind is None else label(kind, place),
            "blocks": blocks or [{"type": "paragraph", "text": ""}],
            **flags(value, "has_checkbox"),
        }
        if "has_checkbox" in item:
            item |= flags(value, "is_checked")
        return item if kind is None else {**item, "value": place, "type": kind}

    async def media(self, value: Json, level: int) -> Json:
        kind = value["type"]
        given = field(value, kind)
        if not isinstance(given, dict):
            raise bad_request("media not found")
        if given.get("type") != kind:
            wrong = given.get("type")
            raise bad_request(f'unexpected media type "{wrong}" for block "{kind}"')
        medium = given.get("media")
        if not medium:
            raise bad_request("media not found")
        if self.scene.draft and isinstance(medium, Upload):
            raise bad_request("can't upload new files in drafts")
        file = await self.store(medium, FILES[kind])
        content = plain(file.content(SimpleNamespace(**given)))[FILES[kind]]
        block: Json = {"type": kind, kind: content, **caption(self.scene, value, level)}
        if kind in ("photo", "video", "animation") and given.get("has_spoiler"):
            block["has_spoiler"] = True
        return block


def flags(value: Json, *names: str) -> Json:
    """The fields of these names that are true."""
    return {name: True for name in names if value.get(name) is True}


def credit(scene: Scene, value: Json, level: int) -> Json:
    given = value.get("credit")
    text = "" if given is None else read_text(scene, given, level)
    return {"credit": text} if text != "" else {}


def caption(scene: Scene, value: Json, level: int) -> Json:
    """A RichBlockCaption; one that says nothing is none."""
    given = value.get("caption")
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise bad_request("richBlockCaption must be an object")
    text = read_text(scene, given.get("text", ""), level)
    told = credit(scene, given, level)
    return {"caption": {"text": text, **told}} if text != "" or told else {}


def _text(scene: Scene, value: Json, level: int) -> Json:
    return {"text": read_text(scene, field(value, "text"), level)}


def _heading(scene: Scene, value: Json, level: int) -> Json:
    size = number(value, "size")
    if not 1 <= size <= 6:
        raise bad_request("invalid section heading size specified")
    return {**_text(scene, value, level), "size": size}


def _pre(scene: Scene, value: Json, level: int) -> Json:
    language = value.get("language")
    told = {"language": language} if isinstance(language, str) and language else {}
    return {**_text(scene, value, level), **told}


def _quotation(scene: Scene, value: Json, level: int) -> Json:
    return {**_text(scene, value, level), **credit(scene, value, level)}


def _math(scene: Scene, value: Json, level: int) -> Json:
    return {"expression": string(value, "expression")}


def _anchor(scene: Scene, value: Json, level: int) -> Json:
    return {"name": string(value, "name")}


def _thinking(scene: Scene, value: Json, level: int) -> Json:
    if not scene.draft:
        raise bad_request("RICH_MESSAGE_BLOCK_UNSUPPORTED")
    return _text(scene, value, level)


def _buttons(scene: Scene, value: Json, level: int) -> Json:
    align = value.get("align") or None
    if align not in (None, *ALIGN):
        raise bad_request("invalid horizontal alignment specified")
    row = {"buttons": read_row(scene, field(value, "buttons"), level)}
    return row if align is None else {**row, "align": align}


def _table(scene: Scene, value: Json, level: int) -> Json:
    rows = field(value, "cells")
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse InputRichBlock: Field "cells" must be of type Array')
    if not any(rows):
        raise bad_request("RICH_MESSAGE_TABLE_EMPTY")
    table: Json = {
        "cells": [[_cell(scene, cell, level) for cell in row] for row in rows],
        **flags(value, "is_bordered", "is_striped", "is_compact"),
    }
    title = value.get("caption")
    text: RichText = "" if title is None else read_text(scene, title, level)
    return {**table, "caption": text} if text != "" else table


def _cell(scene: Scene, value: Any, level: int) -> Json:
    if not isinstance(value, dict):
        raise bad_request("richBlockTableCell must be an object")
    header = value.get("is_header") is True
    align = value.get("align") or ("center" if header else "left")
    valign = value.get("valign") or "middle"
    if align not in ALIGN:
        raise bad_request("invalid horizontal alignment specified")
    if valign not in VALIGN:
        raise bad_request("invalid vertical alignment specified")
    cell: Json = {"align": align, "valign": valign, **flags(value, "is_header")}
    text = read_text(scene, value.get("text") or "", level)
    if text != "":
        cell["text"] = text
    for name in ("colspan", "rowspan"):
        span = number(value, name, 0)
        if span < 0:
            raise bad_request(f"invalid table cell {name} specified")
        if span > 1:
            cell[name] = span
    return cell


def _map(scene: Scene, value: Json, level: int) -> Json:
    place = field(value, "location")
    names = ("latitude", "longitude")
    spot: list[Any] = [place.get(name) if isinstance(place, dict) else None for name in names]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in spot):
        raise bad_request("invalid location specified")
    if abs(spot[0]) > 90 or abs(spot[1]) > 180:
        raise bad_request("invalid location specified")
    zoom, width, height = (number(value, name, 0) for name in MAP_SHOWN)
    sides = min(width, height), max(width, height)
    wrong = sides[0] < 0 or sum(sides) > MAX_SIDE or sides[1] > sides[0] * MAX_RATIO
    if wrong or not 0 <= zoom <= MAX_ZOOM:
        raise bad_request("invalid map properties specified")
    measures = {"zoom": zoom, "width": width, "height": height}
    return {
        "location": {"latitude": spot[0], "longitude": spot[1]},
        **{name: measures[name] or usual for name, usual in MAP_SHOWN.items()},
        **caption(scene, value, level),
    }


_READERS: dict[str, Callable[[Scene, Json, int], Json]] = {
    "paragraph": _text,
    "heading": _heading,
    "pre": _pre,
    "footer": _text,
    "divider": lambda scene, value, level: {},
    "mathematical_expression": _math,
    "anchor": _anchor,
    "expandable_blockquote": _quotation,
    "pullquote": _quotation,
    "table": _table,
    "map": _map,
    "buttons": _buttons,
    "thinking": _thinking,
}
