"""What is within Telegram's limits is taken, whatever its shape, and one more of it refused."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from aiogram.types import InputRichMessage
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import ApiError
from playground.files import FileKind, StoredFile
from playground.plain import Json
from playground.rich import limits
from playground.rich.message import read
from playground.rich.reading import words
from playground.rich.text import STYLES, Scene

QUICK = settings(max_examples=25, deadline=None)
SIGNS = "ab<>&/\"'= \n#*_|$[]()!`:@.-1pхи"
SCENE = Scene(now=1_772_000_000, user=lambda user_id: None)


async def store(medium: Any, kind: FileKind) -> StoredFile:
    return StoredFile(file_id="AgAC", unique_id="u", kind=kind, name="a", mime="image/png", size=1)


def blocks_of(**given: Any) -> list[Json]:
    message = InputRichMessage.model_construct(**given)
    told: Any = asyncio.run(read(message, SCENE, store)).blocks
    return list(told)


def refused(error: str, **given: Any) -> bool:
    with pytest.raises(ApiError) as failed:
        blocks_of(**given)
    return failed.value.description == f"Bad Request: {error}"


def paragraph(text: Any) -> Json:
    return {"type": "paragraph", "text": text}


def photo() -> Json:
    return {"type": "photo", "photo": {"type": "photo", "media": "AgAC"}}


@QUICK
@given(st.lists(st.integers(1, 6000), min_size=1, max_size=5), st.sampled_from("a字🚗"))
def test_characters(sizes: list[int], sign: str) -> None:
    """Counted over all texts, wherever they stand."""
    rest = limits.MAX_TEXT - sum(sizes)
    makers = (
        lambda text: paragraph({"type": "bold", "text": text}),
        lambda text: {"type": "details", "summary": text, "blocks": []},
        lambda text: {"type": "table", "cells": [[{"text": text}]]},
        lambda text: {"type": "pullquote", "text": "", "credit": text},
        lambda text: {"type": "buttons", "buttons": [{"text": text, "callback_data": "d"}]},
    )
    blocks = [make(sign * size) for make, size in zip(makers, sizes, strict=False)]
    assert blocks_of(blocks=[*blocks, paragraph(sign * rest)])
    assert refused("RICH_MESSAGE_TEXT_TOO_LONG", blocks=[*blocks, paragraph(sign * (rest + 1))])


@st.composite
def counted(draw: st.DrawFn) -> tuple[Json, int]:
    """A block and how many it counts for."""
    n = draw(st.integers(1, 60))
    kind = draw(st.sampled_from(["list", "table", "blockquote", "details", "nested", "paragraph"]))
    many = [paragraph("x") for _ in range(n)]
    if kind == "list":
        return {"type": "list", "items": [{"blocks": [paragraph("x")]} for _ in range(n)]}, 1 + n
    if kind == "nested":
        return {"type": "list", "items": [{"blocks": many}, {"blocks": [paragraph("x")]}]}, (
            1 + n + 1 + (n > 1)
        )
    if kind == "table":
        return {"type": "table", "cells": [[{"text": "x"}] for _ in range(n)]}, 1 + n
    if kind == "blockquote":
        return {"type": "blockquote", "blocks": many}, 1 + n
    if kind == "details":
        return {"type": "details", "summary": "s", "blocks": many}, 1 + n
    return paragraph("x"), 1


@QUICK
@given(st.lists(counted(), max_size=7))
def test_blocks(parts: list[tuple[Json, int]]) -> None:
    rest = limits.MAX_BLOCKS - sum(count for _, count in parts)
    blocks = [block for block, _ in parts] + [paragraph("x")] * rest
    assert len(blocks_of(blocks=blocks)) == len(blocks)
    assert refused("RICH_MESSAGE_BLOCKS_TOO_MANY", blocks=[*blocks, {"type": "divider"}])


@QUICK
@given(st.integers(0, 15), st.data())
def test_levels(around: int, data: st.DataObject) -> None:
    """Blocks and formatting together."""

    def nested(formats: int) -> list[Json]:
        text: Any = "x"
        for _ in range(formats):
            text = {"type": data.draw(st.sampled_from(sorted(STYLES))), "text": text}
        block = paragraph(text)
        for _ in range(around):
            kind = data.draw(st.sampled_from(["blockquote", "details", "list"]))
            block = (
                {"type": "list", "items": [{"blocks": [block]}]}
                if kind == "list"
                else {"type": kind, "summary": "s", "blocks": [block]}
            )
        return [block]

    told = blocks_of(blocks=nested(15 - around))
    assert limits.levels(told) == 16
    assert refused("RICH_MESSAGE_DEPTH_INVALID", blocks=nested(16 - around))


@QUICK
@given(st.lists(st.integers(1, 4), min_size=1, max_size=30))
def test_columns(spans: list[int]) -> None:
    """Cells that span several columns count for as many."""
    while sum(spans) > limits.MAX_COLUMNS:
        spans = spans[1:] or [1]
    wide = [{"text": "x", "colspan": span} for span in spans]
    wide += [{"text": "x"}] * (limits.MAX_COLUMNS - sum(spans))
    assert blocks_of(blocks=[{"type": "table", "cells": [wide, [{"text": "y"}]]}])
    for cells in (
        [[*wide, {"text": "x"}]],
        [[{"text": "x", "rowspan": 2}], wide],  # the row below has a column less
    ):
        assert refused(
            "RICH_MESSAGE_TABLE_COLS_TOO_MANY", blocks=[{"type": "table", "cells": cells}]
        )


@QUICK
@given(st.integers(0, 50))
def test_media(inside: int) -> None:
    within = [{"type": "slideshow", "blocks": [photo()] * inside}] if inside else []
    assert blocks_of(blocks=[*within, *[photo()] * (50 - inside)])
    assert refused("RICH_MESSAGE_MEDIA_TOO_MANY", blocks=[*within, *[photo()] * (51 - inside)])


def test_a_row_has_eight_buttons() -> None:
    row = [{"text": "x", "callback_data": "d"}] * 8
    assert blocks_of(blocks=[{"type": "buttons", "buttons": row}])
    assert refused(
        "RICH_MESSAGE_BUTTONS_TOO_MANY", blocks=[{"type": "buttons", "buttons": [*row, row[0]]}]
    )


@settings(max_examples=100, deadline=None)
@given(
    st.text("ab<>&/\"'= \n#*_|$[]()!`:@.-1pхи", max_size=80), st.sampled_from(["html", "markdown"])
)
def test_any_markup_is_told_or_refused(source: str, kind: str) -> None:
    """Nothing else happens, and what is told is within the limits and reads the same again."""
    try:
        blocks = blocks_of(**{kind: source}, skip_entity_detection=True)
    except ApiError:
        return
    limits.check(blocks)
    again = blocks_of(blocks=blocks, skip_entity_detection=True)
    assert words({"blocks": again}) == words({"blocks": blocks})


@pytest.mark.parametrize("nesting", [40, 200, 2000])
def test_nesting_without_end(nesting: int) -> None:
    block = paragraph("x")
    text: Any = "x"
    for _ in range(nesting):
        block = {"type": "blockquote", "blocks": [block]}
        text = [{"type": "bold", "text": text}, ""]
    assert refused("RICH_MESSAGE_DEPTH_INVALID", blocks=[block])
    assert refused("RICH_MESSAGE_DEPTH_INVALID", blocks=[paragraph(text)])


@pytest.mark.parametrize(
    "part", ["x", "字", "a@", "a.", "+1", "1234 ", "http://a", "/", "a:b@c.d", "#", "(.com"]
)
def test_no_text_takes_long_to_look_through(part: str) -> None:
    text = (part * (4095 // len(part)) + " ") * 8
    begun = time.process_time()
    with suppress(ApiError):
        blocks_of(blocks=[paragraph(text[: limits.MAX_TEXT])])
    assert time.process_time() - begun < 5
