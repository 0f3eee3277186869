"""Membership: a plan that is paid in Stars by the month and opens its courses for that time.

Telegram charges for each month and says so with a payment; what a person has is told by the months
that they paid, and ends with them. Nothing says "expired".
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from services.messenger import (
    Blocked,
    Messenger,
    NotSent,
    Rejected,
    SlowDown,
    Undelivered,
    What,
)
from services.people import Person
from storage.database import Database
from storage.models import Membership, PaidMonth, Plan
from storage.repositories import certificates, memberships, signals
from storage.repositories.memberships import PREFIX, Held

log = logging.getLogger(__name__)

Joined = Literal["offered", "gone", "member"]
Reserved = Literal["ok", "expired", "price", "gone", "owned"]
Paid = Literal["paid", "renewed", "repeat", "refund", "return", "unknown"]
State = Literal["active", "canceled", "failed"]
Kind = Literal["paid", "renewed", "refunded", "cancelled", "active", "failed", "double"]


@dataclass(frozen=True, slots=True)
class MonthlyInvoice(What):
    """A link by which a plan is subscribed to."""

    membership: Membership
    plan: Plan


@dataclass(frozen=True, slots=True)
class MembershipNews(What):
    """What became of a membership: paid, renewed, refunded, cancelled, active (again), failed, or
    double (a second one of the same plan, whose Stars went back)."""

    kind: Kind
    plan: Plan
    until: datetime | None
    stars: int = 0


def is_membership(payload: str) -> bool:
    """Whether an invoice is a membership's, and not an order's."""
    return payload.startswith(PREFIX)


async def held(person: Person) -> Sequence[Held]:
    """What a person's paid months open now."""
    async with person.database.read() as session:
        return await memberships.of_user(session, person.id, person.now)


class Memberships:
    def __init__(
        self, messenger: Messenger, database: Database, clock: Callable[[], datetime]
    ) -> None:
        self.messenger = messenger
        self.database = database
        self.clock = clock

    async def plans(self) -> Sequence[Plan]:
        async with self.database.read() as session:
            return await memberships.plans(session)

    async def join(self, person: Person, plan_id: str) -> Joined:
        """Sends the invoice of a plan's first month, if the person isn't a member already."""
        async with self.database.write() as session:
            plan = await session.get(Plan, plan_id)
            if plan is None or not plan.active:
                return "gone"
            mine = await memberships.of_user(session, person.id, person.now)
            if any(h.plan.id == plan_id and h.membership.status != "cancelled" for h in mine):
                return "member"
            membership = await memberships.open_membership(session, person.id, plan, person.now)
        card = await self.messenger.send(person.id, MonthlyInvoice(membership, plan))
        async with self.database.write() as session:
            await memberships.set_card(session, membership.id, card)
        return "offered"

    async def reserve(self, person: Person, membership_id: str, stars: int) -> Reserved:
        """Whether the first month may be paid now."""
        async with self.database.write() as session:
            outcome = await memberships.reserve(
                session, membership_id, person.id, stars, person.now
            )
        return cast(Reserved, outcome)

    async def pay(
        self, membership_id: str, user_id: int, charge_id: str, stars: int, until: datetime
    ) -> Paid:
        """Takes a month's payment; one that fits nobody goes back, and is not asked for again."""
        async with self.database.write() as session:
            outcome = await memberships.pay(
                session, membership_id, charge_id, stars, until, self.clock()
            )
            membership = await memberships.get(session, membership_id)
            if membership is not None and outcome in ("paid", "renewed"):
                await signals.record(
                    session, [self._signal(membership, "purchased", charge_id, stars)]
                )
        if outcome == "return":
            if not await self.messenger.pay_back(user_id, charge_id):
                log.warning("A payment of %s is none that the messenger knows", user_id)
                return "unknown"
            await self._stop(user_id, membership_id, charge_id)
            return "return"
        try:
            await self.settle(user_id)
        except Undelivered:
            log.exception("Membership %s: the next round tells of it", membership_id)
        return cast(Paid, outcome)

    async def settle(self, user_id: int | None = None) -> None:
        """Pays back what is due and tells of what was paid; safe to repeat."""
        async with self.database.write() as session:
            await memberships.expire(session, self.clock())
            due = await memberships.refunds_due(session)
            new = await memberships.untold(session)
        for month in due:
            if user_id in (None, month.user_id):
                await self._pay_back(month, "double")
        for month in new:
            if user_id in (None, month.user_id):
                await self._confirm(month)

    async def changed(self, membership_id: str, state: State) -> None:
        """The person cancelled or re-enabled it in their app, or a renewal was not paid."""
        status = {"active": "active", "canceled": "cancelled", "failed": "failed"}[state]
        was = ("active", "failed", "cancelled")
        async with self.database.write() as session:
            membership = await memberships.get(session, membership_id)
            if membership is None or membership.status == status:
                return
            moved = await memberships.set_status(session, membership_id, status, was, self.clock())
        if moved:
            kind = cast(Literal["active", "cancelled", "failed"], status)
            await self._tell(membership_id, kind)
        elif state == "active" and membership.user_id:  # they are a member by another one
            await self._stop(membership.user_id, membership_id)

    async def stop(self, person: Person, membership_id: str) -> bool:
        """Ends the renewals of a person's membership; the paid month stays. False where that is
        none of theirs, or not so any more."""
        if not await self._edit(person, membership_id, ("active", "failed"), renews=False):
            return False
        async with self.database.write() as session:
            stopped = await memberships.set_status(
                session, membership_id, "cancelled", ("active", "failed"), self.clock()
            )
            membership = await memberships.get(session, membership_id)
        if stopped and membership is not None:
            await person.note("cancelled", "plan", membership.plan_id)
        return stopped

    async def let_renew(self, person: Person, membership_id: str) -> bool:
        """Lets a person take renewals up again, which they alone can do, in their app; then
        `changed` is told. False as for `stop`."""
        return await self._edit(person, membership_id, ("cancelled",), renews=True)

    async def _edit(
        self, person: Person, membership_id: str, was: Sequence[str], *, renews: bool
    ) -> bool:
        async with self.database.read() as session:
            membership = await memberships.get(session, membership_id)
            charge = await memberships.first_charge(session, membership_id)
        if membership is None or membership.user_id != person.id or charge is None:
            return False
        if membership.status not in was:
            return False
        await self.messenger.renew(person.id, charge, renews=renews)
        return True

    async def refund(self, charge_id: str) -> PaidMonth | None:
        """Pays a month back, which ends it and the renewals. None where there is nothing to."""
        async with self.database.read() as session:
            month = await memberships.with_charge(session, charge_id)
        if month is None or month.user_id is None or month.status == "refunded":
            return None
        await self._pay_back(month, "refunded")
        return month

    async def refunded_elsewhere(self, charge_id: str) -> None:
        async with self.database.read() as session:
            month = await memberships.with_charge(session, charge_id)
        if month is not None:
            await self._note_refund(month, "refunded")

    async def leave(self, user_id: int) -> None:
        """Ends all renewals of a person, before their data is deleted. Raises Undelivered."""
        async with self.database.read() as session:
            running = await memberships.running(session, user_id)
        for membership in running:
            await self._stop(user_id, membership.id)

    async def _stop(self, user_id: int, membership_id: str, charge_id: str | None = None) -> None:
        """No more renewals. `charge_id`: of a payment that was never stored."""
        async with self.database.read() as session:
            first = await memberships.first_charge(session, membership_id)
        if charge := first or charge_id:
            try:
                await self.messenger.renew(user_id, charge, renews=False)
            except Rejected as error:  # none that Telegram knows, so none that it charges for
                log.warning("Membership %s is ended here alone: %s", membership_id, error)
        async with self.database.write() as session:
            await memberships.set_status(
                session, membership_id, "cancelled", ("active", "failed"), self.clock()
            )

    async def _pay_back(self, month: PaidMonth, kind: Literal["refunded", "double"]) -> None:
        if month.user_id is None:
            return
        await self.messenger.pay_back(month.user_id, month.charge_id)
        await self._stop(month.user_id, month.membership_id)
        await self._note_refund(month, kind)

    async def _note_refund(self, month: PaidMonth, kind: Literal["refunded", "double"]) -> None:
        async with self.database.write() as session:
            if not await memberships.refunded(session, month.charge_id):
                return
            await certificates.revoke(session, month.charge_id, self.clock())
            membership = await memberships.get(session, month.membership_id)
            await memberships.set_status(
                session,
                month.membership_id,
                "cancelled",
                ("reserved", "active", "failed"),
                self.clock(),
            )
            if membership is not None and membership.user_id is not None:
                told = self._signal(membership, "refunded", month.charge_id, month.stars)
                await signals.record(session, [told])
        await self._tell(month.membership_id, kind, month.stars)

    async def _confirm(self, month: PaidMonth) -> None:
        """The first month is confirmed where it was offered: an edit may be repeated. A renewal's
        message can't be told from one whose answer was lost, so it is never sent again."""
        async with self.database.read() as session:
            first = await memberships.is_first(session, month)
            membership = await memberships.get(session, month.membership_id)
        if membership is None or membership.user_id is None:
            return
        if first and membership.card_message_id is not None:
            news = await self._news(membership, "paid", month.stars)
            if await self._edited(membership.user_id, membership.card_message_id, news):
                async with self.database.write() as session:
                    await memberships.tell(session, month.charge_id, self.clock())
                return
        async with self.database.write() as session:
            if not await memberships.tell(session, month.charge_id, self.clock()):
                return
        try:
            await self._tell(month.membership_id, "paid" if first else "renewed", month.stars)
        except (NotSent, SlowDown):
            async with self.database.write() as session:
                await memberships.not_told(session, month.charge_id)
            raise

    async def _edited(self, user_id: int, card: int, news: MembershipNews) -> bool:
        try:
            return await self.messenger.edit(user_id, card, news)
        except Blocked:
            return True  # /my has it
        except Rejected:
            return False

    async def _tell(self, membership_id: str, kind: Kind, stars: int = 0) -> None:
        async with self.database.read() as session:
            membership = await memberships.get(session, membership_id)
        if membership is None or membership.user_id is None:
            return
        news = await self._news(membership, kind, stars)
        try:
            await self.messenger.send(membership.user_id, news)
        except Blocked:
            log.info("Membership %s: the member has blocked the bot", membership_id)

    async def _news(self, membership: Membership, kind: Kind, stars: int) -> MembershipNews:
        async with self.database.read() as session:
            plan = await session.get_one(Plan, membership.plan_id)
            until = await memberships.paid_until(session, membership.id)
        return MembershipNews(kind, plan, until, stars)

    def _signal(
        self, membership: Membership, verb: str, charge_id: str, stars: int
    ) -> dict[str, object]:
        return {
            "user_id": membership.user_id,
            "verb": verb,
            "object_type": "plan",
            "object_id": membership.plan_id,
            "value": float(stars),
            "source": "bot",
            "occurred_at": self.clock(),
            "idempotency_key": f"charge:{charge_id}:{verb}",
        }
