"""Rich forms of answers and cards, as blocks; how they travel is in test_drawing.py."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, InputRichMessage
from hypothesis import given
from hypothesis import strategies as st

from bot.rich import rich_answer, rich_card
from wording.items import Card, Fact
from wording.texts import Markup, Texts

# Telegram's: facts of telegram-rich, which cites the Bot API's page.
CHARACTERS, BLOCKS, LEVELS, COLUMNS = 32_768, 500, 16, 20
KEYBOARD = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="👍", callback_data="rate:1:1")]]
)
SOURCE = ("Brakes · ¶2", "Brake fluid is replaced every two years." + " More." * 500, KEYBOARD)


def plain(rich: InputRichMessage) -> dict[str, Any]:
    return rich.model_dump(mode="json", exclude_none=True)


def words(node: Any) -> str:
    """The visible text below a node."""
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "".join(map(words, node))
    keys = ("text", "summary", "blocks", "items", "cells", "buttons")
    return "".join(words(node[key]) for key in keys if key in node)


def blocks(node: Any, level: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every block, list entry and row of a table, with its level."""
    for block in node.get("blocks", []):
        yield level + 1, block
        yield from blocks(block, level + 1)
        for item in block.get("items", []):
            yield level + 2, item
            yield from blocks(item, level + 2)
        for row in block.get("cells", []):
            yield level + 2, {"row": row}


def answer(text: str, sources: int = 1, **more: Any) -> dict[str, Any]:
    given_ = {"bold": [], "head": "", "notes": [], "keyboard": KEYBOARD} | more
    return plain(rich_answer(text, sources=[SOURCE] * sources, **given_))


def kinds(rich: dict[str, Any]) -> list[str]:
    return [block["type"] for block in rich["blocks"]]


def test_marks_lead_to_the_folded_source_with_its_buttons() -> None:
    rich = answer("每两年更换一次。[1]", bold=[(1, 4)])
    assert kinds(rich) == ["paragraph", "details", "buttons"]
    text = rich["blocks"][0]["text"]
    assert text == [
        "每",
        {"type": "bold", "text": "两年更"},
        "换一次。",
        {"type": "reference_link", "text": "[1]", "reference_name": "source-1"},
    ]
    source = rich["blocks"][1]
    assert source["summary"][0] == {"type": "reference", "text": "[1]", "name": "source-1"}
    assert [block["type"] for block in source["blocks"]] == ["blockquote", "buttons"]
    assert "two years" in words(source["blocks"])
    assert rich["skip_entity_detection"] is True


def test_a_mark_without_its_source_stays_text() -> None:
    assert words(answer("A figure in brackets [12] is no source. [1]")["blocks"][0]) == (
        "A figure in brackets [12] is no source. [1]"
    )


def test_lists_and_tables_of_a_lesson_stay_such() -> None:
    rich = answer("先检查：[1]\n• 机油[1]\n• 冷却液[1]")
    assert kinds(rich)[:2] == ["paragraph", "list"]
    assert [words(item) for item in rich["blocks"][1]["items"]] == ["机油[1]", "冷却液[1]"]
    numbered = answer("1. Stop. [1]\n2. Switch off. [1]")
    assert [item["value"] for item in numbered["blocks"][0]["items"]] == [1, 2]
    table = answer("项目：机油，周期：一万公里[1]\n项目：制动液，周期：两年[1]")["blocks"][0]
    assert table["type"] == "table"
    assert [[words(cell) for cell in row] for row in table["cells"]] == [
        ["项目", "周期"],
        ["机油", "一万公里 [1]"],
        ["制动液", "两年 [1]"],
    ]
    # Rows that would lose a word as a table stay lines.
    assert kinds(answer("项目：机油，约一万公里[1]\n项目：制动液，约两年[1]"))[0] == "paragraph"


def test_a_card_tells_its_time_in_the_readers_zone_and_its_place_on_a_map() -> None:
    moment = datetime(2026, 12, 5, 11, 30, tzinfo=UTC)
    facts = (Fact("price", "免费"), Fact("when", "12月5日 19:30", moment), Fact("place", "上海"))
    card = Card("🚗", "试驾", "周末试驾。", facts, "你关注电动车", (31.23, 121.47))
    rich = plain(rich_card(card, KEYBOARD, Texts("zh"), "你同意接收邀请。"))
    assert kinds(rich) == ["heading", "paragraph", "table", "map", "footer", "footer", "buttons"]
    when = rich["blocks"][2]["cells"][1][1]["text"]
    assert (when["type"], when["unix_time"], when["text"]) == (
        "date_time",
        int(moment.timestamp()),
        "12月5日 19:30",
    )
    assert rich["blocks"][3]["location"]["latitude"] == 31.23


lines = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=120),
        st.lists(st.just("项：值"), min_size=1, max_size=40).map("，".join),
        st.integers(0, 99).map(lambda n: f"{n}. entry [{n}]"),
        st.text("长", min_size=2000, max_size=9000),
    ),
    max_size=200,
)


@given(lines, st.integers(0, 30), st.lists(st.text(max_size=3000).map(Markup), max_size=12))
def test_whatever_the_answer_it_keeps_to_telegrams_limits(
    said: list[str], sources: int, notes: list[Markup]
) -> None:
    rich = answer("\n".join(said), sources, notes=notes, head="后" * 3000)
    found = list(blocks(rich))
    assert len(found) <= BLOCKS
    assert max((level for level, _ in found), default=0) <= LEVELS
    assert len(words(rich)) <= CHARACTERS
    for _, block in found:
        assert len(block.get("row", [])) <= COLUMNS
