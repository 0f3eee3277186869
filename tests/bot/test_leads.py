"""A test drive's lead: agreed to, handed over, worked on by its dealer, taken back."""

from datetime import timedelta

import pytest
from aiogram.types import Contact
from sqlalchemy import update

from activities.leads import take_back
from playground.client import Person, PlaygroundClient
from playground.person import Person as Acting
from playground.plain import Json
from playground.server import Playground
from services.brain import Brain
from services.settings import Settings
from storage.models import Deadline, Lead, LeadChange, LeadRead, Signal
from storage.repositories import dealers, users
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
from tests.bot.conftest import ADMIN

DRIVE = "drive-starlan-shanghai"
STARLAN = {"id": "starlan", "name": {"zh": "星澜滨江店", "en": "Starlan Riverside"}}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.make_key_file()
    return settings


@pytest.fixture
async def dealer(client: PlaygroundClient, brain: Brain) -> Person:
    """A dealer whose test drive is on offer, made one by an admin."""
    async with brain.database.write() as session:
        await dealers.save(session, [STARLAN | {"city": "上海", "brand": None}], {})
    await change_item(brain.database, DRIVE, dealer_id="starlan")
    person = await client.persona(first_name="Dora", language_code="en")
    await person.start()
    await with_button(person, "consent:1")
    admin = await client.persona(ADMIN)
    await admin.send(f"/role {person.id} dealer Starlan Riverside")
    await admin.wait_text("dealer (")
    return person


async def booked(client: PlaygroundClient, name: str = "Ann") -> tuple[Person, Json]:
    """Somebody who booked, and the question whether the dealer may call."""
    person = await agreed(client, name)
    card = await open_item(person, DRIVE)
    mark = person.now
    await tap(person, card, f"item:book:{DRIVE}:link")
    return person, await with_button(person, "lo:agree", since=mark)


async def handed(client: PlaygroundClient, name: str = "Ann") -> tuple[Person, int]:
    """The same, who agreed and shared their contact; the lead's number."""
    person, question = await booked(client, name)
    mark = person.now
    await tap(person, question, f"lo:agree:{DRIVE}:1")
    await person.wait_text("Send my phone number", since=mark)
    await person.contact()
    receipt = await with_button(person, "lead:back", since=mark)
    (data,) = button_data(receipt)
    return person, int(data.split(":")[2])


async def opened(dealer: Person, lead: int, since: int = 0) -> Json:
    """The lead's card on the dealer's screen, from its notice."""
    notice = await with_button(dealer, f"lead:open:{lead}", since=since)
    mark = dealer.now
    await tap(dealer, notice, f"lead:open:{lead}::0")
    return await with_button(dealer, f"lead:mark:{lead}", since=mark)


def phone_of(person: Person) -> str:
    return f"+1555{person.id:07d}"


async def lead_row(brain: Brain, lead: int) -> Lead:
    (row,) = await rows(brain.database, Lead, Lead.id == lead)
    assert isinstance(row, Lead)
    return row


async def test_who_gets_a_seat_from_the_line_is_asked_like_who_booked_it(
    client: PlaygroundClient, brain: Brain, dealer: Person
) -> None:
    await change_item(brain.database, DRIVE, capacity=1)
    ann, _ = await booked(client)
    bob = await agreed(client, "Bob")
    await tap(bob, await open_item(bob, DRIVE), f"item:wait:{DRIVE}:link")
    mark = bob.now
    await tap(ann, await open_item(ann, DRIVE), f"item:cancel:{DRIVE}:link")
    offered = await with_button(bob, "wait:yes", since=mark)
    await tap(bob, offered, next(d for d in button_data(offered) if d.startswith("wait:yes")))
    assert "Starlan Riverside" in (await with_button(bob, "lo:agree", since=mark))["text"]


async def test_a_lead_goes_from_the_booking_to_the_dealer_with_each_step_shown_and_kept(
    client: PlaygroundClient, brain: Brain, dealer: Person, settings: Settings
) -> None:
    person, question = await booked(client)
    assert "Starlan Riverside" in question["text"]
    assert "name and phone number" in question["text"]
    assert await rows(brain.database, Lead) == []
    mark = person.now
    await person.contact()
    await person.wait_text("I can read text", since=mark)  # agreed to nothing yet
    await tap(person, question, f"lo:agree:{DRIVE}:1")
    await person.wait_text("your own number", since=mark)
    shown = await person.wait_event("reply_keyboard", since=mark)
    keyboard = shown["markup"]["keyboard"]
    assert [key.get("request_contact") for (key,) in keyboard] == [True, None]
    (lead,) = await rows(brain.database, Lead)
    assert (lead.status, lead.phone) == ("agreed", None)
    assert (lead.consent_version, lead.consent_text) == ("1", question["text"])
    mark = person.now
    await person.send("+86 138 0013 8000")
    await person.wait_text("don't take typed numbers", since=mark)
    mark = person.now
    await person.contact()
    receipt = await person.wait_text("has it now", since=mark)
    assert phone_of(person) not in receipt["text"]
    assert (await person.wait_event("reply_keyboard", since=mark))["markup"] is None
    card = await opened(dealer, lead.id)
    assert phone_of(person) in card["text"]
    assert "Ann" in card["text"]
    assert [row.by_id for row in await rows(brain.database, LeadRead)] == [dealer.id]
    mark = dealer.now
    await dealer.send("/leads")
    overview = await with_button(dealer, "leads:new", since=mark)
    await tap(dealer, overview, "leads:new:0")
    listed = await with_button(dealer, f"lead:open:{lead.id}", since=mark)
    assert phone_of(person) not in str(listed)
    raw = b"".join(file.read_bytes() for file in settings.data_dir.glob("chezhi.db*"))
    for secret in (phone_of(person)[1:], "13800138000", "138 0013 8000"):
        assert secret.encode() not in raw


async def test_only_the_senders_own_contact_is_taken(
    client: PlaygroundClient, brain: Brain, dealer: Person, pg: Playground
) -> None:
    person, question = await booked(client)
    await tap(person, question, f"lo:agree:{DRIVE}:1")
    await person.wait_text("Send my phone number")
    with_others = {"phone_number": "+8613800138000", "first_name": "Bob"}
    for contact, told in (
        (Contact(**with_others, user_id=dealer.id), "not your own number"),
        (Contact(**with_others), "not your own number"),
        (Contact(**with_others | {"phone_number": "soon"}, user_id=person.id), "can't read"),
    ):
        mark = person.now
        share(pg, person, contact)
        await person.wait_text(told, since=mark)
    (lead,) = await rows(brain.database, Lead)
    assert (lead.status, lead.phone) == ("agreed", None)
    mark = person.now
    await person.send("Never mind")
    await person.wait_text("nothing was handed over", since=mark)
    assert await rows(brain.database, Lead) == []
    mark = person.now
    await person.contact()
    await person.wait_text("I can read text", since=mark)


def share(pg: Playground, person: Person, contact: Contact) -> None:
    """A contact that an app sends which is not the playground's own."""
    (bot,) = pg.world.bots.values()
    chat = pg.world.chat(bot, pg.world.personas[person.id])
    Acting(pg.world, bot, chat)._say(contact=contact)


async def test_what_is_agreed_to_holds_for_an_hour_and_for_a_booking(
    client: PlaygroundClient, brain: Brain, dealer: Person, pg: Playground
) -> None:
    person, question = await booked(client)
    await tap(person, question, f"lo:agree:{DRIVE}:1")
    await person.wait_text("Send my phone number")
    async with brain.database.write() as session:
        old = update(Lead).values(consented_at=brain.clock() - timedelta(hours=2))
        await session.execute(old)
    mark = person.now
    await person.contact()
    await person.wait_text("I can read text", since=mark)
    other = await stale(pg, person, f"lo:agree:{DRIVE}:0")
    mark = person.now
    await tap(person, other, f"lo:agree:{DRIVE}:0")
    await with_button(person, f"lo:agree:{DRIVE}:1", since=mark)  # the words of today
    card = await open_item(person, DRIVE)
    await tap(person, card, f"item:cancel:{DRIVE}:link")
    assert "not booked it" in await tap(person, question, f"lo:agree:{DRIVE}:1")
    mark = person.now
    await tap(person, question, f"lo:decline:{DRIVE}:1")
    assert "nothing was handed over" in (await person.wait_text("All right", since=mark))["text"]


async def test_a_dealer_marks_with_one_tap_and_undoes_it(
    client: PlaygroundClient, brain: Brain, dealer: Person
) -> None:
    person, lead = await handed(client)
    card = await opened(dealer, lead)

    async def mark_(to: str) -> Json:
        mark = dealer.now
        assert await tap(dealer, card, f"lead:mark:{lead}:{to}:0") == "Noted"
        return await with_button(dealer, "lead:undo", since=mark)

    shown = await mark_("drove")
    assert "Drove" in shown["text"]
    assert f"test_driven {DRIVE}" in await verbs(brain.database, person)
    assert "marked so" in await tap(dealer, card, f"lead:mark:{lead}:drove:0")
    undo = next(d for d in button_data(shown) if d.startswith("lead:undo"))
    assert await tap(dealer, card, undo) == "Undone"
    assert (await lead_row(brain, lead)).status == "new"
    assert f"test_driven {DRIVE}" not in await verbs(brain.database, person)
    await mark_("drove")
    shown = await mark_("reached")  # another tap puts it right, too
    assert f"test_driven {DRIVE}" not in await verbs(brain.database, person)
    async with brain.database.write() as session:
        await session.execute(
            update(LeadChange).values(made_at=brain.clock() - timedelta(seconds=61))
        )
    undo = next(d for d in button_data(shown) if d.startswith("lead:undo"))
    assert "over a minute ago" in await tap(dealer, card, undo)
    changes = await rows(brain.database, LeadChange)
    assert [(c.by_id, c.status, c.undoes is not None) for c in changes] == [
        (dealer.id, "drove", False),
        (dealer.id, "drove", True),
        (dealer.id, "drove", False),
        (dealer.id, "reached", False),
    ]


async def test_an_order_asks_for_its_amount(
    client: PlaygroundClient, brain: Brain, dealer: Person
) -> None:
    person, lead = await handed(client)
    card = await opened(dealer, lead)
    mark = dealer.now
    await tap(dealer, card, f"lead:mark:{lead}:ordered:0")
    await with_button(dealer, "lead:skip", since=mark)
    assert (await lead_row(brain, lead)).amount is None
    mark = dealer.now
    await dealer.send("about 300 thousand")
    await dealer.wait_text("can't read this amount", since=mark)
    await dealer.send("25.8万")
    await dealer.wait_text("¥258,000", since=mark)
    (signal,) = await rows(brain.database, Signal, Signal.verb == "ordered")
    assert (signal.user_id, signal.object_id, signal.value) == (person.id, DRIVE, 258_000)
    mark = dealer.now
    await tap(dealer, card, f"lead:mark:{lead}:lost:0")
    await dealer.wait_for(lambda e: "✓ Lost" in str(e.data), since=mark)
    assert await rows(brain.database, Signal, Signal.verb == "ordered") == []


@pytest.mark.parametrize("how", ["button", "deletion", "command"])
async def test_what_is_taken_back_disappears_from_the_dealer(
    client: PlaygroundClient,
    brain: Brain,
    dealer: Person,
    how: str,
    settings: Settings,
    pg: Playground,
) -> None:
    person, lead = await handed(client)
    card = await opened(dealer, lead)
    phone = phone_of(person)
    assert phone in card["text"]
    mark = person.now
    if how == "button":
        await person.send("/my")
        mine = await with_button(person, f"lead:back:{lead}", since=mark)
        assert "Starlan Riverside" in mine["text"]
        assert "Taken back" in await tap(person, mine, f"lead:back:{lead}::0")
        again = await stale(pg, person, f"lead:back:{lead}::0")
        assert "No dealer" in await tap(person, again, f"lead:back:{lead}::0")
        row = await lead_row(brain, lead)
        assert (row.status, row.name, row.phone, row.phone_lookup) == ("withdrawn", *[None] * 3)
    elif how == "deletion":
        await person.send("/privacy")
        shown = await with_button(person, "privacy:leads", since=mark)
        await tap(person, shown, "privacy:delete")
        sure = await with_button(person, "privacy:delete-yes", since=mark)
        await tap(person, sure, "privacy:delete-yes")
    else:
        async with brain.database.write() as session:
            await take_back(session, person.id, brain.clock())
    ids = {card["message_id"]}
    gone = await dealer.wait_for(
        lambda e: (
            e.name == "edit"
            and e.data["message"]["message_id"] in ids
            and "taken back by its person" in e.data["message"]["text"]
        )
    )
    assert button_data(gone.data["message"]) == []
    mark = dealer.now
    await dealer.send("/leads")
    await dealer.wait_text("no leads yet", since=mark)
    raw = b"".join(file.read_bytes() for file in settings.data_dir.glob("chezhi.db*"))
    assert phone[1:].encode() not in raw


async def test_a_dealer_sees_only_their_own(
    client: PlaygroundClient, brain: Brain, dealer: Person, pg: Playground
) -> None:
    _, lead = await handed(client)
    async with brain.database.write() as session:
        other = STARLAN | {"id": "yun", "name": {"zh": "云", "en": "Yun"}, "city": None}
        await dealers.save(session, [other | {"brand": None}], {})
    others = await agreed(client, "Eve")
    admin = await client.persona(ADMIN)
    mark = admin.now
    await admin.send(f"/role {others.id} dealer nobody")
    assert "starlan" in (await admin.wait_text("nobody", since=mark))["text"]
    old = await stale(pg, others, f"lead:open:{lead}::0", f"lead:mark:{lead}:lost:0")
    mark = others.now
    await others.send("/leads")
    await others.wait_text("don't know this command", since=mark)
    await tap(others, old, f"lead:open:{lead}::0")
    mark = admin.now
    await admin.send(f"/role {others.id} dealer yun")
    await admin.wait_text("dealer (", since=mark)
    assert "no such lead" in await tap(others, old, f"lead:open:{lead}::0")
    await tap(others, old, f"lead:mark:{lead}:lost:0")
    mark = others.now
    await others.send("/leads")
    await others.wait_text("no leads yet", since=mark)
    assert (await lead_row(brain, lead)).status == "new"
    assert await rows(brain.database, LeadRead) == []
    mark = admin.now
    await admin.send(f"/role {dealer.id} user")
    await admin.wait_text(f"{dealer.id} 现在是 user", since=mark)
    mark = dealer.now
    await dealer.send("/leads")
    await dealer.wait_text("don't know this command", since=mark)


async def test_the_untouched_are_reminded_of_once(
    client: PlaygroundClient, brain: Brain, dealer: Person
) -> None:
    _, first = await handed(client, "Ann")
    _, second = await handed(client, "Bob")
    card = await opened(dealer, second)
    await tap(dealer, card, f"lead:mark:{second}:reached:0")
    mark = dealer.now
    async with brain.database.write() as session:
        await session.execute(
            update(Deadline)
            .where(Deadline.kind == "lead-untouched")
            .values(due_at=brain.clock() - timedelta(hours=1))
        )
    reminder = await dealer.wait_text("waited for a day", since=mark)
    assert f"#{first}" in reminder["text"]
    found = await rows(brain.database, Deadline, Deadline.kind == "lead-untouched")
    assert {(row.about, row.state) for row in found} - {(str(first), "taken")} <= {
        (str(first), "done"),
        (str(second), "dropped"),
    }


async def test_outcomes_of_who_declined_a_profile_are_no_signals(
    client: PlaygroundClient, brain: Brain, dealer: Person
) -> None:
    person, lead = await handed(client)
    async with brain.database.write() as session:
        await users.choose_personalisation(session, person.id, False, brain.clock())
    card = await opened(dealer, lead)
    await tap(dealer, card, f"lead:mark:{lead}:drove:0")
    assert (await lead_row(brain, lead)).status == "drove"
    assert "test_driven" not in str(await verbs(brain.database, person))


async def test_without_a_key_nobody_is_asked(
    client: PlaygroundClient, brain: Brain, dealer: Person, caplog: pytest.LogCaptureFixture
) -> None:
    brain.database.unlock(None)
    person = await agreed(client)
    card = await open_item(person, DRIVE)
    mark = person.now
    await tap(person, card, f"item:book:{DRIVE}:link")
    await person.send("/my")
    await with_button(person, "seat:show", since=mark)
    assert "lo:agree" not in str(messages(person, mark))
    assert "chezhi db make-key" in caplog.text
