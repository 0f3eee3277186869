"""Buying in Stars: invoice, pre-checkout, delivery once, refunds, and help with payments."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.shop import Shop
from bot.app import make_bot
from bot.messenger import TelegramMessenger
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from storage.models import Booking, Item, Order, Signal
from storage.repositories import rights
from tests.bot.acts import (
    TOKEN,
    Redelivery,
    agreed,
    button_texts,
    change_item,
    messages,
    open_item,
    rows,
    tap,
    verbs,
    with_button,
)
from tests.bot.conftest import ADMIN

COURSE, LIVE = "course-winter", "live-policy-reading"


async def invoice(person: Person, item: str) -> dict[str, Any]:
    card = await open_item(person, item)
    mark = person.now
    await tap(person, card, f"item:buy:{item}:link")
    found = await person.wait_for(lambda e: "invoice" in e.data.get("message", {}), since=mark)
    return dict(found.data["message"])


async def buy(person: Person, item: str) -> dict[str, Any]:
    """Buys, and waits for the thanks, which come after the delivery."""
    bill = await invoice(person, item)
    mark = person.now
    assert (await person.pay(bill))["ok"]
    return await person.wait_text("Payment received", since=mark)


async def order_of(brain: Brain, person: Person) -> Order:
    (order,) = await rows(brain.database, Order, Order.user_id == person.id)
    assert isinstance(order, Order)
    return order


def refunds(pg: Playground) -> list[str]:
    (bot,) = pg.world.bots.values()
    return [c for c, payment in bot.ledger.payments.items() if payment.refunded]


@pytest.mark.parametrize(("language", "thanks"), [("en", "Thank you for"), ("zh", "感谢购买")])
async def test_a_course_is_paid_delivered_and_read(
    client: PlaygroundClient, brain: Brain, language: str, thanks: str
) -> None:
    person = await agreed(client, language=language)
    bill = await invoice(person, "course-charging")
    assert (bill["invoice"]["currency"], bill["invoice"]["total_amount"]) == ("XTR", 240)
    mark = person.now
    assert (await person.pay(bill))["ok"]
    delivered = await person.wait_text(thanks, since=mark)
    order = await order_of(brain, person)
    assert (order.status, order.price_stars) == ("paid", 240)
    assert delivered["message_id"] == order.card_message_id
    assert (await verbs(brain.database, person))[-1] == "purchased course-charging"
    receipt = await with_button(person, "item:read", since=mark)
    await tap(person, receipt, "item:read:course-charging:my")
    shelf = await with_button(person, "lesson:")
    await tap(person, shelf, "lesson:course-charging:0")
    await person.wait_text("插着充电枪" if language == "zh" else "plugged in", since=mark)
    noted = await rows(brain.database, Signal, Signal.verb.in_(["progressed", "completed"]))
    assert [(s.verb, s.value) for s in noted] == [("progressed", 1.0), ("completed", None)]


async def test_reasons_of_a_refused_checkout(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    bill = await invoice(person, COURSE)
    again = await invoice(person, COURSE)
    await change_item(brain.database, COURSE, price_stars=151)
    assert "price has changed" in (await person.pay(bill))["error"]
    await change_item(brain.database, COURSE, price_stars=150, active=False)
    assert "no longer on offer" in (await person.pay(bill))["error"]
    await change_item(brain.database, COURSE, active=True)
    assert (await person.pay(bill))["ok"]
    assert "already have this" in (await person.pay(again))["error"]
    live = await invoice(person, LIVE)
    await change_item(brain.database, LIVE, seats_taken=8)
    assert "no seat left" in (await person.pay(live))["error"]
    past = brain.clock() - timedelta(seconds=1)
    await change_item(brain.database, LIVE, seats_taken=0, starts_at=past)
    assert "Already begun" in (await person.pay(live))["error"]
    (item,) = await rows(brain.database, Item, Item.id == LIVE)
    assert item.seats_taken == 0


async def test_what_is_owned_or_full_is_not_offered(client: PlaygroundClient, brain: Brain) -> None:
    person = await agreed(client)
    card, live = await open_item(person, COURSE), await open_item(person, LIVE)
    await buy(person, COURSE)
    assert "already have" in await tap(person, card, f"item:buy:{COURSE}:link")
    assert "Open" in button_texts(await open_item(person, COURSE))
    await change_item(brain.database, LIVE, seats_taken=8)
    assert "no seat left" in await tap(person, live, f"item:buy:{LIVE}:link")
    # What was taken off sale stays with its owner.
    await change_item(brain.database, COURSE, active=False)
    assert "Open" in button_texts(await open_item(person, COURSE))


async def test_a_payment_told_twice_delivers_once(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    twice = Redelivery(pg)
    await buy(person, COURSE)
    mark = person.now
    twice.repeat("message")
    # The same payment under another number, as after a move of the bot to a new server.
    (bot,) = pg.world.bots.values()
    bot.updates.push("message", _last_payment(pg, person), person.id)
    await person.send("/terms")
    await person.wait_text("Terms, in short", since=mark)
    assert len(messages(person, mark)) == 1
    assert (await verbs(brain.database, person)).count(f"purchased {COURSE}") == 1
    assert refunds(pg) == []


def _last_payment(pg: Playground, person: Person) -> Any:
    (chat,) = [chat for chat in pg.world.chats.values() if chat.id == person.id]
    return next(m for m in reversed(chat.messages.values()) if m.successful_payment)


async def test_a_paid_seat_is_cancelled_against_its_stars(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    await buy(person, LIVE)
    (item,) = await rows(brain.database, Item, Item.id == LIVE)
    assert item.seats_taken == 1
    card = await open_item(person, LIVE)
    assert {"Open", "Cancel my booking"} <= set(button_texts(card))
    mark = person.now
    assert "cancelled" in await tap(person, card, f"item:cancel:{LIVE}:link")
    await person.wait_text("⭐\u00a0120 for “Reading a Policy Together” were refunded", since=mark)
    (item,) = await rows(brain.database, Item, Item.id == LIVE)
    assert item.seats_taken == 0
    assert len(refunds(pg)) == 1
    assert (await order_of(brain, person)).status == "refunded"
    assert (await verbs(brain.database, person))[-2:] == [f"refunded {LIVE}", f"cancelled {LIVE}"]
    await buy(person, LIVE)


async def test_a_payment_that_came_too_late_for_its_seat_goes_back(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    bill = await invoice(person, LIVE)
    mark = person.now
    # Between checkout and payment the hold runs out and the last seats go to others.
    (bot,) = pg.world.bots.values()
    push = bot.updates.push

    def late(kind: str, body: Any, lane: int) -> None:
        if kind == "message":
            held.append((kind, body, lane))
        else:
            push(kind, body, lane)

    held: list[tuple[str, Any, int]] = []
    bot.updates.push = late  # type: ignore[method-assign]
    assert (await person.pay(bill))["ok"]
    bot.updates.push = push  # type: ignore[method-assign]
    order = await order_of(brain, person)
    async with brain.database.write() as session:
        row = await session.get_one(Order, order.id)
        row.status = "expired"
    await change_item(brain.database, LIVE, seats_taken=8)
    push(*held[0])
    await person.wait_text("could not deliver", since=mark)
    await person.send("/my")
    await person.wait_text("Nothing yet", since=mark)
    assert len(refunds(pg)) == 1
    assert (await order_of(brain, person)).status == "refunded"
    assert await rows(brain.database, Booking, Booking.user_id == person.id) == []


@pytest.mark.parametrize("fault", ["500", "gateway", "429"])
async def test_a_delivery_that_telegram_refused_is_made_up_for(
    client: PlaygroundClient, brain: Brain, pg: Playground, fault: str
) -> None:
    person = await agreed(client)
    bill = await invoice(person, COURSE)
    await client.fault(fault, method="editMessageText", times=1)
    mark = person.now
    assert (await person.pay(bill))["ok"]
    await person.wait_text("Payment received", since=mark)
    # What is to be tried again in a second is waited for; the rest is for the next round.
    assert ((await order_of(brain, person)).delivered_at is None) == (fault != "429")
    async with make_bot(TOKEN, pg.url) as bot:
        await Shop(TelegramMessenger(bot, brain.database), brain.database, brain.clock).settle_all()
    await person.wait_text("Thank you for buying", since=mark)
    assert (await order_of(brain, person)).delivered_at is not None


async def test_a_free_course_is_had_at_once(client: PlaygroundClient, brain: Brain) -> None:
    await change_item(brain.database, COURSE, price_stars=0)
    person = await agreed(client)
    card = await open_item(person, COURSE)
    mark = person.now
    await tap(person, card, f"item:get:{COURSE}:link")
    await person.wait_text("Thank you for buying", since=mark)
    assert f"enrolled {COURSE}" in await verbs(brain.database, person)


async def test_a_refund_made_elsewhere_takes_back_what_it_paid(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    await buy(person, COURSE)
    order = await order_of(brain, person)
    mark = person.now
    async with make_bot(TOKEN, pg.url) as elsewhere:
        await elsewhere.refund_star_payment(person.id, order.charge_id or "")
    await person.wait_text("were refunded", since=mark)
    assert (await order_of(brain, person)).status == "refunded"
    assert f"refunded {COURSE}" in await verbs(brain.database, person)
    mark = person.now
    await person.send("/my")
    shown = await person.wait_for(lambda e: e.name == "message", since=mark)
    assert COURSE not in str(shown.data)


async def test_paysupport_reaches_the_admins_and_they_answer(
    client: PlaygroundClient, brain: Brain
) -> None:
    person = await agreed(client, "<b>Ann")
    admin = await client.persona(ADMIN)
    await person.send("/paysupport")
    await person.wait_text("/paysupport The course does not open")
    await person.send("/paysupport it came <before> anybody")
    await person.wait_text("as soon as they are here")
    await admin.start()
    await buy(person, COURSE)
    order = await order_of(brain, person)
    mark = person.now
    await person.send("/paysupport")
    assert order.id in (await person.wait_text("Your orders", since=mark))["text"]
    await person.send("/paysupport it is <empty> & dark")
    await person.wait_text("our team has it", since=mark)
    await admin.wait_text("it came <before> anybody")
    request = await admin.wait_text("it is <empty> & dark")
    for part in ("<b>Ann", str(person.id), order.id):
        assert part in request["text"]
    await admin.send(f"/reply {person.id} Sorry! <3 It is mended.")
    await person.wait_text("Sorry! <3 It is mended.", since=mark)
    await person.send(f"/reply {ADMIN} hello")
    await person.wait_text("don't know this command", since=mark)
    for wrong in ("/reply", "/reply x y", f"/reply {10**30} y", "/reply 5 y"):
        seen = admin.now
        await admin.send(wrong)
        await admin.wait_text("/reply ID", since=seen)


async def test_terms_and_an_admins_refund(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    person = await agreed(client)
    await person.send("/terms")
    await person.wait_text("refunded in full")
    await buy(person, COURSE)
    order = await order_of(brain, person)
    admin = await client.persona(ADMIN)
    await admin.send(f"/refund {order.id}")
    await admin.wait_text("150")
    await person.wait_text("were refunded")
    assert len(refunds(pg)) == 1
    await with_button(person, "item:read")
    card = await open_item(person, COURSE)
    assert any("Buy for" in text for text in button_texts(card))


async def test_a_long_book_is_delivered(client: PlaygroundClient, brain: Brain) -> None:
    long = {"zh": "很长的一章。" * 1500, "en": "A long chapter. " * 700}
    await change_item(brain.database, COURSE, delivery=long)
    person = await agreed(client)
    await buy(person, COURSE)
    assert (await order_of(brain, person)).delivered_at is not None


@pytest.mark.parametrize(
    ("item", "first", "last"),
    [
        ("book-battery-notes", "1 What is inside a battery\n", "12 What an old battery is worth\n"),
        ("audio-adas-minutes", "1 Following\n", "12 Taking over\n"),
        (LIVE, "number 2208", "line 10 would apply?"),
    ],
)
async def test_every_part_of_what_was_bought_is_read(
    client: PlaygroundClient, brain: Brain, item: str, first: str, last: str
) -> None:
    person = await agreed(client)
    receipt = await buy(person, item)
    (row,) = await rows(brain.database, Item, Item.id == item)
    mark = person.now
    await tap(person, receipt, f"item:read:{item}:my")
    text = "\n".join(message["text"] for message in messages(person, mark))
    assert first in text
    assert last in text
    words = row.delivery["en"].split()
    assert text.split()[-len(words) :] == words


async def test_an_order_that_cannot_be_settled_holds_up_no_other(
    client: PlaygroundClient, brain: Brain, pg: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await agreed(client), await agreed(client)
    for person in (first, second):
        bill = await invoice(person, COURSE)
        await client.fault("500", method="editMessageText", times=1)
        mark = person.now
        await person.pay(bill)
        await person.wait_text("Payment received", since=mark)
    broken, settle = (await order_of(brain, first)).id, Shop.settle

    async def fails(shop: Shop, order_id: str) -> None:
        if order_id == broken:
            raise ValueError("something that nobody thought of")
        await settle(shop, order_id)

    monkeypatch.setattr(Shop, "settle", fails)
    async with make_bot(TOKEN, pg.url) as bot:
        await Shop(TelegramMessenger(bot, brain.database), brain.database, brain.clock).settle_all()
    assert (await order_of(brain, first)).delivered_at is None
    assert (await order_of(brain, second)).delivered_at is not None


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The round that settles what is owed goes every moment."""
    monkeypatch.setattr("bot.app.SETTLE_EVERY_S", 0.2)
    monkeypatch.setattr("bot.ledger.YOUNG", timedelta(0))


async def test_a_charge_of_a_person_who_deleted_their_data_is_paid_back(
    often: None, client: PlaygroundClient, pg: Playground, brain: Brain
) -> None:
    person = await agreed(client, "Ann")
    bill = await invoice(person, COURSE)
    # The deletion comes between the checkout and the payment, and the first refunds fail.
    await client.fault("slow", method="answerPreCheckoutQuery", times=1, seconds=0.5)
    await client.fault("500", method="refundStarPayment", times=7)
    paying = asyncio.create_task(person.pay(bill))
    await asyncio.sleep(0.2)
    async with brain.database.write() as session:
        await rights.erase(session, person.id)
    assert (await paying)["ok"]
    await person.wait_text("could not take the payment", within=20)
    assert len(refunds(pg)) == 1
    assert sum("could not take" in str(m) for m in messages(person)) == 1


async def test_a_payment_that_never_came_is_delivered_from_telegrams_own_list(
    often: None,
    client: PlaygroundClient,
    pg: Playground,
    brain: Brain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = await agreed(client, "Ann")
    bill = await invoice(person, COURSE)
    (bot,) = pg.world.bots.values()
    push = bot.updates.push
    monkeypatch.setattr(
        bot.updates,
        "push",
        lambda kind, body, lane: None if kind == "message" else push(kind, body, lane),
    )
    assert (await person.pay(bill))["ok"]
    await person.wait_text("✅")
    order = await order_of(brain, person)
    assert (order.status, refunds(pg)) == ("paid", [])
    # Charges of an older time, of which these orders know nothing, are left alone.
    old = bot.ledger.transactions[0].model_copy(
        update={"id": "old", "date": datetime(2020, 1, 1, tzinfo=UTC)}
    )
    bot.ledger.transactions.append(old)
    calls = len(await client.log(method="getStarTransactions"))
    while len(await client.log(method="getStarTransactions")) < calls + 3:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert await client.log(method="refundStarPayment") == []
    newest = (await client.log(method="getStarTransactions"))[-1]
    assert int(newest["params"]["offset"]) == 2, "what was seen is not read again"
