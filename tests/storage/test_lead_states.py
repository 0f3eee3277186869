"""A lead under whatever people and dealers do to it, in any order, with files that come late."""

import asyncio
import shutil
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from activities import lead_work
from activities.lead_stages import MARKS, Change, Mark, stage
from activities.lead_work import Told
from activities.leads import CONSENT, GONE, HOLDS, WAITING, Leads
from services.messenger import What
from services.people import Person
from services.recent import Recent
from storage.database import Database
from storage.encryption import Keys
from storage.models import Deadline, Lead, Signal, User
from storage.repositories import bookings, dealers, items, leads, users
from tests.storage.rows import NOW, item, user

ANN, DORA, DRIVE = 1, 2, "drive"
PHONE = "+8613800138000"
MINUTE = timedelta(minutes=1)


class Silent:
    async def send(self, to: int, what: What) -> int:
        return 1

    async def edit(self, to: int, message_id: int, what: What) -> bool:
        return True

    async def renew(self, to: int, charge_id: str, *, renews: bool) -> None: ...

    async def pay_back(self, to: int, charge_id: str) -> bool:
        return True


class LeadMachine(RuleBasedStateMachine):
    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        shutil.copy(self.template, self.folder.name)
        self.runner, self.keys = asyncio.Runner(), count()
        self.now, self.lead, self.expected = NOW, 0, "none"
        self.runner.run(self._prepare())

    async def _prepare(self) -> None:
        self.database = Database(f"sqlite+aiosqlite:///{self.folder.name}/chezhi.db")
        self.database.unlock(Keys([b"k" * 32]))
        self.leads = Leads(Silent(), self.database, lambda: self.now)
        north = {"id": "north", "name": {"en": "North"}, "city": None, "brand": None}
        async with self.database.write() as session:
            await dealers.save(session, [north], {})
            drive = item(DRIVE, type="test_drive", price_stars=0, dealer_id="north", starts_at=None)
            await items.save(session, [drive])
            dora = {"role": "dealer", "dealer_id": "north"}
            no = {"role": "user", "dealer_id": None}
            await users.save(session, [user(ANN, **no), user(DORA, **dora)])
            await bookings.book(session, ANN, DRIVE, NOW)

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    def person(self, user_id: int) -> Person:
        async def read() -> User:
            async with self.database.read() as session:
                return await session.get_one(User, user_id)

        row, key = self.runner.run(read()), f"k{next(self.keys)}"
        return Person(row, self.database, key, self.now, Recent())

    @rule(seconds=st.sampled_from([1, 30, 61, 4000]))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def agree(self) -> None:
        outcome = self.runner.run(self.leads.agree(self.person(ANN), DRIVE, CONSENT, "…"))
        if self.expected in ("none", "agreed"):
            assert outcome == "agreed"
            self.expected, self.agreed_at = "agreed", self.now
        else:
            assert outcome == "already"

    @rule(own=st.booleans())
    def share(self, own: bool) -> None:
        person = self.person(ANN)
        owner = ANN if own else DORA
        outcome, lead = self.runner.run(self.leads.hand_over(person, owner, "Ann", PHONE))
        awaited = self.expected == "agreed" and self.now - self.agreed_at <= HOLDS
        if not awaited:  # told again, of what was handed over just before
            lately = self.expected not in ("none", "agreed") and self.now - self.handed_at <= HOLDS
            assert outcome == ("handed" if own and lately else "none")
            return
        assert outcome == ("handed" if own else "foreign")
        if lead is not None:
            self.expected, self.lead, self.handed_at = "new", lead.id, self.now

    @rule()
    def withdraw(self) -> None:
        taken = self.runner.run(self.leads.withdraw(ANN))
        assert taken == (self.expected not in ("none", "withdrawn"))
        self.expected = "none"

    @precondition(lambda self: self.lead)
    @rule(to=st.sampled_from(MARKS), amount=st.sampled_from([None, 100, 25_800_000]))
    def mark(self, to: Mark, amount: int | None) -> None:
        outcome = self.runner.run(lead_work.mark(self.person(DORA), self.lead, to, amount))
        if self.expected in ("none", "agreed"):
            assert outcome == "gone"
        elif outcome == "marked":
            self.expected = to

    @precondition(lambda self: self.lead)
    @rule()
    def undo(self) -> None:
        changes = self.runner.run(self._changes())
        undone = {change.undoes for change in changes}
        last = next((c for c in reversed(changes) if not c.undoes and c.id not in undone), None)
        if last is None:
            return
        made_at = self.runner.run(self._made_at(last.id))
        outcome = self.runner.run(lead_work.undo(self.person(DORA), self.lead, last.id))
        if self.expected in ("none", "agreed"):
            assert outcome == "gone"
        else:
            assert outcome == ("marked" if self.now - made_at <= MINUTE else "late")
            if outcome == "marked":
                self.expected = stage([c for c in changes if c.id != last.id]).status

    @precondition(lambda self: self.lead)
    @rule(to=st.sampled_from(MARKS), ago=st.integers(0, 3000))
    def told_late(self, to: Mark, ago: int) -> None:
        at = self.now - timedelta(seconds=ago)
        told = [Told(self.lead, to, None, at, f"file:{to}:{at}")]
        if self.expected in ("none", "agreed"):
            with pytest.raises(LookupError):
                self.runner.run(lead_work.take_in(self.database, told, self.now))
            return
        self.runner.run(lead_work.take_in(self.database, told, self.now))
        again = self.runner.run(lead_work.take_in(self.database, told, self.now))
        assert again == {"imported": 0, "duplicates": 1}
        self.expected = stage(self.runner.run(self._changes())).status

    @invariant()
    def holds(self) -> None:
        self.runner.run(self._holds())

    async def _changes(self) -> list[Change]:
        async with self.database.read() as session:
            rows = await leads.changes(session, self.lead)
        return [Change(r.id, r.status, r.amount, r.undoes, r.happened_at) for r in rows]

    async def _made_at(self, change_id: int) -> datetime:
        async with self.database.read() as session:
            rows = await leads.changes(session, self.lead)
        return next(row.made_at for row in rows if row.id == change_id)

    async def _holds(self) -> None:
        changes = await self._changes()
        async with self.database.read() as session:
            rows = (await session.scalars(select(Lead))).all()
            signals = (await session.scalars(select(Signal).order_by(Signal.id))).all()
            due = (await session.scalars(select(Deadline).where(Deadline.state == "due"))).all()
        assert sum(row.status != "withdrawn" for row in rows) <= 1
        for row in rows:
            handed = row.status not in leads.KEPT_BACK
            assert (row.phone, row.name) == ((PHONE, "Ann") if handed else (None, None))
            assert (row.phone_lookup is not None) == handed
            kinds = {one.kind for one in due if one.about == str(row.id)}
            assert (GONE in kinds) == (row.status == "withdrawn")
            assert WAITING not in kinds or row.status == "new"
            if row.id == self.lead and handed:
                found = stage(changes)
                assert (row.status, row.amount) == (found.status, found.amount)
                assert row.status == self.expected
                of_lead = [s for s in signals if s.idempotency_key.startswith(f"lead:{row.id}:")]
                assert {(s.verb, s.occurred_at) for s in of_lead} == {
                    (verb, change.happened_at) for verb, change in found.outcomes.items()
                }


def test_whatever_is_done_to_a_lead(sqlite_template: Path) -> None:
    LeadMachine.template = sqlite_template
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        LeadMachine,
        settings=settings(
            max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=checks
        ),
    )
