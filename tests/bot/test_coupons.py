"""Coupons in the chat: looked at, kept, used, given back, and fair by rule."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

import activities
from activities import coupon_file, coupons
from activities.coupon_file import CouponRow
from activities.shop import Invoice, Shop
from playground.client import Person, PlaygroundClient
from playground.server import Playground
from services.brain import Brain
from services.messenger import What
from services.people import Person as Acting
from services.recent import Recent
from storage.models import Booking, Coupon, CouponHolder, Item, Order
from storage.repositories import users
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
from tests.bot.test_buying import invoice, order_of, refunds

COURSE, LIVE = "course-winter", "live-policy-reading"
TITLE = {"zh": "冬季券", "en": "Winter coupon"}
ROOT = Path(str(activities.__file__)).parent.parent


async def cut(brain: Brain, code: str = "WINTER", **rule: Any) -> None:
    row = CouponRow.model_validate({"code": code, "title": TITLE} | (rule or {"percent": 20}))
    async with brain.database.write() as session:
        await coupon_file.save(session, [row], brain.clock())


async def keep(person: Person, code: str = "WINTER") -> dict[str, Any]:
    mark = person.now
    await person.send(f"/coupon {code.lower()}")
    card = await with_button(person, f"coupon:keep:{code}", since=mark)
    await tap(person, card, f"coupon:keep:{code}")
    return card


async def uses(brain: Brain, code: str = "WINTER") -> int:
    (row,) = await rows(brain.database, Coupon, Coupon.code == code)
    return int(row.uses)


@pytest.mark.parametrize(
    ("language", "rule", "order"),
    [
        ("en", ["−20%", "Winter coupon", "WINTER", "Once a person"], "less ⭐\u00a030"),
        ("zh", ["−20%", "冬季券", "WINTER", "每人可用 1 次"], "减 ⭐\u00a030"),
    ],
)
async def test_a_coupon_is_read_kept_and_used(
    client: PlaygroundClient, brain: Brain, language: str, rule: list[str], order: str
) -> None:
    await cut(brain)
    person = await agreed(client, language=language)
    mark = person.now
    await person.start("c_WINTER")
    card = await with_button(person, "coupon:keep:WINTER", since=mark)
    assert all(part in card["text"] for part in rule)
    await tap(person, card, "coupon:keep:WINTER")
    mark = person.now
    bill = await invoice(person, COURSE)
    assert bill["invoice"]["total_amount"] == 120
    assert "WINTER" in bill["invoice"]["description"]
    (shown,) = [m for m in messages(person, mark) if "WINTER" in m.get("text", "")]
    assert all(part in shown["text"] for part in ("⭐\u00a0150", order, "⭐\u00a0120"))
    assert button_data(shown) == ["coupon:rule:WINTER"]
    assert (await person.pay(bill))["ok"]
    await person.wait_text("Payment received" if language == "en" else "已收到", since=mark)
    bought = await order_of(brain, person)
    assert (bought.price_stars, bought.taken_off, bought.status) == (120, 30, "paid")
    assert await uses(brain) == 1
    # What is used up is offered no more: the next thing costs what it costs.
    assert (await invoice(person, "course-charging"))["invoice"]["total_amount"] == 240


async def test_a_coupon_is_put_away_again(client: PlaygroundClient, brain: Brain) -> None:
    await cut(brain)
    person = await agreed(client)
    card = await keep(person)
    mark = person.now
    await person.send("/my")
    mine = await with_button(person, "coupon:rule:WINTER", since=mark)
    assert "🎟 Winter coupon · −20%" in button_texts(mine)
    await tap(person, card, "coupon:drop:WINTER")
    assert (await invoice(person, COURSE))["invoice"]["total_amount"] == 150
    mark = person.now
    await person.send("/coupon")
    await person.wait_text("You keep no coupon", since=mark)


async def test_what_costs_nothing_is_delivered_without_an_invoice(
    client: PlaygroundClient, brain: Brain
) -> None:
    await cut(brain, free=True, items=[COURSE])
    person = await agreed(client)
    await keep(person)
    card = await open_item(person, COURSE)
    mark = person.now
    await tap(person, card, f"item:buy:{COURSE}:link")
    thanks = await person.wait_text("with nothing to pay", since=mark)
    assert button_data(thanks) == [f"item:read:{COURSE}:my"]
    assert not [m for m in messages(person, mark) if "invoice" in m]
    bought = await order_of(brain, person)
    assert (bought.price_stars, bought.taken_off, bought.charge_id) == (0, 150, None)
    assert bought.delivered_at is not None
    (delivered,) = [
        e.data["message"] for e in person.seen[mark:] if e.name == "edit" and "Thank you" in str(e)
    ]
    assert delivered["message_id"] == bought.card_message_id
    assert "already have" in await tap(person, card, f"item:buy:{COURSE}:link")
    assert (await verbs(brain.database, person)).count(f"purchased {COURSE}") == 1


async def test_a_free_seat_that_is_cancelled_gives_the_coupon_back(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    await cut(brain, stars=500, types=["live"], total=1)
    person = await agreed(client)
    await keep(person)
    card = await open_item(person, LIVE)
    await tap(person, card, f"item:buy:{LIVE}:link")
    assert await uses(brain) == 1
    card = await open_item(person, LIVE)
    mark = person.now
    assert "cancelled" in await tap(person, card, f"item:cancel:{LIVE}:link")
    await person.wait_text("the coupon can be used again", since=mark)
    assert await uses(brain) == 0
    (item,) = await rows(brain.database, Item, Item.id == LIVE)
    assert (item.seats_taken, refunds(pg)) == (0, [])
    await tap(person, await open_item(person, LIVE), f"item:buy:{LIVE}:link")
    assert [b.status for b in await rows(brain.database, Booking)] == ["cancelled", "booked"]
    assert await uses(brain) == 1


async def test_a_refund_gives_stars_and_coupon_back(
    client: PlaygroundClient, brain: Brain, pg: Playground
) -> None:
    await cut(brain, percent=50)
    person = await agreed(client)
    await keep(person)
    mark = person.now
    assert (await person.pay(await invoice(person, LIVE)))["ok"]
    await person.wait_text("Payment received", since=mark)
    card, mark = await open_item(person, LIVE), person.now
    await tap(person, card, f"item:cancel:{LIVE}:link")
    await person.wait_text("⭐\u00a060 for", since=mark)
    assert (len(refunds(pg)), await uses(brain)) == (1, 0)
    assert (await invoice(person, LIVE))["invoice"]["total_amount"] == 60


async def test_reasons_of_a_refused_checkout(client: PlaygroundClient, brain: Brain) -> None:
    await cut(brain, percent=20, total=1)
    ann, bob = await agreed(client), await agreed(client, "Bob")
    bills = []
    for person in (ann, bob):
        await keep(person)
        bills.append(await invoice(person, COURSE))
    await change_item(brain.database, COURSE, price_stars=151)
    assert "price has changed" in (await ann.pay(bills[0]))["error"]
    await change_item(brain.database, COURSE, price_stars=150)
    await cut(brain, percent=30, total=1)
    assert "price has changed" in (await ann.pay(bills[0]))["error"]
    await cut(brain, percent=20, total=1)
    assert (await ann.pay(bills[0]))["ok"]
    assert "coupon of this order" in (await bob.pay(bills[1]))["error"]
    # Opened anew, it costs what it costs without.
    assert (await invoice(bob, COURSE))["invoice"]["total_amount"] == 150
    assert await uses(brain) == 1


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"percent": 20, "active": False}, "isn't given any more"),
        ({"percent": 20, "until": -1}, "has run out"),
        ({"percent": 20, "from": 1}, "can't be used yet"),
        ({"stars": 5, "users": [901]}, "given to others"),
        ({"free": True, "total": 0}, "All of its uses are taken"),
    ],
)
async def test_the_rule_is_shown_to_whoever_asks_and_says_why_not(
    client: PlaygroundClient, brain: Brain, rule: dict[str, Any], told: str
) -> None:
    for name in ("from", "until"):
        if name in rule:
            when = brain.clock() + timedelta(days=rule[name])
            rule = {k: v for k, v in rule.items() if k != name} | {f"valid_{name}": when}
    await cut(brain, types=["course"], **rule)
    person = await agreed(client)
    mark = person.now
    await person.send("/coupon winter")
    card = await person.wait_text(told, since=mark)
    assert all(part in card["text"] for part in ("WINTER", "For: Course", "Nothing that is known"))
    assert ("coupon:keep:WINTER" in button_data(card)) == ("from" in str(rule))
    assert (await invoice(person, COURSE))["invoice"]["total_amount"] == 150
    await person.send("/coupon NO<SUCH>")
    await person.wait_text("There is no coupon NO<SUCH>", since=mark)


async def test_a_coupon_for_named_people_is_theirs_at_once_and_is_forgotten_with_them(
    client: PlaygroundClient, brain: Brain
) -> None:
    person, other = await agreed(client), await agreed(client, "Bob")
    await cut(brain, "FORANN", percent=50, users=[person.id])
    await cut(brain, percent=20)
    await keep(person)
    await keep(other)
    # The better of two.
    assert (await invoice(person, COURSE))["invoice"]["total_amount"] == 75
    assert (await invoice(other, COURSE))["invoice"]["total_amount"] == 120
    held = await rows(brain.database, CouponHolder, CouponHolder.user_id == person.id)
    assert {one.code for one in held} == {"FORANN", "WINTER"}


PRICE_PATHS = (
    "activities/coupons.py",
    "activities/shop.py",
    "storage/repositories/coupons.py",
    "storage/repositories/orders.py",
)
# What is held of a person beyond who they are, and what is made of it.
OF_A_PERSON = {"recsys", "services.recommending", "services.behaviour", "campaigns"}
PERSONAL = {
    "personalisation", "topics", "city", "car", "segment", "profile", "telegram_language", "agreed"
}  # fmt: skip


@pytest.mark.parametrize("path", PRICE_PATHS)
def test_no_price_path_can_read_a_profile(path: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    imported = {
        f"{node.module}.{name.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert not [one for one in imported if any(one.startswith(n) for n in OF_A_PERSON)]
    assert not imported & {f"storage.models.{n}" for n in ("Signal", "ShownList", "TagOverride")}
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not named & PERSONAL


class Silent:
    """Sends nothing, and keeps what it was given."""

    def __init__(self) -> None:
        self.bills: list[Invoice] = []

    async def send(self, _to: int, what: What) -> int:
        self.bills += [what] if isinstance(what, Invoice) else []
        return 1


@contextmanager
def tables_read(brain: Brain) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    engine = brain.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_price_is_the_same_whoever_asks_and_reads_nothing_of_them(brain: Brain) -> None:
    await cut(brain, percent=30)
    people: list[dict[str, Any]] = [
        {"personalisation": True, "topics": ["ev"], "city": "北京", "car": "owns"},
        {"personalisation": True, "topics": ["winter"], "city": "上海", "car": "plans"},
        {"personalisation": False, "telegram_language": "zh"},
        {"invites": False},
    ]
    silent = Silent()
    shop = Shop(silent, brain.database, brain.clock)  # type: ignore[arg-type]
    for number, profile in enumerate(people, start=1):
        async with brain.database.write() as session:
            row = await users.meet(session, number, brain.clock())
            await users.change(session, number, **profile)
        person = Acting(row, brain.database, f"t:{number}", brain.clock(), Recent())
        if profile.get("personalisation"):
            for verb in ("viewed", "liked", "purchased"):
                await person.note(verb, "item", f"{COURSE}")
        await coupons.keep(person, "winter")
        with tables_read(brain) as statements:
            assert await shop.buy(person, COURSE) == "offered"
            order = silent.bills[-1].order
            assert await shop.reserve(person, order.id, order.price_stars) == "ok"
        read = " ".join(statements)
        assert "coupons" in read
        personal = ("signals", "questions", "shown_lists", "tag_overrides", "users")
        assert not [name for name in personal if f"FROM {name}" in read or f"JOIN {name}" in read]
    assert {bill.order.price_stars for bill in silent.bills} == {105}
    assert len(await rows(brain.database, Order)) == len(people)
