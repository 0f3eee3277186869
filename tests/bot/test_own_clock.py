"""Times are told by the reader's own clock, wherever they are told."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from activities.draw_rows import DrawRow
from activities.draws import open_draw
from playground.client import Person, PlaygroundClient
from services.brain import Brain
from services.clock import ZONE
from storage.models import Item
from tests.bot.acts import agreed, change_item, open_item, rows, tap, with_button
from tests.bot.draw_world import TERMS
from tests.bot.test_booking import DRAW, SALON
from tests.bot.test_buying import LIVE, invoice
from tests.bot.test_coupons import cut
from wording.events import clock_time, offset
from wording.texts import Texts

THERE = ZoneInfo("America/New_York")


async def away(client: PlaygroundClient, language: str = "en") -> tuple[Person, Texts]:
    """A person in New York, and their texts."""
    person = await agreed(client, language=language)
    mark = person.now
    await person.send("/zone America/New_York")
    await person.wait_text("America/New_York", since=mark)
    return person, Texts(language, THERE)


async def item(brain: Brain, name: str) -> Item:
    (found,) = await rows(brain.database, Item, Item.id == name)
    assert isinstance(found, Item)
    return found


@pytest.mark.parametrize(("language", "told"), [("en", "You are booked"), ("zh", "已为你预留名额")])
async def test_a_paid_event_is_delivered_with_the_buyers_time(
    client: PlaygroundClient, brain: Brain, language: str, told: str
) -> None:
    person, texts = await away(client, language)
    bill = await invoice(person, LIVE)
    mark = person.now
    assert (await person.pay(bill))["ok"]
    delivered = (await person.wait_text(told, since=mark))["text"]
    starts_at = (await item(brain, LIVE)).starts_at
    assert starts_at is not None
    assert clock_time(starts_at, THERE, texts) in delivered
    assert texts.when(starts_at, ZONE) in delivered, "by the clock there, too"


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_cards_and_lists_tell_the_readers_time(
    client: PlaygroundClient, brain: Brain, language: str
) -> None:
    person, texts = await away(client, language)
    at_home = await agreed(client, "Bob", language)
    starts_at = (await item(brain, SALON)).starts_at
    assert starts_at is not None
    own = f"{texts.when(starts_at)}{'（' if language == 'zh' else ' ('}{offset(starts_at, THERE)}"
    for who in (person, at_home):
        card = (await open_item(who, SALON))["text"]
        mark = who.now
        await who.send("/events")
        listed = (await with_button(who, f"item:open:{SALON}", since=mark))["text"]
        for text in (card, listed):
            assert (own in text) == (who is person)
            assert (texts.when(starts_at, ZONE) in text) == (who is at_home)


async def test_what_runs_until_a_time_tells_the_readers(
    client: PlaygroundClient, brain: Brain
) -> None:
    person, texts = await away(client)
    until = brain.clock() + timedelta(days=3)
    await cut(brain, percent=20, valid_until=until)
    mark = person.now
    await person.send("/coupon winter")
    card = await with_button(person, "coupon:keep", since=mark)
    assert texts.when(until) in card["text"]
    # A draw's day, in the card of who entered it.
    drawn = brain.clock() + timedelta(days=5)
    await change_item(brain.database, DRAW, active=True, starts_at=drawn)
    async with brain.database.write() as session:
        await open_draw(session, DRAW, DrawRow(**TERMS), brain.clock())
    mark = person.now
    await tap(person, await open_item(person, DRAW), f"item:book:{DRAW}:link")
    rules = await with_button(person, f"lot:enter:{DRAW}", since=mark)
    mark = person.now
    await tap(person, rules, f"lot:enter:{DRAW}")
    assert texts.when(drawn) in (await person.wait_text("Your ticket", since=mark))["text"]


async def test_what_is_posted_for_others_says_by_which_clock(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await client.persona(language_code="en")
    found = await item(brain, SALON)
    assert found.starts_at is not None
    title = found.title["en"]
    answer = await person.inline_results(await person.inline(title))
    (posted,) = [each for each in answer["results"] if title in each["title"]]
    assert clock_time(found.starts_at, ZONE, Texts("en")) in posted["text"]
    assert "UTC+8" in posted["text"]
