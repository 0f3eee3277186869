"""Free seats: booked, raced for, given back; and /my."""

import asyncio
from datetime import timedelta

from activities.draw_rows import DrawRow
from activities.draws import open_draw
from playground.client import PlaygroundClient
from services.brain import Brain
from storage.models import Booking, Deadline, Item
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    change_item,
    messages,
    open_item,
    rows,
    tap,
    verbs,
    with_button,
)
from tests.bot.draw_world import TERMS
from wording.texts import Texts

SALON, DRAW, GAME = "salon-first-car-shanghai", "draw-tyre-check", "game-range-guess"


async def taken(brain: Brain, item_id: str = SALON) -> int:
    (item,) = await rows(brain.database, Item, Item.id == item_id)
    return int(item.seats_taken)


async def test_a_seat_is_booked_shown_in_my_and_given_back(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client)
    await person.send("/my")
    await person.wait_text("Nothing yet")
    (item,) = await rows(brain.database, Item, Item.id == SALON)
    card = await open_item(person, SALON)
    mark = person.now
    assert "First-Car Tea" in await tap(person, card, f"item:book:{SALON}:link")
    ticket = await person.wait_text("You are booked", since=mark)
    assert Texts("en").when(item.starts_at) in ticket["text"]
    assert "Wutong Lane" in ticket["text"]
    refreshed = (await person.wait_for(lambda e: e.name == "edit", since=mark)).data["message"]
    assert "11 seats left" in refreshed["text"]
    assert "Cancel my booking" in button_texts(refreshed)
    assert await taken(brain) == 1
    mark = person.now
    await person.send("/my")
    mine = await with_button(person, "seat:show", since=mark)
    (shown,) = button_data(mine)
    await tap(person, mine, shown)
    again = await with_button(person, f"item:cancel:{SALON}", since=mark)
    assert "cancelled" in await tap(person, again, f"item:cancel:{SALON}:my")
    assert await taken(brain) == 0
    assert [v for v in await verbs(brain.database, person) if not v.startswith("viewed")] == [
        f"booked {SALON}",
        f"cancelled {SALON}",
    ]


async def test_of_two_who_want_the_last_seat_one_gets_it(
    client: PlaygroundClient, brain: Brain
) -> None:
    await change_item(brain.database, SALON, capacity=1)
    people = [await agreed(client, name) for name in ("Ann", "Bob")]
    cards = [await open_item(person, SALON) for person in people]
    taps = zip(people, cards, strict=True)
    toasts = await asyncio.gather(*(tap(p, card, f"item:book:{SALON}:link") for p, card in taps))
    assert sorted("no seat left" in toast for toast in toasts) == [False, True]
    (booking,) = await rows(brain.database, Booking)
    assert await taken(brain) == 1
    winner, loser = sorted(people, key=lambda person: person.id != booking.user_id)
    full = await open_item(loser, SALON)
    assert "Book a seat" not in button_texts(full)
    mine = await open_item(winner, SALON)
    await tap(winner, mine, f"item:cancel:{SALON}:link")
    free = await open_item(loser, SALON)
    assert "First-Car Tea" in await tap(loser, free, f"item:book:{SALON}:link")
    assert await taken(brain) == 1


async def test_a_double_tap_books_once(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    card = await open_item(person, SALON)
    mark = person.now
    first, second = [await person.click(card, f"item:book:{SALON}:link") for _ in range(2)]
    assert "First-Car Tea" in (await person.toast(first))["text"]
    assert "already" in (await person.toast(second))["text"]
    assert len(messages(person, mark)) == 1
    assert await taken(brain) == 1


async def test_what_has_begun_is_neither_booked_nor_cancelled(
    client: PlaygroundClient, brain: Brain
) -> None:
    ann, bob = await agreed(client, "Ann"), await agreed(client, "Bob")
    cards = [await open_item(person, SALON) for person in (ann, bob)]
    await tap(ann, cards[0], f"item:book:{SALON}:link")
    mine = await open_item(ann, SALON)
    past = brain.clock() - timedelta(minutes=1)
    await change_item(brain.database, SALON, starts_at=past)
    assert await tap(bob, cards[1], f"item:book:{SALON}:link") == "Already begun"
    assert await tap(ann, mine, f"item:cancel:{SALON}:link") == "Already begun"
    assert await taken(brain) == 1


async def test_a_draw_is_entered_once(client: PlaygroundClient, brain: Brain) -> None:
    for played in (DRAW, GAME):
        await change_item(brain.database, played, active=True)
    person = await agreed(client)
    card = await open_item(person, DRAW)
    assert "Take part" in button_texts(card)
    # Before it has rules nobody is promised anything.
    assert "rules of this draw aren't out" in await tap(person, card, f"item:book:{DRAW}:link")
    assert not await rows(brain.database, Booking)
    async with brain.database.write() as session:
        await open_draw(session, DRAW, DrawRow(**TERMS), brain.clock())
    mark = person.now
    await tap(person, card, f"item:book:{DRAW}:link")
    rules = await with_button(person, f"lot:enter:{DRAW}", since=mark)
    assert "You are in" in await tap(person, rules, f"lot:enter:{DRAW}")
    assert f"draw_entered {DRAW}" in await verbs(brain.database, person)
    assert f"item:cancel:{DRAW}:link" in button_data(await open_item(person, DRAW))
    # Nobody has to come to a draw: there is no ticket, no reminder, and nothing to rate afterwards.
    mark = person.now
    await person.send("/my")
    mine = await with_button(person, f"item:open:{DRAW}", since=mark)
    assert not any(data.startswith("seat:") for data in button_data(mine))
    (entry,) = await rows(brain.database, Booking, Booking.user_id == person.id)
    assert entry.code is None
    assert not await rows(brain.database, Deadline, Deadline.user_id == person.id)
    assert f"item:play:{GAME}:link" in button_data(await open_item(person, GAME))
