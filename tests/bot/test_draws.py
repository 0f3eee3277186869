"""A prize draw in the chat: rules accepted, told, proved, claimed, passed on."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from activities import fair_draw
from activities.draw_rows import DrawRow
from activities.draws import open_draw
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from playground.server import Playground
from services.brain import Brain
from storage.models import Booking, Draw, DrawAward, DrawEntry
from storage.repositories import bookings
from tests.bot.acts import (
    agreed,
    button_data,
    change_item,
    messages,
    open_item,
    rows,
    stale,
    tap,
    verbs,
    with_button,
)
from tests.bot.staff import ADMIN
from tests.bot.test_learning import file_of

DRAW = "draw-tyre-check"
TERMS: dict[str, Any] = {
    "rules": {"zh": "一人一次", "en": "Once each"},
    "prizes": [{"title": {"zh": "车模", "en": "Model car"}, "count": 1}],
    "claim_hours": 1,
    "reveal_minutes": 10,
}


class Ahead:
    """The bot's clock, which a test puts forward."""

    def __init__(self, brain: Brain) -> None:
        self.real, self.by = brain.clock, timedelta()
        brain.clock = self

    def __call__(self) -> Any:
        return self.real() + self.by


@pytest.fixture
def ahead(brain: Brain) -> Ahead:
    return Ahead(brain)


async def opened(brain: Brain, **changes: Any) -> None:
    await change_item(brain.database, DRAW, active=True)
    until = brain.clock() + timedelta(hours=5)
    async with brain.database.write() as session:
        row = DrawRow(**(TERMS | {"entries_until": until} | changes))
        await open_draw(session, DRAW, row, brain.clock())


async def entered(person: Person) -> str:
    """Enters; the ticket."""
    card = await open_item(person, DRAW)
    mark = person.now
    await tap(person, card, f"item:book:{DRAW}:link")
    rules = await with_button(person, f"lot:enter:{DRAW}", since=mark)
    assert "Once each" in rules["text"]
    mark = person.now
    assert "You are in" in await tap(person, rules, f"lot:enter:{DRAW}")
    told = (await person.wait_text("Your ticket", since=mark))["text"]
    assert "already" in await tap(person, rules, f"lot:enter:{DRAW}")
    return str(told).rpartition(" ")[2]


async def file(client: PlaygroundClient, person: Person, message: Json) -> dict[str, Any]:
    mark = person.now
    await tap(person, message, f"lot:file:{DRAW}")
    sent = await person.wait_for(
        lambda e: e.name == "message" and "document" in e.data["message"], since=mark
    )
    return dict(json.loads(await file_of(client, sent.data["message"])))


async def test_a_draw_from_the_rules_to_the_next_in_the_order(
    ahead: Ahead, pg: Playground, client: PlaygroundClient, brain: Brain
) -> None:
    await opened(brain)
    admin = await client.persona(ADMIN)
    await admin.start()
    people = [await agreed(client, name) for name in ("Ann", "Bob", "Cid")]
    tickets = {await entered(person): person for person in people}
    assert f"draw_entered {DRAW}" in await verbs(brain.database, people[0])
    # Whoever gives the seat back before the end is not in the list.
    left = await agreed(client, "Dan")
    await entered(left)
    await tap(left, await open_item(left, DRAW), f"item:cancel:{DRAW}:link")
    marks = {person.id: person.now for person in (*people, left)}
    ahead.by = timedelta(hours=6)
    for ticket, person in tickets.items():
        told = await person.wait_text("Entries are closed", since=marks[person.id])
        assert ticket in told["text"]
        (draw,) = await rows(brain.database, Draw)
        assert draw.list_hash in told["text"]
    assert not await rows(brain.database, DrawAward)
    ahead.by += timedelta(minutes=11)
    (award,) = await drawn(brain, 1)
    winner = tickets[award.ticket]
    won = await with_button(winner, f"lot:claim:{DRAW}", since=marks[winner.id])
    published = await file(client, winner, won)
    assert fair_draw.verify(published) == []
    assert sorted(published["tickets"]) == sorted(tickets)
    assert not messages(left, marks[left.id])
    for person in people:
        if person is not winner:
            await person.wait_text("was not among the first", since=marks[person.id])
    # The first declines, the second lets it pass, and the third takes it.
    await tap(winner, won, f"lot:decline:{DRAW}")
    old = await stale(pg, winner, f"lot:claim:{DRAW}")
    assert "over" in await tap(winner, old, f"lot:claim:{DRAW}")
    second = tickets[(await drawn(brain, 2))[1].ticket]
    offered = await with_button(second, f"lot:claim:{DRAW}", since=marks[second.id])
    ahead.by = timedelta(hours=8)
    third = tickets[(await drawn(brain, 3))[2].ticket]
    last = await with_button(third, f"lot:claim:{DRAW}", since=marks[third.id])
    assert "over" in await tap(second, offered, f"lot:claim:{DRAW}")
    mark = admin.now
    assert "yours" in await tap(third, last, f"lot:claim:{DRAW}")
    assert award.ticket not in (await admin.wait_text("车模 / Model car", since=mark))["text"]
    published = await file(client, third, last)
    assert fair_draw.verify(published) == []
    outcomes = [one["outcome"] for one in published["awards"]]
    assert outcomes == ["declined", "expired", "claimed"]
    assert await tap(left, await open_item(left, DRAW), f"lot:about:{DRAW}") == ""


async def test_who_entered_before_there_were_rules_reads_them_and_is_in(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    await change_item(brain.database, DRAW, active=True)
    async with brain.database.write() as session:
        assert await bookings.book(session, person.id, DRAW, brain.clock()) == "booked"
    mark = person.now
    await opened(brain)
    told = await person.wait_text("has rules now", since=mark)
    mark = person.now
    await tap(person, told, f"lot:about:{DRAW}")
    rules = await with_button(person, f"lot:enter:{DRAW}", since=mark)
    assert "You are in" in await tap(person, rules, f"lot:enter:{DRAW}")
    assert len(await rows(brain.database, DrawEntry)) == 1


async def drawn(brain: Brain, count: int) -> list[DrawAward]:
    async with asyncio.timeout(10):
        while len(found := await rows(brain.database, DrawAward)) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return sorted(found, key=lambda award: int(award.rank))


async def test_who_is_not_let_in_and_stale_buttons(
    ahead: Ahead, client: PlaygroundClient, brain: Brain
) -> None:
    await opened(brain, cities=["上海"])
    person = await agreed(client)
    card = await open_item(person, DRAW)
    mark = person.now
    await tap(person, card, f"item:book:{DRAW}:link")
    rules = await with_button(person, f"lot:enter:{DRAW}", since=mark)
    assert "上海" in rules["text"]
    assert "only for people" in await tap(person, rules, f"lot:enter:{DRAW}")
    assert not await rows(brain.database, Booking)
    ahead.by = timedelta(hours=6)
    assert "closed" in await tap(person, rules, f"lot:enter:{DRAW}")
    assert not await rows(brain.database, DrawEntry)
    mark = person.now
    await tap(person, card, f"lot:about:{DRAW}")
    shown = await with_button(person, f"lot:file:{DRAW}", since=mark)
    assert f"lot:enter:{DRAW}" not in button_data(shown)
