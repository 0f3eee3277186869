"""/catalog and /events: pages, dates, details."""

from datetime import timedelta

from bot.services import Brain
from bot.texts import Texts
from playground.client import PlaygroundClient
from playground.server import Playground
from storage.models import Item
from tests.bot.acts import (
    button_data,
    button_texts,
    change_item,
    open_item,
    rows,
    stale,
    tap,
    with_button,
)


async def test_pages_of_a_type_and_back(client: PlaygroundClient, brain: Brain) -> None:
    person = await client.persona()
    await person.send("/catalog")
    menu = await with_button(person, "list:course")
    assert "📘 Course" in button_texts(menu)
    message = menu["message_id"]
    seen: list[str] = []
    for page in range(3):
        mark = person.now
        await tap(person, message, f"list:course:{page}")
        shown = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
        assert f"page {page + 1} of 3" in shown["text"]
        seen += [d.split(":")[2] for d in button_data(shown) if d.startswith("item:open")]
    courses = await rows(brain.database, Item, Item.type == "course")
    assert sorted(seen) == sorted(item.id for item in courses)
    mark = person.now
    await tap(person, message, "list:all:0")
    await person.wait_text("What would you like to see", since=mark)


async def test_an_empty_type_leads_back(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await client.persona()
    for item in await rows(brain.database, Item, Item.type == "game"):
        await change_item(brain.database, item.id, active=False)
    await person.start()
    await tap(person, await stale(pg, person, "list:game:0"), "list:game:0")
    empty = await person.wait_text("Nothing here")
    assert button_data(empty) == ["list:all:0"]


async def test_events_come_in_order_with_dates_in_the_users_words(
    client: PlaygroundClient, brain: Brain
) -> None:
    (first,) = await rows(brain.database, Item, Item.id == "live-winter-range")
    for language in ("zh", "en"):
        person = await client.persona(language_code=language)
        await person.send("/events")
        listed = await with_button(person, "item:open")
        assert Texts(language).when(first.starts_at) in listed["text"]
        assert first.title[language] in listed["text"].splitlines()[2]
        assert button_data(listed)[0] == "item:open:live-winter-range:events"
    assert "Shanghai" in listed["text"]


async def test_details_tell_all_and_offer_what_can_be_done(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona()
    (item,) = await rows(brain.database, Item, Item.id == "salon-first-car-shanghai")
    card = await open_item(person, item.id)
    for part in (item.title["en"], item.description["en"], "Shanghai", "Free", "12 seats left"):
        assert part in card["text"]
    assert "Book a seat" in button_texts(card)
    await change_item(brain.database, item.id, seats_taken=12)
    full = await open_item(person, item.id)
    assert "Full" in full["text"]
    assert "Book a seat" not in button_texts(full)
    past = brain.clock() - timedelta(minutes=1)
    await change_item(brain.database, item.id, seats_taken=0, starts_at=past)
    begun = await open_item(person, item.id)
    assert "Already begun" in begun["text"]
    assert "Book a seat" not in button_texts(begun)


async def test_html_in_an_item_is_shown_as_it_is(client: PlaygroundClient, brain: Brain) -> None:
    texts = {"zh": "<b>A&B", "en": "<b>A&B"}
    await change_item(
        brain.database, "course-winter", title=texts, description=texts, summary=texts, brand=texts
    )
    person = await client.persona()
    card = await open_item(person, "course-winter")
    assert card["text"].count("<b>A&B") == 3
