"""How big a rich message may be: https://core.telegram.org/bots/api#rich-message-limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.errors import bad_request
from playground.plain import Json
from playground.rich.text import MAX_DEPTH, RichText, depth, shown, too_deep

MAX_TEXT = 32_768  # characters, emoji and formulas included
MAX_BLOCKS = 500  # nested ones, list items and table rows included
MAX_MEDIA = 50
MAX_COLUMNS = 20
MEDIA = {"photo", "video", "animation", "audio", "voice_note", "document"}
# Where a block keeps text; captions are apart.
TEXTS = ("text", "summary", "credit", "expression")


def check(blocks: list[Json]) -> None:
    """Raises ApiError 400 for a message that is over a limit or shows nothing."""
    every = list(walk(blocks))
    if sum(1 + _parts(block) for block in every) > MAX_BLOCKS:
        raise bad_request("RICH_MESSAGE_BLOCKS_TOO_MANY")
    if any(columns(block["cells"]) > MAX_COLUMNS for block in every if block["type"] == "table"):
        raise bad_request("RICH_MESSAGE_TABLE_COLS_TOO_MANY")
    if sum(block["type"] in MEDIA for block in every) > MAX_MEDIA:
        raise bad_request("RICH_MESSAGE_MEDIA_TOO_MANY")
    if levels(blocks) > MAX_DEPTH:
        raise too_deep()
    if sum(len(shown(text)) for block in every for text in texts(block)) > MAX_TEXT:
        raise bad_request("RICH_MESSAGE_TEXT_TOO_LONG")
    if not any(_visible(block) for block in every):
        raise bad_request("RICH_MESSAGE_EMPTY")


def walk(blocks: list[Json]) -> Iterator[Json]:
    """Every block, those inside others too, in reading order."""
    for block in blocks:
        yield block
        yield from walk(inside(block))


def inside(block: Json) -> list[Json]:
    """The blocks that a block holds."""
    if block["type"] == "list":
        return [one for item in block["items"] for one in item["blocks"]]
    held: list[Json] = block.get("blocks", [])
    return held


def texts(block: Json) -> Iterator[RichText]:
    """The block's own texts, without those of the blocks inside it."""
    for name in TEXTS:
        if name in block:
            yield block[name]
    caption: Any = block.get("caption")
    if isinstance(caption, dict) and "type" not in caption:
        yield caption["text"]
        yield caption.get("credit", "")
    elif caption is not None:
        yield caption
    for row in block.get("cells", []):
        for cell in row:
            yield cell.get("text", "")
    for button in block.get("buttons", []):
        yield button["text"]


def _parts(block: Json) -> int:
    """List items and table rows count as blocks; an item's only paragraph is the item itself."""
    if block["type"] == "list":
        return sum(not _plain_item(item) for item in block["items"])
    return len(block.get("cells", []))


def _plain_item(item: Json) -> bool:
    return len(item["blocks"]) == 1 and item["blocks"][0]["type"] == "paragraph"


def levels(blocks: list[Json]) -> int:
    """How deep blocks and the formatting in them are nested."""
    return max(
        (
            1 + max([levels(inside(block)), *(depth(text) for text in texts(block))])
            for block in blocks
        ),
        default=0,
    )


def columns(cells: list[list[Json]]) -> int:
    """Columns of a table, cells that span several of them or of the rows above counted."""
    most = 0
    hanging: list[tuple[int, int]] = []  # columns and rows still taken by cells above
    for row in cells:
        taken = sum(width for width, _ in hanging)
        spans = [(cell.get("colspan", 1), cell.get("rowspan", 1)) for cell in row]
        most = max(most, taken + sum(width for width, _ in spans))
        hanging = [(width, rows - 1) for width, rows in hanging + spans if rows > 1]
    return most


def _visible(block: Json) -> bool:
    if block["type"] in MEDIA | {"map", "divider", "thinking"}:
        return True
    return any(shown(text).strip() for text in texts(block))
