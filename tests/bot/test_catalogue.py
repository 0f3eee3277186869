"""/catalog and /events: pages, dates, details."""

import re
from datetime import timedelta

from playground.client import PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from storage.models import Booking, Item, Order, User
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    change_item,
    messages,
    open_item,
    rows,
    stale,
    tap,
    with_button,
)
from tests.bot.conftest import ADMIN
from wording.texts import Texts


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


async def test_an_empty_type_leads_back(client: PlaygroundClient, pg: Playground) -> None:
    person = await client.persona()
    await person.start()
    await tap(person, await stale(pg, person, "list:game:0"), "list:game:0")
    empty = await person.wait_text("Nothing here")
    assert button_data(empty) == ["list:all:0"]


async def test_only_types_with_something_on_offer_have_a_button(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona()
    await person.send("/catalog")
    menu = await with_button(person, "list:")
    kinds = ("course", "book", "audio", "live", "salon", "test_drive")
    lists = [f"list:{kind}:0" for kind in kinds]
    assert button_data(menu) == [*lists, "br:::::::0:", "find"]
    await change_item(brain.database, "draw-tyre-check", active=True)
    for item in await rows(brain.database, Item, Item.type == "book"):
        await change_item(brain.database, item.id, active=False)
    await tap(person, menu, "list:course:0")
    mark = person.now
    await tap(person, menu, "list:all:0")
    again = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert "list:draw:0" in button_data(again)
    assert "list:book:0" not in button_data(again)


async def test_what_is_not_active_is_offered_nowhere(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    off = {item.id for item in await rows(brain.database, Item, Item.active.is_(False))}
    assert {"draw-tyre-check", "game-range-guess"} < off
    person = await agreed(client, language="en")
    mark = person.now
    for link in ("draw-tyre-check", "game-range-guess"):
        await person.start(f"item_{link}")
    acts = [f"item:{act}:draw-tyre-check:x" for act in ("open", "book", "buy", "get")]
    old = await stale(pg, person, *acts)
    told = [await tap(person, old, act) for act in acts[1:]]
    assert told[:2] == ["This is no longer on offer."] * 2
    await tap(person, old, acts[0])
    assert [m["text"] for m in messages(person, mark)].count("This is no longer on offer.") == 3
    assert await rows(brain.database, Booking) == []
    assert await rows(brain.database, Order) == []
    (row,) = await rows(brain.database, User, User.id == person.id)
    picks = await brain.recommendations.pick(row, 100, now=brain.clock())
    assert len(picks) > 20
    assert not off & {pick.item.id for pick in picks}
    admin = await client.persona(ADMIN)
    await admin.send("/broadcast")
    page = await with_button(admin, "d:")
    invitable = button_data(page)
    for number in range(1, int(re.findall(r"\d+", page["text"])[-1])):
        mark = admin.now
        await tap(admin, page, f"ditems:{number}")
        page = (await admin.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
        invitable += button_data(page)
    assert len(invitable) > 20
    assert not off & {data.split(":")[1] for data in invitable}


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
