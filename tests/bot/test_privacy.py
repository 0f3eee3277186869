"""/privacy: what is kept, a copy of it, taking consent back, deletion."""

import json

from sqlalchemy import func, select

from playground.client import Person, PlaygroundClient
from playground.plain import Json
from playground.server import Playground
from services.brain import Brain
from storage.models import Base, Item, Order, Question, User
from tests.bot.acts import (
    agreed,
    button_data,
    button_texts,
    open_item,
    rows,
    tap,
    user,
    verbs,
    with_button,
)
from tests.bot.test_buying import buy, invoice, refunds

SALON, COURSE = "salon-first-car-shanghai", "course-winter"


async def busy(client: PlaygroundClient) -> Person:
    """Someone who has asked, liked, booked and bought."""
    person = await agreed(client)
    await person.send("When should brake fluid be changed?")
    answer = await with_button(person, "rate:")
    await tap(person, answer, button_data(answer)[-2])
    card = await open_item(person, SALON)
    await tap(person, card, f"item:like:{SALON}:link")
    await tap(person, card, f"item:book:{SALON}:link")
    await buy(person, COURSE)
    return person


async def overview(person: Person) -> Json:
    mark = person.now
    await person.send("/privacy")
    return await with_button(person, "privacy:", since=mark)


async def test_the_overview_counts_what_is_kept(client: PlaygroundClient, brain: Brain) -> None:
    person = await busy(client)
    noted = len(await verbs(brain.database, person))
    shown = await overview(person)
    assert f"I hold {noted} notes" in shown["text"]
    assert "and 1 question." in shown["text"]
    assert "Personal suggestions: on" in shown["text"]


async def test_the_copy_is_a_file_with_all_of_it(client: PlaygroundClient, brain: Brain) -> None:
    person = await busy(client)
    shown = await overview(person)
    await tap(person, shown, "privacy:export")
    sent = (await person.wait_for(lambda e: "document" in e.data.get("message", {}))).data
    assert sent["message"]["document"]["file_name"] == f"chezhi-{person.id}.json"
    file_id = sent["message"]["document"]["file_id"]
    async with client.session.get(f"{client._url}/api/files/{file_id}") as response:
        data = json.loads(await response.read())
    assert data["users"][0]["first_name"] == "Ann"
    assert data["questions"][0]["text"] == "When should brake fluid be changed?"
    assert data["orders"][0]["item_id"] == COURSE
    assert data["bookings"][0]["item_id"] == SALON
    assert len(data["signals"]) == len(await verbs(brain.database, person))


async def test_deleting_leaves_no_row_and_gives_the_seat_back(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await busy(client)
    shown = await overview(person)
    await tap(person, shown, "privacy:delete")
    await tap(person, shown, "privacy:keep")
    assert (await user(brain.database, person)).id == person.id
    await tap(person, shown, "privacy:delete")
    await tap(person, shown, "privacy:delete-yes")
    await person.wait_text("Everything is deleted")
    async with brain.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if column.name == "user_id":
                    count = select(func.count()).select_from(table).where(column == person.id)
                    assert await session.scalar(count) == 0, table.name
        assert await session.get(User, person.id) is None
        assert (await session.get_one(Item, SALON)).seats_taken == 0
    mark = person.now
    await person.start()
    await person.wait_text("Your data, your choice", since=mark)


async def test_a_deletion_says_what_is_lost_and_keeps_the_books_without_a_name(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await busy(client)
    shown = await overview(person)
    mark = person.now
    await tap(person, shown, "privacy:delete")
    asked = (await person.wait_text("Are you sure?", since=mark))["text"]
    assert "isn't paid back" in asked
    async with brain.database.read() as session:
        for item in (COURSE, SALON):
            assert (await session.get_one(Item, item)).title["en"] in asked
    await tap(person, shown, "privacy:delete-yes")
    await person.wait_text("Everything is deleted")
    (order,) = await rows(brain.database, Order)
    assert order.status == "paid"
    assert order.charge_id
    assert (order.user_id, order.card_message_id) == (None, None)


async def test_an_invoice_of_before_the_deletion_is_worthless(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    bill = await invoice(person, COURSE)
    shown = await overview(person)
    await tap(person, shown, "privacy:delete")
    await tap(person, shown, "privacy:delete-yes")
    assert "can't be paid any more" in (await person.pay(bill))["error"]
    assert await rows(brain.database, Order) == []
    assert refunds(pg) == []


async def test_taking_consent_back_forgets_behaviour_but_no_contract(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await busy(client)
    shown = await overview(person)
    mark = person.now
    await tap(person, shown, "privacy:personalisation-off")
    assert await verbs(brain.database, person) == [f"booked {SALON}", f"purchased {COURSE}"]
    (question,) = await rows(brain.database, Question)
    assert question.embedding is None
    edited = await person.wait_text("Personal suggestions: off", since=mark)
    # Invites come only with personal suggestions.
    assert "Invites to events: off" in edited["text"]
    assert not any("invite" in text.lower() for text in button_texts(edited))
    await tap(person, shown, "privacy:personalisation-on")
    row = await user(brain.database, person)
    assert row.personalisation is True


async def test_invites_are_turned_off_and_on(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    shown = await overview(person)
    await tap(person, shown, "privacy:invites-off")
    assert (await user(brain.database, person)).invites is False
    assert await verbs(brain.database, person) == ["opted_out all"]
    await tap(person, shown, "privacy:invites-on")
    assert (await user(brain.database, person)).invites is True
