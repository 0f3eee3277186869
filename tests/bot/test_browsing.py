"""The catalogue by filters and by words, and what goes with an item."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from bot.callbacks import Browse
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from services.clock import ZONE
from services.recommending.assortment import Assortment
from services.recommending.browsing import FACETS, WHENS, Filters, matching, options, span
from services.recommending.codes import code
from services.recommending.tags import TOPICS, brand_tag
from storage.models import ITEM_TYPES, Item
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    change_item,
    open_item,
    rows,
    stale,
    tap,
    with_button,
)
from tests.bot.test_buying import buy


async def choose(person: Person, message: Any, label: str) -> Any:
    mark = person.now
    await person.click_text(message, label)
    return (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]


def listed(message: Any) -> list[str]:
    return [d.split(":")[2] for d in button_data(message) if d.startswith("item:open")]


async def test_filters_are_chosen_one_by_one_and_cleared(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    await person.send("/catalog")
    shown = await choose(person, await with_button(person, "br:"), "🎛 Filter")
    assert "All that is on offer" in shown["text"]
    total = int(shown["text"].split("\n")[1].split()[0])
    asked = await choose(person, shown, "Topic")
    shown = await choose(person, asked, "EVs")
    evs = int(shown["text"].split("\n")[1].split()[0])
    assert 0 < evs < total
    shown = await choose(person, await choose(person, shown, "Kind"), "Course")
    assert "📘 Course · EVs" in shown["text"]
    courses = await rows(brain.database, Item, Item.type == "course", Item.active)
    expected = {item.id for item in courses if "ev" in item.topics}
    assert set(listed(shown)) == expected
    shown = await choose(person, await choose(person, shown, "Price"), "up to ⭐\u00a0500")
    prices = {item.id: item.price_stars for item in courses}
    assert set(listed(shown)) == {one for one in expected if prices[one] <= 500}
    assert "✓ Price" in button_texts(shown)
    shown = await choose(person, await choose(person, shown, "Price"), "Any")
    assert set(listed(shown)) == expected
    assert "All that is on offer" in (await choose(person, shown, "Clear"))["text"]


async def test_pages_show_each_once_and_cities_are_told_in_the_readers_words(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="zh")
    await person.send("/catalog")
    shown = await choose(person, await with_button(person, "br:"), "筛选")
    seen = listed(shown)
    while any("下一页" in text for text in button_texts(shown)):
        shown = await choose(person, shown, "下一页")
        seen += listed(shown)
    offered = brain.recommendations.assortment.on_offer(brain.clock())
    assert len(seen) == len(set(seen)) == int(offered.sum())
    city = await choose(person, await choose(person, shown, "城市"), "上海")
    assert listed(city)
    for name in listed(city):
        (item,) = await rows(brain.database, Item, Item.id == name)
        assert item.city == "上海"


async def test_nothing_that_fits_all_offers_what_fits_most(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await client.persona(language_code="en")
    await person.start()
    none = Browse(
        kind=str(ITEM_TYPES.index("course")), topic=code("ev"), city=code("上海"), most="0"
    ).pack()
    old = await stale(pg, person, none, "br:99:????:xxxx:zzzz:never:9x:7:none")
    mark = person.now
    await tap(person, old, none)
    shown = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert "Nothing is all of this" in shown["text"]
    for item in await rows(brain.database, Item):
        await change_item(brain.database, item.id, active=item.type == "salon")
    wider = await choose(person, shown, "Back")
    assert "Salon" in str(button_texts(wider))
    # What a button of another time names is left out.
    old = await stale(pg, person, "br:99:????:xxxx:zzzz:never:9x:7:none")
    mark = person.now
    await tap(person, old, "br:99:????:xxxx:zzzz:never:9x:7:none")
    shown = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert "All that is on offer" in shown["text"]


def test_every_filter_at_its_longest_fits_on_a_button() -> None:
    full = Browse(
        kind="7",
        topic=code("x"),
        brand=code("y"),
        city=code("z"),
        when="weekend",
        most="100000",
        page=99_999,
        ask="brand",
    )
    assert len(full.pack().encode()) <= 64
    assert len({code(topic) for topic in TOPICS}) == len(TOPICS)
    assert max(map(len, WHENS)) <= len("weekend")
    assert max(map(len, FACETS)) <= len("brand")


@pytest.mark.parametrize(
    ("now", "when", "first", "last"),
    [
        ("2026-11-24T12:00", "week", "2026-11-24T12:00", "2026-11-30T00:00"),
        ("2026-11-29T23:00", "week", "2026-11-29T23:00", "2026-11-30T00:00"),
        ("2026-11-24T12:00", "weekend", "2026-11-28T00:00", "2026-11-30T00:00"),
        ("2026-11-29T23:00", "weekend", "2026-11-28T00:00", "2026-11-30T00:00"),
        ("2026-12-31T23:59", "month", "2026-12-31T23:59", "2027-01-01T00:00"),
        ("2027-01-31T08:00", "month", "2027-01-31T08:00", "2027-02-01T00:00"),
    ],
)
def test_weeks_and_months_are_those_of_the_calendar_here(
    now: str, when: str, first: str, last: str
) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=ZONE)
    found = span(when, at.astimezone(UTC))
    expected = [datetime.fromisoformat(one).replace(tzinfo=ZONE) for one in (first, last)]
    assert list(found) == expected


async def test_each_filter_is_what_a_look_at_every_item_finds(brain: Brain) -> None:
    brands = {"zh": "比亚迪", "en": "BYD"}
    await change_item(brain.database, "course-ev", brand=brands)
    assortment: Assortment = await brain.recommendations.followed()
    now = brain.clock()
    all_items = await rows(brain.database, Item)
    on = [i for i in all_items if i.active and (i.starts_at is None or i.starts_at > now)]
    week = span("week", now)
    checks = {
        Filters(type="live"): lambda i: i.type == "live",
        Filters(topic="winter"): lambda i: "winter" in i.topics,
        Filters(city="北京"): lambda i: i.city == "北京",
        Filters(most="200"): lambda i: i.price_stars <= 200,
        Filters(most="0"): lambda i: i.price_stars == 0,
        Filters(brand=brand_tag(brands)): lambda i: i.brand == brands,
        Filters(when="week"): lambda i: i.starts_at and week[0] <= i.starts_at < week[1],
        Filters(topic="nothing"): lambda _: False,
    }
    for filters, fits in checks.items():
        found = {assortment.ids[n] for n in np.flatnonzero(matching(assortment, filters, now))}
        assert found == {i.id for i in on if fits(i)}, filters
    for facet in FACETS:
        for value, count in options(assortment, Filters(), facet, now):
            wanted = Filters().having(facet, value)
            assert int(matching(assortment, wanted, now).sum()) == count > 0


@pytest.mark.parametrize(
    ("language", "words", "first", "told"),
    [
        ("en", "winter driving", "course-winter", "winter driving"),
        ("en", "test drive in Shanghai", "drive-starlan-shanghai", "Shanghai"),
        ("zh", "二手车", "course-used", "二手车"),
        ("zh", "保险", "course-insurance", "保险"),
        ("en", "how do I charge at home", "course-charging", "charge"),
        ("en", "range anxiety", "", "Nothing for “range anxiety”. What comes nearest:"),
        ("zh", "事故处理", "", "没有找到“事故处理”，比较接近的有"),
    ],
)
async def test_words_find_items_in_both_languages(
    client: PlaygroundClient, language: str, words: str, first: str, told: str
) -> None:
    person = await client.persona(language_code=language)
    await person.send(f"/find {words}")
    shown = await with_button(person, "item:open")
    assert told in shown["text"]
    found = listed(shown)
    assert first in found[:3] if first else found
    if first:
        assert "Nothing" not in shown["text"]
        assert "没有找到" not in shown["text"]


async def test_a_search_follows_the_catalogue_and_reads_only_what_changed(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    search, now = brain.item_search, brain.clock()
    assert not (await search.find("hovercraft", 3, now)).sure
    title = {"zh": "气垫船", "en": "Hovercraft on the lake"}
    await change_item(brain.database, "course-adas", title=title)
    statements: list[str] = []
    engine = brain.database.engine.sync_engine
    hits = await search.find("hovercraft", 3, now)
    assert (hits.sure, [i.id for i in hits.items]) == (True, ["course-adas"])
    assert [i.id for i in (await search.find("气垫船", 3, now)).items] == ["course-adas"]
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await search.find("hovercraft", 3, now)
    assert not [one for one in statements if "items" in one and "max(" not in one]
    await change_item(brain.database, "course-adas", active=False)
    assert "course-adas" not in [i.id for i in (await search.find("hovercraft", 3, now)).items]
    await person.send("/find")
    await person.wait_text("/find winter range")


async def test_inline_offers_items_that_lead_into_the_chat(client: PlaygroundClient) -> None:
    person = await client.persona(language_code="zh")
    answer = await person.inline_results(await person.inline("充电与续航 课程"))
    (found,) = [r for r in answer["results"] if "充电与续航" in r["title"] and "📘" in r["title"]]
    (link,) = [e["url"] for e in found["entities"] if e["type"] == "text_link"]
    assert link.endswith("_bot?start=item_course-charging")
    assert len(answer["results"]) <= 5


async def test_what_goes_with_an_item_is_near_it_and_not_had(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    card = await open_item(person, "course-charging")
    mark = person.now
    await tap(person, card, "item:near:course-charging:link")
    found = listed(await with_button(person, "item:open", since=mark))
    assert len(found) == 5
    assert "course-charging" not in found
    topics = [i.topics for i in await rows(brain.database, Item, Item.id.in_(found))]
    assert sum(bool({"charging", "battery", "ev"} & set(some)) for some in topics) >= 3
    (owned,) = [one for one in found if one.startswith("course-")][:1]
    await buy(person, owned)
    mark = person.now
    await tap(person, card, "item:near:course-charging:link")
    assert owned not in listed(await with_button(person, "item:open", since=mark))
    past = brain.clock() - timedelta(days=1)
    for item in await rows(brain.database, Item):
        await change_item(brain.database, item.id, starts_at=past)
    assert "Nothing else" in await tap(person, card, "item:near:course-charging:link")
