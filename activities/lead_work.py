"""Leads, the dealer's side: looked at, marked, put right; and outcomes told by a file.

Every change is a row; what they amount to is `activities.lead_stages`. The outcomes that stand are
signals of the person's, dated by when they happened, if the person agreed to a profile.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from activities.lead_stages import Change, Mark, stage
from activities.leads import TOLD, WAITING
from services.people import Person
from storage.database import Database
from storage.models import Item, Lead, LeadChange, User
from storage.repositories import deadlines, leads, touches

UNDO = timedelta(minutes=1)
PAGE = 8
MOST_AMOUNT = 10**12  # fen

Marked = Literal["marked", "same", "gone", "late"]


@dataclass(frozen=True, slots=True)
class Open:
    """A lead with name and number, for a dealer's eyes; `undo` is the change that may be undone."""

    lead: Lead
    item: Item
    undo: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One outcome of a file: `amount` in fen."""

    lead_id: int
    mark: Mark
    amount: int | None
    happened_at: datetime
    key: str


_AMOUNT = re.compile(r"[¥￥]?\s*([0-9][0-9,，]{0,17}(?:\.[0-9]{1,4})?)\s*(万)?\s*元?")


def fen(text: str) -> int | None:
    """An amount of money as people write it, in fen; None for what is none.

    Example:
        >>> fen("25.8万"), fen("¥258,000"), fen("258000.50 元"), fen("soon")
        (25800000, 25800000, 25800050, None)
    """
    found = _AMOUNT.fullmatch(text.strip())
    if found is None:
        return None
    number = Decimal(re.sub("[,，]", "", found[1])) * (10_000 if found[2] else 1) * 100
    return int(number) if number == int(number) and 0 < number <= MOST_AMOUNT else None


def dealer_of(person: Person) -> str | None:
    """For which dealership a person works, if for any."""
    return works_for(person.row)


def works_for(user: User) -> str | None:
    return user.dealer_id if user.role == "dealer" else None


async def read(person: Person, lead_id: int) -> Open | None:
    """Name and number of a lead of the person's dealership; that they saw it is noted."""
    async with person.database.write() as session:
        lead = await _mine(session, person, lead_id)
        if lead is None:
            return None
        await leads.note_read(session, [lead.id], person.id, "chat", person.now)
        item = await session.get_one(Item, lead.item_id)
        return Open(lead, item, await _undoable(session, lead.id, person.now))


async def is_mine(person: Person, lead_id: int) -> bool:
    """Whether a dealer may work on a lead, and it is still there."""
    async with person.database.read() as session:
        found = await leads.outline(session, lead_id)
    mine = found is not None and found.dealer_id == dealer_of(person)
    return mine and found is not None and found.status not in leads.KEPT_BACK


async def tell_amount(person: Person, lead_id: int, amount: int) -> Marked:
    """Adds what was paid to a lead that is ordered; "gone" where it isn't."""
    async with person.database.read() as session:
        found = await leads.outline(session, lead_id)
    if found is None or found.status != "ordered":
        return "gone"
    return await mark(person, lead_id, "ordered", amount)


async def mark(person: Person, lead_id: int, to: Mark, amount: int | None = None) -> Marked:
    """Notes what became of a lead. "same": it is marked so already."""
    async with person.database.write() as session:
        lead = await _mine(session, person, lead_id)
        if lead is None:
            return "gone"
        if lead.status == to and amount in (None, lead.amount):
            return "same"
        now = person.now
        row = _row(lead_id, person.id, to, amount, now, now, f"{person.key}:lead")
        await leads.change(session, row)
        await _settle(session, lead, now)
    return "marked"


async def undo(person: Person, lead_id: int, change_id: int) -> Marked:
    """Takes a change of a minute ago back."""
    async with person.database.write() as session:
        lead = await _mine(session, person, lead_id)
        if lead is None:
            return "gone"
        told = {one.id: one for one in await leads.changes(session, lead_id)}
        change = told.get(change_id)
        if change is None or any(one.undoes == change_id for one in told.values()):
            return "same"
        if change.undoes is not None or person.now - change.made_at > UNDO:
            return "late"
        now = person.now
        row = _row(lead_id, person.id, lead.status, None, now, now, f"{person.key}:undo")
        await leads.change(session, row | {"undoes": change_id})
        await _settle(session, lead, now)
    return "marked"


async def take_in(database: Database, told: Sequence[Told], now: datetime) -> Mapping[str, int]:
    """Outcomes of a file, all in one transaction; what came before changes nothing.

    Raises LookupError naming leads that were withdrawn since the file was read.
    """
    async with database.write() as session:
        found = await leads.by_ids(session, {one.lead_id for one in told}, lock=True)
        there = {id_ for id_, lead in found.items() if lead.status not in leads.KEPT_BACK}
        if gone := {one.lead_id for one in told} - there:
            raise LookupError(", ".join(map(str, sorted(gone))))
        new = 0
        for one in told:
            row = _row(one.lead_id, None, one.mark, one.amount, one.happened_at, now, one.key)
            new += await leads.change(session, row)
        for lead in found.values():
            await _settle(session, lead, now)
    return {"imported": new, "duplicates": len(told) - new}


async def _mine(session: AsyncSession, person: Person, lead_id: int) -> Lead | None:
    """A lead that is the person's to work on, locked."""
    lead = await leads.get(session, lead_id, lock=True)
    mine = lead is not None and lead.dealer_id == dealer_of(person)
    return lead if mine and lead is not None and lead.status not in leads.KEPT_BACK else None


async def _undoable(session: AsyncSession, lead_id: int, now: datetime) -> int | None:
    """The last change of the last minute that stands."""
    told = await leads.changes(session, lead_id)
    undone = {one.undoes for one in told}
    standing = [
        one.id
        for one in told
        if one.undoes is None and one.id not in undone and now - one.made_at <= UNDO
        if one.by_id is not None
    ]
    return standing[-1] if standing else None


def _row(
    lead_id: int,
    by_id: int | None,
    status: str,
    amount: int | None,
    happened_at: datetime,
    now: datetime,
    key: str,
) -> dict[str, object]:
    return {
        "lead_id": lead_id,
        "by_id": by_id,
        "status": status,
        "amount": amount if status == "ordered" else None,
        "happened_at": happened_at,
        "made_at": now,
        "idempotency_key": key,
    }


async def _settle(session: AsyncSession, lead: Lead, now: datetime) -> None:
    """Has the lead, its reminder and the person's signals follow its changes."""
    rows = await leads.changes(session, lead.id)
    found = stage([_change(row) for row in rows])
    lead.status, lead.amount, lead.changed_at = found.status, found.amount, now
    if found.status != "new":
        await deadlines.lift(session, str(lead.id), (TOLD, WAITING), now)
    wanted = {}
    user = await session.get(User, lead.user_id)
    for verb, change in found.outcomes.items() if user and user.personalisation else ():
        wanted[_key(lead.id, change.id, verb)] = (verb, change)
    keys = {_key(lead.id, row.id, verb) for row in rows for verb in ("test_driven", "ordered")}
    await leads.drop_signals(session, keys - set(wanted))
    for key, (verb, change) in wanted.items():
        signal = {
            "user_id": lead.user_id,
            "verb": verb,
            "object_type": "item",
            "object_id": lead.item_id,
            "value": change.amount / 100 if verb == "ordered" and change.amount else None,
            "source": "dealer",
            "occurred_at": change.happened_at,
            "idempotency_key": key,
        }
        await touches.record(session, signal)


def _key(lead_id: int, change_id: int, verb: str) -> str:
    return f"lead:{lead_id}:{change_id}:{verb}"


def _change(row: LeadChange) -> Change:
    return Change(row.id, row.status, row.amount, row.undoes, row.happened_at)
