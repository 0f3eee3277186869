"""Prize draws as people meet them: opened, entered, shown, published. `activities.draw_steps` is
what happens to them at their times, `activities.fair_draw` how they are drawn.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from activities import fair_draw
from activities.draw_rows import DrawRow
from activities.items import has_begun, is_full
from services.people import Person
from storage.database import Database
from storage.models import Draw, DrawAward, Item
from storage.repositories import bookings, deadlines, draws, items, users

Entered = Literal["entered", "already", "closed", "begun", "full", "city", "gone"]


class NoDraw(Exception):
    """A draw can't be made so; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A draw as a person sees it."""

    draw: Draw
    item: Item
    entries: int
    ticket: str | None
    award: DrawAward | None


async def open_draw(session: AsyncSession, item_id: str, row: DrawRow, now: datetime) -> bool:
    """Opens the draw of an item, with a new seed. False where it has one on these terms.

    Who entered before there were rules is asked to accept them, and isn't in until then. Raises
    NoDraw.
    """
    item = await items.get(session, item_id)
    if item is None or item.type != "draw":
        raise NoDraw(f"{item_id}: the catalogue has no item of type draw with this id")
    if item.price_stars:
        raise NoDraw(f"{item_id}: a draw costs nothing, so its price_stars must be 0")
    if (known := await draws.get(session, item_id)) is not None:
        there = {name: known.terms[name] for name in row.terms()}
        if there != row.terms() or row.entries_until not in (None, known.entries_until):
            raise NoDraw(f"{item_id}: its draw is open on other terms, which can't change any more")
        await _ask_anew(session, item_id, now)
        return False
    until = row.entries_until or item.starts_at
    if until is None or until <= now:
        raise NoDraw(f"{item_id}: give entries_until, or the item's date, in the future")
    if item.starts_at is not None and until > item.starts_at:
        raise NoDraw(f"{item_id}: entries_until lies after the item's date, when seats close")
    terms = row.terms() | {
        "draw": item_id,
        "title": item.title,
        "opened_at": now.isoformat(),
        "entries_until": until.isoformat(),
    }
    seed = secrets.token_hex(32)
    created = {
        "item_id": item_id,
        "terms": terms,
        "terms_hash": fair_draw.hash_of(terms),
        "codes": [prize.codes for prize in row.prizes],
        "seed": seed,
        "commitment": fair_draw.commitment_of(seed),
        "entries_until": until,
        "created_at": now,
    }
    if await draws.create(session, created):
        await deadlines.set_at(session, "draw_freeze", item_id, until, now)
    await _ask_anew(session, item_id, now)
    return True


async def _ask_anew(session: AsyncSession, item_id: str, now: datetime) -> None:
    """Ends entries without a ticket: nothing could be won by them."""
    for booking in await draws.without_ticket(session, item_id):
        await bookings.cancel_for_them(session, booking, now)
        about = f"{item_id}:{booking.user_id}"
        await deadlines.set_at(session, "draw_rules", about, now, now, booking.user_id)


async def catalogue_rows(session: AsyncSession) -> dict[str, dict[str, Any]]:
    """The draws that may be entered, as a catalogue file has them, by item."""
    found = {}
    for draw in await draws.listed(session):
        if draw.state != "open":
            continue
        prizes = [
            prize | ({"codes": codes} if codes else {})
            for prize, codes in zip(draw.terms["prizes"], draw.codes, strict=True)
        ]
        names = DrawRow.model_fields.keys() & draw.terms.keys()
        found[draw.item_id] = {name: draw.terms[name] for name in names} | {"prizes": prizes}
    return found


async def is_draw(database: Database, item_id: str) -> bool:
    async with database.read() as session:
        return await draws.there_is(session, item_id)


async def shown(person: Person, item_id: str) -> Shown | None:
    async with person.database.read() as session:
        draw, item = await draws.get(session, item_id), await items.get(session, item_id)
        if draw is None or item is None:
            return None
        ticket = await draws.ticket_of(session, item_id, person.id)
        award = await draws.award_of(session, item_id, ticket) if ticket else None
        entries = draw.entries
        if entries is None:
            entries = await draws.count(session, item_id)
    return Shown(draw, item, entries, ticket, award)


async def enter(person: Person, item_id: str) -> tuple[Entered, str | None]:
    """Enters a person who accepted the rules. Returns their ticket, too, where they are in."""
    async with person.database.write() as session:
        draw = await draws.locked(session, item_id, shared=True)
        item = await items.get(session, item_id)
        if draw is None or item is None or not item.active:
            return "gone", None
        if draw.state != "open" or person.now >= draw.entries_until:
            return "closed", None
        cities = draw.terms["cities"]
        user = await users.get(session, person.id)
        if cities and (user is None or user.city not in cities):
            return "city", None
        outcome = await bookings.book(session, person.id, item_id, person.now)
        if outcome == "full":
            begun = has_begun(item, person.now) or not is_full(item)
            return ("begun" if begun else "full"), None
        ticket = await draws.enter(session, item_id, person.id, person.now)
    if outcome == "booked":
        await person.note("draw_entered", "item", item_id)
    return ("entered" if outcome == "booked" else "already"), ticket


def published(draw: Draw, awards: list[DrawAward]) -> dict[str, Any]:
    """What everybody may know of a draw, as `fair_draw.verify` takes it."""
    prizes = fair_draw.units(draw.terms["prizes"])
    drawn = draw.state == "drawn"
    file = {
        "format": fair_draw.FORMAT,
        "state": draw.state,
        "terms": draw.terms,
        "terms_hash": draw.terms_hash,
        "commitment": draw.commitment,
        "frozen_at": _told(draw.frozen_at),
        "tickets": draw.tickets,
        "list_hash": draw.list_hash,
        "seed": draw.seed if drawn else None,
        "drawn_at": _told(draw.drawn_at),
        "awards": [
            {
                "rank": award.rank,
                "ticket": award.ticket,
                "unit": award.unit,
                "prize": prizes[award.unit],
                "offered_at": _told(award.offered_at),
                "claim_until": _told(award.claim_until),
                "outcome": award.outcome,
                "settled_at": _told(award.settled_at),
            }
            for award in awards
        ],
    }
    return file | {"digest": fair_draw.digest_of(file)}


async def publish(database: Database, item_id: str) -> dict[str, Any] | None:
    """The published file of an item's draw; None where it has none."""
    async with database.read() as session:
        draw = await draws.get(session, item_id, with_tickets=True)
        if draw is None:
            return None
        return published(draw, list(await draws.awards(session, item_id)))


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
