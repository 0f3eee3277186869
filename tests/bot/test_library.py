"""A lesson in the chat has its headings, its lists and its tables."""

from bot.lessons import lesson_parts
from playground.client import PlaygroundClient
from retrieval.documents import parse
from services.brain import Brain
from services.lengths import LIMIT
from storage.models import Item
from storage.repositories import orders
from tests.bot.acts import agreed, open_item, tap, with_button

LESSON = """---
id: en-wheel
title: A wheel
course: course-winter
lesson: 1
language: en
---
# A wheel

Stop first.

## Taking it off

1. Loosen the <bolts>.
2. Jack it up.
   - Never lie under it.

## Torque

| Car | Bolts |
|---|---|
| Sedan | 110 N·m |
"""


async def test_headings_lists_and_rows_are_shown(client: PlaygroundClient, brain: Brain) -> None:
    brain.library.fill([parse("en-wheel.md", LESSON.encode())])
    person = await agreed(client)
    async with brain.database.write() as session:
        item = await session.get_one(Item, "course-winter")
        item.price_stars = 0
        assert await orders.give(session, person.id, item, brain.clock())
    await tap(person, await open_item(person, "course-winter"), "item:read:course-winter:link")
    shelf = await with_button(person, "lesson:course-winter:0")
    mark = person.now
    await tap(person, shelf, "lesson:course-winter:0")
    shown = await person.wait_text("Stop first.", since=mark)
    assert shown["text"] == (
        "A wheel\n\nStop first.\n\nTaking it off\n\n1. Loosen the <bolts>.\n2. Jack it up.\n"
        "• Never lie under it.\n\nTorque\n\n▪ Car: Sedan, Bolts: 110 N·m"
    )
    bold = [e for e in shown["entities"] if e["type"] == "bold"]
    assert [shown["text"][e["offset"] : e["offset"] + e["length"]] for e in bold] == [
        *("A wheel", "Taking it off", "Torque")
    ]


def test_no_part_is_too_long_or_ends_with_a_heading() -> None:
    sections = "".join(f"## Chapter {n}\n\n{'Some words. ' * (n * 13 % 90)}\n\n" for n in range(80))
    parts = lesson_parts(parse("a.md", f"# T\n\n{sections}{'长句' * 5000}。".encode()))
    assert len(parts) > 3
    plain = [part.replace("<b>", "").replace("</b>", "") for part in parts]
    assert all(0 < len(part) <= LIMIT for part in plain)
    assert not [part for part in parts if part.endswith("</b>")]
    assert "".join(plain).count("Some words.") == sections.count("Some words.")
