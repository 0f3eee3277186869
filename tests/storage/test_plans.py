"""What is asked for one person looks nothing through: its cost doesn't grow with the others."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from campaigns.claiming import claim
from storage.database import Database
from storage.repositories import (
    bookings,
    campaigns,
    coupons,
    favourites,
    items,
    orders,
    questions,
    recipients,
    rights,
    seats,
    shown_lists,
    signals,
    slots,
    tags,
    users,
    waiting,
)
from tests.storage.rows import NOW, item, user

BEFORE = NOW - timedelta(days=30)
ASKED: dict[str, Callable[[AsyncSession], Awaitable[Any]]] = {
    "acts": lambda s: signals.acts(s, 1, since=5),
    "earlier acts": lambda s: signals.acts(s, 1, before=NOW),
    "what was settled": lambda s: signals.latest(s, 1, ["liked", "booked"]),
    "signals": lambda s: signals.of_user(s, 1),
    "taken": lambda s: orders.taken_ids(s, 1),
    "owned": lambda s: orders.owned(s, 1),
    "booked": lambda s: bookings.of_user(s, 1),
    "cancelled": lambda s: bookings.cancel(s, 1, "live-winter", NOW),
    "look back": lambda s: questions.turns(s, 1, None, NOW, 3),
    "last question": lambda s: questions.newest(s, 1, NOW),
    "vectors": lambda s: questions.embeddings(s, 1, "bundled"),
    "topics asked": lambda s: questions.embedded(s, "bundled", 1),
    "corrections": lambda s: tags.of_user(s, 1),
    "lists": lambda s: shown_lists.of_user(s, 1, BEFORE, but=""),
    "coupons": lambda s: coupons.kept(s, 1, NOW),
    "uses of a coupon": lambda s: coupons.turns_of(s, 1, "WINTER"),
    "favourites": lambda s: favourites.page(s, 1, 0, 8),
    "next of a campaign": lambda s: claim(s, 1, 5, NOW),
    "slice of an audience": lambda s: recipients.fill(s, 2, NOW),
    "no consent": lambda s: users.choose_personalisation(s, 1, False, NOW),
    "places in lines": lambda s: waiting.of_user(s, 1),
    "a look at a time": lambda s: seats.look(s, 1, 1),
    "an item's times": lambda s: slots.coming(s, "live-winter", NOW),
    "a ticket": lambda s: bookings.with_code(s, "x"),
    "deletion": lambda s: rights.erase(s, 1),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_no_table_is_looked_through_for_one_person(database: Database, asked: str) -> None:
    if not database.is_sqlite:
        return  # plans by how much there is, which is nothing here
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        statements.append((statement, values))

    everyone = {"kind": "all", "value": ""}
    async with database.write() as session:
        await users.save(session, [user(1)])
        await items.save(session, [item()])
        for large in (False, True):
            made, _ = await campaigns.draft(session, 9, "live-winter", everyone, NOW, large=large)
            assert await campaigns.launch(session, made.id, NOW)
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        await ASKED[asked](session)
        await session.flush()
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        connection = await session.connection()
        assert statements
        for statement, values in statements:
            if not statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
                continue
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps = [row[-1] for row in plan.all()]
            # What is made within the statement is as long as what it looks at; `deletions` has one
            # row, and staff are few.
            scans = [step for step in steps if re.match(r"SCAN (?!anon|\(sub|deletions)", step)]
            assert not scans, f"{statement}\n{steps}"
