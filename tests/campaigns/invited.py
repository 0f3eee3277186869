"""People who were drawn for a campaign, and what they did: rows of the real tables."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import (
    Booking,
    Campaign,
    Dealer,
    Lead,
    LeadChange,
    Order,
    Recipient,
    Signal,
    Variant,
)
from storage.repositories import items, users
from tests.storage.rows import NOW, item, user

ITEM, OTHER = "live-winter", "live-summer"
WINDOW = timedelta(days=14)


class Town:
    """A campaign, its people (by consecutive ids), and what each does `days` after being drawn."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session
        self.made = 0

    async def campaign(self, **fields: Any) -> int:
        await items.save(self.session, [item(capacity=None), item(OTHER, capacity=None)])
        given: dict[str, Any] = {
            "created_by": 901,
            "item_id": ITEM,
            "segment": {"kind": "all"},
            "status": "done",
            "created_at": NOW,
            "launched_at": NOW,
            "finished_at": NOW,
            "holdout": 0.25,
        }
        row = Campaign(**given | fields)
        self.session.add(row)
        await self.session.flush()
        return row.id

    async def variants(self, campaign: int, **weights: int) -> None:
        for name, weight in weights.items():
            text = {"zh": name, "en": name}
            self.session.add(Variant(campaign_id=campaign, name=name, weight=weight, text=text))

    async def drawn(
        self,
        campaign: int,
        ids: range,
        arm: str = "treated",
        variant: str | None = None,
        segment: int | None = None,
        at: datetime = NOW,
        **fields: Any,
    ) -> None:
        """Makes users where there are none, too."""
        for user_id in ids:
            if await users.get(self.session, user_id) is None:
                await users.save(self.session, [user(user_id)])
        given = {
            "campaign_id": campaign,
            "arm": arm,
            "variant": variant,
            "segment": segment,
            "status": "sent" if arm == "treated" else "held",
            "changed_at": at,
            "assigned_at": at,
        }
        rows = [given | fields | {"user_id": user_id} for user_id in ids]
        await self.session.execute(insert(Recipient), rows)

    async def signals(
        self, verb: str, ids: range, days: float, *, times: int = 1, **fields: Any
    ) -> None:
        given = {
            "verb": verb,
            "object_type": "item",
            "object_id": ITEM,
            "source": "bot",
            "occurred_at": NOW + timedelta(days=days),
        }
        for user_id in ids:
            for _ in range(times):
                row = given | fields | {"user_id": user_id, "idempotency_key": self._key()}
                self.session.add(Signal(**row))

    async def bookings(self, ids: range, days: float, **fields: Any) -> None:
        at = NOW + timedelta(days=days)
        for user_id in ids:
            given = {"item_id": ITEM, "status": "booked", "created_at": at, "changed_at": at}
            self.session.add(Booking(user_id=user_id, **given | fields))

    async def orders(self, ids: range, days: float, stars: int, **fields: Any) -> None:
        at = NOW + timedelta(days=days)
        for user_id in ids:
            given = {
                "id": self._key(),
                "item_id": ITEM,
                "price_stars": stars,
                "status": "paid",
                "created_at": at,
                "paid_at": at,
            }
            self.session.add(Order(user_id=user_id, **given | fields))

    async def lead(
        self, user_id: int, days: float, *marks: tuple[str, float], amount: int | None = None
    ) -> int:
        """Handed over `days` after; then each mark so many days after. The last is its state."""
        if await self.session.get(Dealer, "d1") is None:
            self.session.add(Dealer(id="d1", name={"zh": "店", "en": "Dealer"}))
            await self.session.flush()
        at = NOW + timedelta(days=days)
        row = Lead(
            user_id=user_id,
            item_id=ITEM,
            dealer_id="d1",
            status=marks[-1][0] if marks else "new",
            name="张三",
            phone="13800000000",
            phone_lookup=b"x",
            consent_version="1",
            consent_text="…",
            consented_at=at,
            handed_at=at,
            changed_at=at,
            amount=amount,
        )
        self.session.add(row)
        await self.session.flush()
        for mark, day in marks:
            await self.mark(row.id, mark, day)
        return row.id

    async def mark(self, lead_id: int, status: str, days: float, undoes: int | None = None) -> int:
        at = NOW + timedelta(days=days)
        row = LeadChange(
            lead_id=lead_id,
            status=status,
            undoes=undoes,
            happened_at=at,
            made_at=at,
            idempotency_key=self._key(),
        )
        self.session.add(row)
        await self.session.flush()
        return row.id

    def _key(self) -> str:
        self.made += 1
        return f"key-{self.made}"
