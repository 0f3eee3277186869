"""A whole rich message: from one of its three sources to the blocks that are told."""

from __future__ import annotations

import asyncio
from typing import Any

from aiogram.types import InputRichMessage, RichMessage

from playground.errors import bad_request
from playground.rich import html, limits, markdown
from playground.rich.blocks import Reader, Store
from playground.rich.detect import detect, resolve
from playground.rich.inline import Media
from playground.rich.text import Scene, too_deep

SOURCES = ("blocks", "markdown", "html")


async def read(given: InputRichMessage | None, scene: Scene, store: Store) -> RichMessage:
    """What is shown of a rich message, `store` giving the files. Raises ApiError 400."""
    if given is None:
        raise bad_request("rich message must be non-empty")
    try:
        # Markup takes no lock on anything, and some of it takes a second.
        source = await asyncio.to_thread(_source, given)
        blocks = await Reader(scene, store).blocks(source)
        if given.skip_entity_detection is not True:
            detect(blocks)
        resolve(blocks)
        limits.check(blocks)
    except RecursionError:
        raise too_deep() from None
    content: Any = {"blocks": blocks, **({"is_rtl": True} if given.is_rtl is True else {})}
    return RichMessage.model_construct(**content)


def _source(given: InputRichMessage) -> Any:
    """The blocks of the message, given or read from its markup. Raises ApiError 400."""
    named = [name for name in SOURCES if getattr(given, name) is not None]
    if not named or not getattr(given, named[0]):
        raise bad_request("rich message must be non-empty")
    if len(named) > 1:
        raise bad_request("exactly one of blocks, markdown and html must be specified")
    source = getattr(given, named[0])
    if named == ["blocks"]:
        return source
    if not isinstance(source, str):
        raise bad_request(f'Field "{named[0]}" must be of type String')
    media = Media.of(given.media)
    return html.read(source, media) if named == ["html"] else markdown.read(source, media)
