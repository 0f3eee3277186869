"""Whatever happens to orders, in whatever order: no coupon is spent twice, none is lost."""

import asyncio
import shutil
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update

from storage.database import Database
from storage.models import Coupon, Item, Order
from storage.repositories import coupons, items, orders, users
from tests.storage.rows import NOW, item, user
from tests.storage.test_coupons import coupon

TOTAL, EACH = 3, 2


class Uses(RuleBasedStateMachine):
    """Two people, three things (one with two seats), and a coupon of three uses, two a person."""

    opened = Bundle("opened")

    def __init__(self, file: Path, template: Path) -> None:
        super().__init__()
        shutil.copy(template, file)
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite+aiosqlite:///{file}")
        self.now = NOW
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        async with self.database.write() as session:
            await users.save(session, [user(1), user(2)])
            course = item("course-ev", type="course", capacity=None, starts_at=None)
            far = NOW + timedelta(days=900)
            live = item(capacity=2, starts_at=far)
            await items.save(session, [live, course, course | {"id": "course-b"}])
            row = coupon(total=TOTAL, per_person=EACH)
            await coupons.save(session, [row], {}, NOW)

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()

    def _write(self, act: Any) -> Any:
        async def done() -> Any:
            async with self.database.write() as session:
                return await act(session)

        work: Coroutine[Any, Any, Any] = done()
        return self.runner.run(work)

    @rule(
        target=opened,
        person=st.sampled_from([1, 2]),
        what=st.sampled_from(["live-winter", "course-ev", "course-b"]),
    )
    def open(self, person: int, what: str) -> tuple[str, int]:
        async def act(session: Any) -> Order:
            thing = await session.get_one(Item, what)
            found = await coupons.get(session, "WINTER")
            return await orders.open_order(session, person, thing, self.now, coupon=found)

        return self._write(act).id, person

    @rule(order=opened)
    def reserve(self, order: tuple[str, int]) -> None:
        self._write(lambda session: orders.reserve(session, *order, 80, self.now))

    @rule(order=opened)
    def pay(self, order: tuple[str, int]) -> None:
        self._write(lambda session: orders.pay(session, order[0], f"c-{order[0]}", self.now))

    @rule(order=opened)
    def refund(self, order: tuple[str, int]) -> None:
        self._write(lambda session: orders.refunded(session, order[0]))

    @rule()
    def holds_run_out(self) -> None:
        self.now += 2 * orders.HOLD
        self._write(lambda session: orders.expire_holds(session, self.now))

    @rule(active=st.booleans())
    def staff_switch_it(self, active: bool) -> None:
        self._write(lambda session: session.execute(update(Coupon).values(active=active)))

    @invariant()
    def each_use_is_one_live_order(self) -> None:
        async def look(session: Any) -> Any:
            live = await session.scalars(select(Order).where(Order.status.in_(coupons.LIVE)))
            return (
                await session.get_one(Coupon, "WINTER"),
                live.all(),
                await session.get_one(Item, "live-winter"),
            )

        found, live, event = self._write(look)
        turns = [(order.user_id, order.coupon_turn) for order in live]
        assert found.uses == len(live) <= TOTAL
        assert len(set(turns)) == len(turns)
        assert all(turn in range(1, EACH + 1) for _, turn in turns)
        assert event.seats_taken == sum(order.item_id == "live-winter" for order in live)


def test_uses_and_live_orders_are_the_same_through_all_states(
    tmp_path: Path, sqlite_template: Path
) -> None:
    count = iter(range(1_000))
    run_state_machine_as_test(
        lambda: Uses(tmp_path / f"{next(count)}.db", sqlite_template),
        settings=settings(max_examples=15, stateful_step_count=20, deadline=None),
    )


@given(
    stars=st.integers(1, 100_000),
    cut=st.one_of(
        st.tuples(st.just("percent"), st.integers(1, 99)),
        st.tuples(st.just("stars"), st.integers(1, 100_000)),
        st.just(("free", 0)),
    ),
)
def test_a_coupon_never_makes_a_price_higher_or_negative(stars: int, cut: tuple[str, int]) -> None:
    kind, amount = cut
    paid = coupons.price_with(Coupon(**coupon(cut=kind, amount=amount)), stars)
    assert 0 <= paid <= stars
    assert (paid == 0) == (kind == "free" or (kind == "stars" and amount >= stars))
    if kind == "percent" and stars > 1:
        assert paid < stars
        assert abs(stars - paid - stars * amount / 100) <= 1


@given(
    chosen=st.fixed_dictionaries(
        {
            "items": st.lists(st.sampled_from(["a", "b"]), max_size=2),
            "types": st.lists(st.sampled_from(["course", "book"]), max_size=2),
            "brands": st.lists(st.sampled_from(["BYD", "比亚迪", "VW"]), max_size=2),
        }
    ),
    row=st.fixed_dictionaries(
        {
            "id": st.sampled_from(["a", "b", "c"]),
            "type": st.sampled_from(["course", "book", "audio"]),
            "brand": st.sampled_from([None, {"zh": "比亚迪", "en": "byd"}, {"zh": "大众"}]),
            "price_stars": st.sampled_from([0, 5]),
        }
    ),
)
def test_a_coupon_is_for_what_is_in_each_of_its_lists(chosen: Any, row: Any) -> None:
    brands = {name.lower() for name in (row["brand"] or {}).values()}
    inside = [
        not chosen["items"] or row["id"] in chosen["items"],
        not chosen["types"] or row["type"] in chosen["types"],
        not chosen["brands"] or bool(brands & {name.lower() for name in chosen["brands"]}),
        row["price_stars"] > 0,
    ]
    assert coupons.fits(Coupon(**coupon(**chosen)), Item(**row)) is all(inside)
