"""A prize draw to test with: its terms, a database, a clock that is moved by hand."""

import json
import secrets
from datetime import timedelta
from typing import Any

from activities import draws
from activities.draw_rows import DrawRow
from activities.draw_steps import Draws
from services.deadlines import Deadlines
from services.operators import Operators
from services.people import Person
from services.recent import Recent
from storage.database import Database
from storage.repositories import items, users
from tests.storage.rows import NOW

ITEM = "draw-model-cars"
PRIZES = [
    {"title": {"zh": "车模", "en": "Model car"}, "count": 2},
    {"title": {"zh": "券", "en": "Coupon"}, "count": 1, "codes": ["SAVE-1"]},
]
TERMS = {"rules": {"zh": "一人一次", "en": "Once each"}, "prizes": PRIZES, "claim_hours": 24}


class Heard:
    """A messenger that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, Any]] = []

    async def send(self, to: int, what: Any) -> int:
        self.sent.append((to, what))
        return len(self.sent)


class World:
    """A draw on a database, with a clock that is moved by hand."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.now = NOW
        self.heard = Heard()
        operators = Operators(self.heard, self.database)  # type: ignore[arg-type]
        self.draws = Draws(self.heard, self.database, lambda: self.now, operators)  # type: ignore[arg-type]
        self.deadlines = Deadlines(self.database, lambda: self.now)
        self.deadlines.add(*self.draws.kinds())

    async def offer(self) -> None:
        """The item alone, without terms."""
        row = {
            "id": ITEM,
            "type": "draw",
            **{name: {"zh": "抽", "en": "Draw"} for name in ("title", "summary", "description")},
            "delivery": None,
            "brand": None,
            "place": None,
            "topics": [],
            "price_stars": 0,
            "starts_at": NOW + timedelta(hours=10),
            "active": True,
            "updated_at": NOW,
        }
        async with self.database.write() as session:
            await items.save(session, [row])

    async def open(self, **changes: Any) -> None:
        await self.offer()
        async with self.database.write() as session:
            await draws.open_draw(session, ITEM, DrawRow(**(TERMS | changes)), NOW)

    async def person(self, user_id: int) -> Person:
        async with self.database.write() as session:
            row = await users.meet(session, user_id, self.now)
        return Person(row, self.database, secrets.token_hex(4), self.now, Recent())

    async def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)
        while await self.deadlines.round():
            pass

    async def file(self) -> dict[str, Any]:
        found = await draws.publish(self.database, ITEM)
        assert found is not None
        # As it is after it was sent.
        return dict(json.loads(json.dumps(found)))
