"""Leads: agreed to, handed over, worked on, taken back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.encryption import keys_in
from storage.models import Dealer, Item, Lead, LeadChange, LeadMessage, LeadRead, Signal
from storage.repositories.upserts import insert_new

# So many values a statement takes on each database.
MANY = 5_000
KEPT_BACK = ("agreed", "withdrawn")
"""States in which a dealer has nothing of it."""


async def live_of(session: AsyncSession, user_id: int, item_id: str) -> Lead | None:
    """A person's lead for an item, locked, unless it was withdrawn."""
    query = select(Lead).where(
        Lead.user_id == user_id, Lead.item_id == item_id, Lead.status != "withdrawn"
    )
    found: Lead | None = await session.scalar(query.with_for_update())
    return found


async def agree(
    session: AsyncSession, user_id: int, item: Item, version: str, shown: str, now: datetime
) -> bool:
    """A person agreed to what was `shown`. False where they had handed all over before, or the
    item has no dealer."""
    consent = {"consent_version": version, "consent_text": shown, "consented_at": now}
    live = await live_of(session, user_id, item.id)
    if item.dealer_id is None or (live is not None and live.status != "agreed"):
        return False
    if live is not None:
        again = update(Lead).where(Lead.id == live.id)
        await session.execute(again.values(dealer_id=item.dealer_id, changed_at=now, **consent))
        return True
    row = {
        "user_id": user_id,
        "item_id": item.id,
        "dealer_id": item.dealer_id,
        "status": "agreed",
        "changed_at": now,
        **consent,
    }
    return await insert_new(session, Lead, [row]) == 1


async def hand_over(
    session: AsyncSession, user_id: int, name: str, phone: str, now: datetime, since: datetime
) -> Lead | None:
    """Fills the lead that the person agreed to last, not before `since`."""
    newest = (
        select(Lead)
        .where(Lead.user_id == user_id, Lead.status == "agreed", Lead.consented_at >= since)
        .order_by(Lead.consented_at.desc(), Lead.id.desc())
        .limit(1)
    )
    lead: Lead | None = await session.scalar(newest.with_for_update())
    if lead is None:
        return None
    lead.status, lead.name, lead.phone = "new", name, phone
    lead.phone_lookup = keys_in(session).lookup(phone)
    lead.handed_at = lead.changed_at = now
    await session.flush()
    return lead


async def withdraw(
    session: AsyncSession, user_id: int, now: datetime, lead_id: int | None = None
) -> Sequence[int]:
    """Wipes name and number of one lead of a person, or of all. Returns whose these were."""
    which = [Lead.user_id == user_id, Lead.status != "withdrawn"]
    if lead_id is not None:
        which.append(Lead.id == lead_id)
    wiped = (
        update(Lead)
        .where(*which)
        .values(status="withdrawn", name=None, phone=None, phone_lookup=None, changed_at=now)
        .returning(Lead.id)
    )
    return (await session.scalars(wiped)).all()


async def get(session: AsyncSession, lead_id: int, *, lock: bool = False) -> Lead | None:
    query = select(Lead).where(Lead.id == lead_id).execution_options(populate_existing=True)
    found: Lead | None = await session.scalar(query.with_for_update() if lock else query)
    return found


async def of_user(session: AsyncSession, user_id: int) -> Sequence[tuple[int, Item, Dealer]]:
    """(lead, because of what, who has it) of what dealers have of a person."""
    query = (
        select(Lead.id, Item, Dealer)
        .join(Item, Item.id == Lead.item_id)
        .join(Dealer, Dealer.id == Lead.dealer_id)
        .where(Lead.user_id == user_id, Lead.status.not_in(KEPT_BACK))
        .order_by(Lead.id)
    )
    return [(lead, item, dealer) for lead, item, dealer in (await session.execute(query)).all()]


async def counts(session: AsyncSession, dealer_id: str) -> Mapping[str, int]:
    """A dealership's leads by state."""
    query = (
        select(Lead.status, func.count())
        .where(Lead.dealer_id == dealer_id, Lead.status.not_in(KEPT_BACK))
        .group_by(Lead.status)
    )
    return {status: number for status, number in (await session.execute(query)).all()}


async def page(
    session: AsyncSession, dealer_id: str, status: str, limit: int, offset: int
) -> Sequence[tuple[int, datetime, Item]]:
    """(lead, when it was handed over, its item) of a dealership's leads in a state, the newest
    first; nobody's name or number."""
    query = (
        select(Lead.id, Lead.handed_at, Item)
        .join(Item, Item.id == Lead.item_id)
        .where(Lead.dealer_id == dealer_id, Lead.status == status, Lead.status.not_in(KEPT_BACK))
        .order_by(Lead.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = (await session.execute(query)).all()
    return [(lead, at, item) for lead, at, item in found if at is not None]


async def whole(session: AsyncSession, dealer_id: str | None = None) -> Sequence[tuple[Lead, Item]]:
    """All that dealers have, or one of them."""
    query = (
        select(Lead, Item)
        .join(Item, Item.id == Lead.item_id)
        .where(Lead.status.not_in(KEPT_BACK))
        .order_by(Lead.id)
    )
    if dealer_id is not None:
        query = query.where(Lead.dealer_id == dealer_id)
    return [(lead, item) for lead, item in (await session.execute(query)).all()]


async def by_ids(
    session: AsyncSession, ids: Collection[int], *, lock: bool = False
) -> Mapping[int, Lead]:
    wanted, found = sorted(ids), {}
    for first in range(0, len(wanted), MANY):
        some = wanted[first : first + MANY]
        query = select(Lead).where(Lead.id.in_(some)).order_by(Lead.id)
        for lead in await session.scalars(query.with_for_update() if lock else query):
            found[lead.id] = lead
    return found


async def with_phone(session: AsyncSession, phone: str) -> Sequence[tuple[Lead, Item]]:
    """Leads of a number, found by its keyed hash."""
    query = (
        select(Lead, Item)
        .join(Item, Item.id == Lead.item_id)
        .where(Lead.phone_lookup.in_(keys_in(session).lookups(phone)))
        .order_by(Lead.id)
    )
    return [(lead, item) for lead, item in (await session.execute(query)).all()]


async def changes(session: AsyncSession, lead_id: int) -> Sequence[LeadChange]:
    query = select(LeadChange).where(LeadChange.lead_id == lead_id).order_by(LeadChange.id)
    return (await session.scalars(query)).all()


async def change(session: AsyncSession, row: Mapping[str, object]) -> bool:
    """Appends what became of a lead; a repeated idempotency key is dropped."""
    return await insert_new(session, LeadChange, [row]) == 1


async def drop_signals(session: AsyncSession, keys: Collection[str]) -> None:
    """Takes back outcomes that were told by mistake; they may come again."""
    await session.execute(delete(Signal).where(Signal.idempotency_key.in_(keys)))


async def note_read(
    session: AsyncSession, ids: Collection[int], by_id: int | None, via: str, now: datetime
) -> None:
    """Somebody sees the numbers of these leads."""
    rows = [{"lead_id": id_, "by_id": by_id, "via": via[:64], "read_at": now} for id_ in ids]
    await insert_new(session, LeadRead, rows)


async def keep_message(session: AsyncSession, lead_id: int, user_id: int, message_id: int) -> None:
    row = {"lead_id": lead_id, "user_id": user_id, "message_id": message_id}
    await insert_new(session, LeadMessage, [row])


async def messages(session: AsyncSession, lead_id: int) -> Sequence[tuple[int, int]]:
    """(chat, message) of what dealers have on their screens of a lead."""
    query = select(LeadMessage.user_id, LeadMessage.message_id).where(
        LeadMessage.lead_id == lead_id
    )
    return [(chat, message) for chat, message in (await session.execute(query)).all()]


async def drop_message(session: AsyncSession, user_id: int, message_id: int) -> None:
    await session.execute(
        delete(LeadMessage).where(
            LeadMessage.user_id == user_id, LeadMessage.message_id == message_id
        )
    )


async def about(session: AsyncSession, user_id: int) -> dict[str, list[dict[str, object]]]:
    """For a person's export: what became of their leads and how often their number was read,
    without others' ids; and what they read and changed themselves, as a dealer."""
    mine = select(Lead.id).where(Lead.user_id == user_id)
    found: dict[str, list[dict[str, object]]] = {}
    for name, model, fields in (
        ("lead_changes", LeadChange, ("status", "amount", "happened_at", "made_at")),
        ("lead_reads", LeadRead, ("via", "read_at")),
    ):
        columns = [getattr(model, field) for field in ("lead_id", *fields)]
        theirs = or_(model.lead_id.in_(mine), model.by_id == user_id)
        rows = await session.execute(
            select(*columns, (model.by_id == user_id).label("by_you")).where(theirs)
        )
        found[name] = [
            {k: v.isoformat() if isinstance(v, datetime) else v for k, v in row.items()}
            for row in rows.mappings()
        ]
    return found


async def is_awaited(session: AsyncSession, user_id: int, since: datetime) -> bool:
    """Whether a person agreed since then to hand over what they haven't yet."""
    query = select(Lead.id).where(
        Lead.user_id == user_id, Lead.status == "agreed", Lead.consented_at >= since
    )
    return await session.scalar(query.limit(1)) is not None


class Outline(NamedTuple):
    """A lead without its name and number."""

    id: int
    user_id: int
    item_id: str
    dealer_id: str
    status: str


async def outline(session: AsyncSession, lead_id: int) -> Outline | None:
    columns = (Lead.id, Lead.user_id, Lead.item_id, Lead.dealer_id, Lead.status)
    row = (await session.execute(select(*columns).where(Lead.id == lead_id))).one_or_none()
    return Outline(*row) if row else None


async def drop_agreed(session: AsyncSession, user_id: int) -> None:
    """Of what a person agreed to and didn't do, nothing is kept."""
    await session.execute(delete(Lead).where(Lead.user_id == user_id, Lead.status == "agreed"))


async def handed_lately(
    session: AsyncSession, user_id: int, phone: str, since: datetime
) -> Lead | None:
    """The lead that a person filled last with this number, not before `since`."""
    query = (
        select(Lead)
        .where(
            Lead.user_id == user_id,
            Lead.phone_lookup.in_(keys_in(session).lookups(phone)),
            Lead.handed_at >= since,
        )
        .order_by(Lead.id.desc())
        .limit(1)
    )
    found: Lead | None = await session.scalar(query)
    return found
