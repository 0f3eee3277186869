"""Signed links and touches: what led people to what they did."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from playground.client import PlaygroundClient
from playground.server import Playground
from services.attribution import Attributions, LinkCodec
from services.brain import Brain
from storage.models import Attribution, Link, Signal, Touch
from storage.repositories import campaigns, touches, users
from tests.bot.acts import agreed, messages, open_item, rows, stale, tap, with_button
from tests.bot.command_line import Run, many, one
from tests.bot.conftest import ADMIN
from tests.storage.sending import claim, settle

SALON = "salon-first-car-shanghai"
CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
CODEC = LinkCodec(b"s" * 32)


@given(st.integers(1, 10**18 - 1), st.data())
def test_a_link_is_read_only_as_it_was_written(link: int, data: st.DataObject) -> None:
    payload = CODEC.write(link)
    assert len(payload) <= 64
    assert set(payload) <= set(CHARACTERS)
    assert CODEC.read(payload) == link
    assert LinkCodec(b"t" * 32).read(payload) is None
    place = data.draw(st.integers(0, len(payload) - 1))
    other = data.draw(st.sampled_from(CHARACTERS).filter(lambda one: one != payload[place]))
    assert CODEC.read(payload[:place] + other + payload[place + 1 :]) is None
    assert CODEC.read(payload[:place] + payload[place + 1 :]) is None
    assert CODEC.read(payload + other) is None
    assert CODEC.read(payload + "\n") is None


async def made(brain: Brain, item: str, name: str = "QR") -> tuple[Link, str]:
    given = Attributions(brain.database, brain.settings.link_secret, brain.clock)
    found = await given.make(item, name)
    assert found is not None
    return found


async def credited(brain: Brain, act: str) -> list[tuple[str, str]]:
    """(first source, last source) of each such act, as `link:1`."""
    names = {t.id: f"{t.source}:{t.source_id}" for t in await rows(brain.database, Touch)}
    found = await rows(brain.database, Attribution, Attribution.act == act)
    return [(names[a.first_touch_id], names[a.last_touch_id]) for a in found]


async def test_a_booking_carries_its_first_and_its_last_touch(
    client: PlaygroundClient, brain: Brain
) -> None:
    admin = await client.persona(ADMIN)
    await admin.send(f"/link {SALON} Fair")
    told = (await admin.wait_text("?start="))["text"]
    first = told.split("?start=")[1].split()[0]
    (link,) = await rows(brain.database, Link)
    second, later = await made(brain, SALON)
    person = await agreed(client)
    for payload in (first, later, first, later):
        mark = person.now
        await person.start(payload)
        card = await with_button(person, "item:book", since=mark)
    await tap(person, card, f"item:book:{SALON}:link")
    await with_button(person, f"item:cancel:{SALON}", since=mark)
    assert await credited(brain, "booking") == [(f"link:{link.id}", f"link:{second.id}")]
    assert (f"link:{link.id}", f"link:{second.id}") in await credited(brain, "signal")
    async with brain.database.read() as session:
        came = await touches.came_of(session, "link", str(link.id))
        assert (came["first"]["booking"], came["last"].get("booking")) == (1, None)
    assert [each.opens for each in await rows(brain.database, Link)] == [2, 2]
    # A right that is used takes all of it back.
    async with brain.database.write() as session:
        await users.choose_personalisation(session, person.id, False, brain.clock())
    assert await rows(brain.database, Touch) == await rows(brain.database, Attribution) == []


async def test_a_touch_counts_for_thirty_days_and_for_its_item(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    _, payload = await made(brain, SALON)
    mark = person.now
    await person.start(payload)
    await with_button(person, "item:book", since=mark)
    async with brain.database.write() as session:
        old = brain.clock() - timedelta(days=30, minutes=1)
        await session.execute(update(Touch).values(touched_at=old))
    before = len(await rows(brain.database, Attribution))
    card = await open_item(person, SALON)  # the old, plain link carries nothing
    await tap(person, card, f"item:book:{SALON}:link")
    assert len(await rows(brain.database, Attribution)) == before
    assert await credited(brain, "booking") == []


@pytest.mark.parametrize("agrees", [True, False])
async def test_who_has_not_chosen_is_touched_only_once_they_agree(
    client: PlaygroundClient, brain: Brain, agrees: bool
) -> None:
    person = await client.persona(first_name="New", language_code="en")
    link, payload = await made(brain, SALON)
    await person.start(payload)
    question = await with_button(person, "consentl:1")
    assert await rows(brain.database, Touch) == []
    await tap(person, question, f"consentl:{agrees:d}:{payload}")
    found = await rows(brain.database, Touch)
    assert [(t.user_id, t.source_id) for t in found] == ([(person.id, str(link.id))] * agrees)
    card = await open_item(person, SALON)
    await tap(person, card, f"item:book:{SALON}:link")
    assert len(await credited(brain, "booking")) == agrees


async def test_a_forged_link_is_refused_and_not_logged(
    client: PlaygroundClient, brain: Brain, caplog: pytest.LogCaptureFixture
) -> None:
    person = await agreed(client)
    _, payload = await made(brain, SALON)
    forged = payload[:-1] + ("A" if payload[-1] != "A" else "B")
    for wrong in (forged, "go-1-abcdefghijkl", "go-", LinkCodec(b"t" * 32).write(1)):
        mark = person.now
        await person.start(wrong)
        await person.wait_text("was altered", since=mark)
        assert len(messages(person, mark)) <= 2
        assert wrong[3:] not in caplog.text or wrong == "go-"
    assert "isn't ours" in caplog.text
    assert await rows(brain.database, Touch) == []
    assert [link.opens for link in await rows(brain.database, Link)] == [0]


async def test_recommendations_and_invites_are_touches(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    mark = person.now
    await person.send("/recommend")
    teaser = await with_button(person, "item:open", since=mark)
    data = next(
        b["callback_data"]
        for row in teaser["reply_markup"]["inline_keyboard"]
        for b in row
        if b["callback_data"].startswith("item:open")
    )
    item = data.split(":")[2]
    await tap(person, teaser, data)
    (touch,) = await rows(brain.database, Touch)
    assert (touch.source, touch.item_id, touch.source_id.isdigit()) == (
        "recommendation",
        item,
        True,
    )
    async with brain.database.write() as session:
        campaign, _ = await campaigns.draft(session, ADMIN, SALON, {"kind": "all"}, brain.clock())
        await campaigns.launch(session, campaign.id, brain.clock())
    invite = await stale(pg, person, f"invite:open:{campaign.id}")
    assert await claim(brain.database, campaign.id, 10)
    await settle(brain.database, campaign.id, person.id, "sent", invite["message_id"])
    mark = person.now
    await tap(person, invite, f"invite:open:{campaign.id}")
    card = await with_button(person, "item:book", since=mark)
    await tap(person, card, f"item:book:{SALON}:c{campaign.id}")
    assert await credited(brain, "booking") == [(f"campaign:{campaign.id}",) * 2]
    booked = await rows(brain.database, Signal, Signal.verb == "booked")
    assert [signal.campaign_id for signal in booked] == [campaign.id]


def test_links_are_made_and_reported_on_from_the_command_line(run: Run) -> None:
    item = "salon"
    assert run("links", "create", item).exit_code == 1
    catalogue = (
        "items: [{id: salon, type: salon, title: {zh: 沙龙, en: Salon}, summary: {zh: 短, en: S},"
        " description: {zh: 长, en: L}}]"
    )
    Path("c.yaml").write_text(catalogue, encoding="utf-8")
    one(run("catalog", "import", "c.yaml", "--json"))
    link = one(run("links", "create", item, "Fair", "--json"))
    assert many(run("links", "list", "--json")) == [link]
    zero = {"orders": 0, "bookings": 0, "leads": 0}
    assert one(run("links", "report", "--json")) == link | {"opens": 0, "first": zero, "last": zero}
    key = Path("var/links.key")
    assert key.stat().st_mode & 0o777 == 0o600
    wrong = run("links", "list", CHEZHI_LINK_KEY="secret")
    assert wrong.exit_code == 1
    assert "CHEZHI_LINK_KEY" in wrong.stderr
    assert "secret" not in wrong.stderr
