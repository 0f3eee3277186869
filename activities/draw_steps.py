"""What happens to prize draws at their times: the list is frozen, the seed shown, prizes offered.

Each step is one transaction, and what follows from it is a deadline of the same transaction: a
process that ends between two steps leaves the next one to whichever comes then.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from activities import fair_draw
from services.deadlines import Due, Kind
from services.messenger import Messenger, NotSent, What
from services.operators import Operators
from services.people import Person
from storage.database import Database
from storage.models import Draw, DrawAward, Item
from storage.repositories import deadlines, draws, items, users

Settled = Literal["claimed", "declined", "again", "late", "none"]


@dataclass(frozen=True, slots=True)
class RulesOut(What):
    """To who entered before there were rules: they are in once they accept them."""

    draw: Draw
    item: Item


@dataclass(frozen=True, slots=True)
class OfDraw(What):
    draw: Draw
    item: Item
    ticket: str


class ListFrozen(OfDraw):
    """To each who entered: the list is fixed, and this is its hash."""


class NotDrawn(OfDraw):
    """To each who entered and gets nothing, at least for now."""


@dataclass(frozen=True, slots=True)
class Won(OfDraw):
    """To whom a prize is offered, until when."""

    award: DrawAward
    prize: Mapping[str, str]


class Draws:
    """What happens to draws at their times, and what winners do."""

    def __init__(
        self,
        messenger: Messenger,
        database: Database,
        clock: Callable[[], datetime],
        operators: Operators,
    ) -> None:
        self.messenger = messenger
        self.database = database
        self.clock = clock
        self.operators = operators

    def kinds(self) -> tuple[Kind, ...]:
        """All but the wish to accept rules can be repeated: each finds its work done, and a message
        twice is better than a winner who never heard."""
        acts = {
            "draw_freeze": self._freeze,
            "draw_reveal": self._reveal,
            "draw_claim": self._expire,
            "draw_told": self._tell,
            "draw_handover": self._hand_over,
        }
        repeated = (Kind(name, act, repeats=True) for name, act in acts.items())
        return (Kind("draw_rules", self._ask), *repeated)

    async def _ask(self, due: Due) -> None:
        """Tells who entered before there were rules, unless they found out meanwhile."""
        item_id, _, _ = due.about.rpartition(":")
        if due.user_id is None:
            return
        async with self.database.read() as session:
            draw, item = await draws.get(session, item_id), await items.get(session, item_id)
            ticket = await draws.ticket_of(session, item_id, due.user_id)
        if draw is None or item is None or not item.active or ticket is not None:
            return
        if draw.state == "open" and due.now < draw.entries_until:
            await self.messenger.send(due.user_id, RulesOut(draw, item))

    async def _freeze(self, due: Due) -> None:
        """No more entries: the list is sorted, and its hash told to all who are in it."""
        now, item_id = self.clock(), due.about
        async with self.database.write() as session:
            draw = await draws.locked(session, item_id)
            if draw is None or draw.state != "open":
                return
            entrants = await draws.entrants(session, item_id)
            draw.tickets = [entry.ticket for entry in entrants]
            draw.entries = len(entrants)
            draw.list_hash = fair_draw.hash_of_list(draw.tickets)
            draw.state, draw.frozen_at = "frozen", now
            told = {f"{item_id}:{entry.user_id}": entry.user_id for entry in entrants}
            await _tell_all(session, told, now)
            reveal = now + timedelta(minutes=draw.terms["reveal_minutes"])
            await deadlines.set_at(session, "draw_reveal", item_id, reveal, now)

    async def _reveal(self, due: Due) -> None:
        """The seed is shown, and the prizes are offered to the first in its order."""
        now, item_id = self.clock(), due.about
        async with self.database.write() as session:
            draw = await draws.locked(session, item_id)
            if draw is None or draw.state != "frozen":
                return
            draw.state, draw.drawn_at = "drawn", now
            count = len(fair_draw.units(draw.terms["prizes"]))
            winners = enumerate(islice(_order(draw), count))
            await self._offer(session, draw, [(n + 1, n, ticket) for n, ticket in winners], now)
            listed = set(draw.tickets or ())
            people = await draws.everybody(session, item_id)
            told = {f"{item_id}:{user}": user for ticket, user in people if ticket in listed}
            await _tell_all(session, told, now)

    async def _expire(self, due: Due) -> None:
        """A prize that nobody claimed in time goes on to the next in the order."""
        item_id, _, rank = due.about.rpartition(":")
        now = self.clock()
        async with self.database.write() as session:
            draw = await draws.locked(session, item_id)
            award = await draws.award(session, item_id, int(rank))
            if draw is None or award is None or now < award.claim_until:
                return
            if await draws.settle(session, award.id, "expired", now):
                await self._offer_next(session, draw, award.unit, now)

    async def claim(self, person: Person, item_id: str) -> tuple[Settled, str | None]:
        """Takes the prize that is offered to a person. Returns its code, too, where it has one."""
        return await self._settle(person, item_id, "claimed")

    async def decline(self, person: Person, item_id: str) -> tuple[Settled, str | None]:
        """Leaves the prize to the next in the order."""
        return await self._settle(person, item_id, "declined")

    async def _settle(
        self, person: Person, item_id: str, outcome: Literal["claimed", "declined"]
    ) -> tuple[Settled, str | None]:
        now = self.clock()
        async with self.database.write() as session:
            draw = await draws.locked(session, item_id)
            ticket = await draws.ticket_of(session, item_id, person.id)
            award = await draws.award_of(session, item_id, ticket) if ticket else None
            if draw is None or award is None:
                return "none", None
            if award.outcome != "open":
                code = _code(draw, award) if award.outcome == "claimed" else None
                return ("again" if award.outcome == outcome == "claimed" else "late"), code
            if now > award.claim_until:  # its deadline is about to take it
                return "late", None
            await draws.settle(session, award.id, outcome, now)
            about = f"{item_id}:{award.rank}"
            await deadlines.lift(session, about, ["draw_claim"], now)
            code = _code(draw, award)
            if outcome == "declined":
                await self._offer_next(session, draw, award.unit, now)
                return "declined", None
            if code is None:
                await deadlines.set_at(session, "draw_handover", about, now, now, person.id)
        return "claimed", code

    async def _offer_next(
        self, session: AsyncSession, draw: Draw, unit: int, now: datetime
    ) -> None:
        rank = await draws.last_rank(session, draw.item_id) + 1
        ticket = next(islice(_order(draw), rank - 1, None), None)
        if ticket is not None:
            await self._offer(session, draw, [(rank, unit, ticket)], now)
            holders = await draws.holders(session, draw.item_id, [ticket])
            told = {f"{draw.item_id}:{user_id}": user_id for user_id in holders.values()}
            await _tell_all(session, told, now)

    async def _offer(
        self,
        session: AsyncSession,
        draw: Draw,
        offered: list[tuple[int, int, str]],
        now: datetime,
    ) -> None:
        """Offers (rank, unit, ticket) each, until their claims run out."""
        until = now + timedelta(hours=draw.terms["claim_hours"])
        rows = [
            {
                "item_id": draw.item_id,
                "rank": rank,
                "ticket": ticket,
                "unit": unit,
                "offered_at": now,
                "claim_until": until,
            }
            for rank, unit, ticket in offered
        ]
        await draws.offer(session, rows)
        for rank, _, _ in offered:
            await deadlines.set_at(session, "draw_claim", f"{draw.item_id}:{rank}", until, now)

    async def _tell(self, due: Due) -> None:
        """What there is to know for one who entered, as it is now."""
        item_id, _, _ = due.about.rpartition(":")
        if due.user_id is None:
            return
        async with self.database.read() as session:
            draw, item = await draws.get(session, item_id), await items.get(session, item_id)
            ticket = await draws.ticket_of(session, item_id, due.user_id)
            award = await draws.award_of(session, item_id, ticket) if ticket else None
        if draw is None or item is None or ticket is None:
            return
        what: OfDraw = ListFrozen(draw, item, ticket)
        if draw.state == "drawn":
            what = NotDrawn(draw, item, ticket)
        if award is not None:
            if award.outcome != "open":  # they did something with it meanwhile
                return
            what = Won(draw, item, ticket, award, _prize(draw, award))
        await self.messenger.send(due.user_id, what)

    async def _hand_over(self, due: Due) -> None:
        """Tells the admins who is to get a thing."""
        item_id, _, rank = due.about.rpartition(":")
        async with self.database.read() as session:
            draw, award = await draws.get(session, item_id), None
            if draw is not None:
                award = await draws.award(session, item_id, int(rank))
            user = await users.get(session, due.user_id) if due.user_id else None
        if draw is None or award is None or user is None:
            return
        told = await self.operators.tell(
            "draw-handover",
            draw=item_id,
            prize=" / ".join(_prize(draw, award).values()),
            name=user.first_name,
            user=str(user.id),
            ticket=award.ticket,
        )
        if not told:
            raise NotSent("no admin could be told of a claimed prize")


def _order(draw: Draw) -> Iterator[str]:
    return fair_draw.order(draw.seed, draw.terms_hash, draw.list_hash or "", draw.tickets or [])


def _prize(draw: Draw, award: DrawAward) -> Mapping[str, str]:
    prizes = draw.terms["prizes"]
    title: Mapping[str, str] = prizes[fair_draw.units(prizes)[award.unit]]["title"]
    return title


def _code(draw: Draw, award: DrawAward) -> str | None:
    """The code of the unit, where its prize has codes."""
    kinds = fair_draw.units(draw.terms["prizes"])
    kind = kinds[award.unit]
    codes = draw.codes[kind]
    return codes[award.unit - kinds.index(kind)] if codes else None


async def _tell_all(session: AsyncSession, told: Mapping[str, int], now: datetime) -> None:
    """Has each person told how the draw stands with them; by what it is about."""
    rows = [("draw_told", about, now, user_id) for about, user_id in told.items()]
    await deadlines.set_each(session, rows, now)
