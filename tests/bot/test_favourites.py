"""♥ on a card, /favourites, and /my in sections."""

from datetime import timedelta

from playground.client import PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from storage.models import Favourite, Item
from storage.repositories import favourites, rights
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    open_item,
    rows,
    stale,
    tap,
    verbs,
    with_button,
)
from tests.bot.test_buying import buy

COURSE = "course-winter"


async def test_a_heart_marks_and_unmarks(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    card = await open_item(person, COURSE)
    assert "♡ Save" in button_texts(card)
    heart = f"item:fav:{COURSE}:link"
    mark = person.now
    assert "In your favourites" in await tap(person, card, heart)
    now = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert "♥ Saved" in button_texts(now)
    assert (await verbs(brain.database, person))[-1] == f"liked {COURSE}"
    async with brain.database.read() as session:
        copy = await rights.export(session, person.id)
    assert [row["item_id"] for row in copy["favourites"]] == [COURSE]
    await person.send("/favourites")
    listed = await with_button(person, f"item:open:{COURSE}:fav", since=mark)
    assert "Favourites" in listed["text"]
    assert "No longer" in await tap(person, card, heart)
    mark = person.now
    await person.send("/favourites")
    await person.wait_text("No favourites yet", since=mark)
    async with brain.database.write() as session:
        await favourites.toggle(session, person.id, COURSE, brain.clock())
        await rights.erase(session, person.id)
    assert await rows(brain.database, Favourite) == []


async def test_without_consent_a_favourite_is_kept_and_no_signal(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await client.persona(first_name="Ann", language_code="zh")
    await tap(person, await open_item(person, COURSE), f"item:fav:{COURSE}:link")
    (row,) = await rows(brain.database, Favourite)
    assert (row.user_id, row.item_id) == (person.id, COURSE)
    assert await verbs(brain.database, person) == []
    gone = await stale(pg, person, "item:fav:no-such-thing:x")
    assert "下架" in await tap(person, gone, "item:fav:no-such-thing:x")


async def test_my_has_sections_and_favourites_have_pages(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    await buy(person, COURSE)
    items = [item.id for item in await rows(brain.database, Item, Item.type == "course")][:10]
    for number, item in enumerate(items):
        async with brain.database.write() as session:
            at = brain.clock() - timedelta(minutes=number)
            await favourites.toggle(session, person.id, item, at)
    mark = person.now
    await person.send("/my")
    mine = await with_button(person, "marked:0", since=mark)
    for part in ("Courses, books, episodes: 1", "Favourites: 10"):
        assert part in mine["text"]
    assert button_data(mine) == [
        f"item:open:{COURSE}:my",
        *(f"item:open:{item}:my" for item in items[:5]),
        "marked:0",
    ]
    await tap(person, mine, "marked:0")
    first = await with_button(person, "marked:1", since=mark)
    assert [d.split(":")[2] for d in button_data(first)[:-1]] == items[:8]
    mark = person.now
    await tap(person, first, "marked:1")
    last = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert [d.split(":")[2] for d in button_data(last)[:-1]] == items[8:]
