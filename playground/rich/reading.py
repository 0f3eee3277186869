"""What a rich message says, and the buttons in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.plain import Json
from playground.rich.limits import texts, walk
from playground.rich.text import nodes, shown


def words(message: Json) -> str:
    """All texts of a RichMessage in reading order, a line each, labels of buttons included."""
    every = (shown(text) for block in walk(message.get("blocks", [])) for text in texts(block))
    return "\n".join(text for text in every if text)


def buttons(message: Json) -> Iterator[Json]:
    """Every RichMessageButton of a RichMessage."""
    for block in walk(message.get("blocks", [])):
        yield from block.get("buttons", [])
        for text in texts(block):
            yield from (node["button"] for node in nodes(text) if node.get("type") == "button")


def said(message: Json) -> str:
    """The words of a message of whatever kind: its text, its caption, or all of a rich one."""
    text: Any = message.get("text") or message.get("caption")
    return str(text) if text else words(message.get("rich_message") or {})
