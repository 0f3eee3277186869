"""Leads, the person's side: agreeing, handing over name and number, and taking them back.

What a dealer is told and what disappears from their chat are deadlines that are due at once, set
in the transaction of what they are about: a crash between the two loses neither.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.deadlines import Due, Kind
from services.messenger import (
    Blocked,
    Messenger,
    NotSent,
    Rejected,
    SlowDown,
    Unanswered,
    Undelivered,
    What,
)
from services.people import Person
from storage.database import Database
from storage.models import Dealer, Item, Lead
from storage.repositories import bookings, deadlines, dealers, leads, touches

log = logging.getLogger(__name__)

# Of the text that is agreed to: raise it with every change of what that says.
CONSENT = "1"
# So long after agreeing, a number that is shared is taken for it.
HOLDS = timedelta(hours=1)
UNTOUCHED = timedelta(days=1)
TOLD, WAITING, GONE = "lead-new", "lead-untouched", "lead-withdrawn"
NAME = 128

Agreed = Literal["agreed", "old", "gone", "already", "locked"]
Handed = Literal["handed", "foreign", "invalid", "none"]


@dataclass(frozen=True, slots=True)
class OfLead(What):
    """Without the person's name and number: these are shown to who opens it."""

    lead_id: int
    item: Item


class NewLead(OfLead):
    """To a dealer: somebody wants to hear from them."""


class UntouchedLead(OfLead):
    """To a dealer: it is a day old, and nobody marked it."""


@dataclass(frozen=True, slots=True)
class LeadGone(What):
    """In the place of whatever a dealer had of a lead."""

    lead_id: int


class Leads:
    def __init__(
        self, messenger: Messenger, database: Database, clock: Callable[[], datetime]
    ) -> None:
        self.messenger = messenger
        self.database = database
        self.clock = clock

    def kinds(self) -> Sequence[Kind]:
        day = timedelta(days=1)
        return (
            Kind(TOLD, self._tell, grace=day),
            Kind(WAITING, self._remind, grace=day),
            Kind(GONE, self._clear, grace=day, repeats=True),
        )

    async def dealer_to_ask_for(self, person: Person, item: Item) -> Dealer | None:
        """Whose lead a person may become who has just booked, if anybody's."""
        if item.dealer_id is None or item.type != "test_drive":
            return None
        if not self.database.is_unlocked:
            log.error(
                "Nobody is asked whether dealer %s may call them: names and numbers are kept "
                "encrypted. Make a key with `chezhi db make-key`, set it as "
                "CHEZHI_ENCRYPTION_KEYS, and start again",
                item.dealer_id,
            )
            return None
        async with self.database.read() as session:
            live = await leads.live_of(session, person.id, item.id)
            if live is not None and live.status != "agreed":
                return None
            return await session.get(Dealer, item.dealer_id)

    async def agree(self, person: Person, item_id: str, version: str, shown: str) -> Agreed:
        """Keeps what the person agrees to; nothing is handed over yet."""
        if not self.database.is_unlocked:
            return "locked"
        if version != CONSENT:
            return "old"
        async with self.database.write() as session:
            item = await session.get(Item, item_id)
            if item is None or item.dealer_id is None or not await _has(session, person, item_id):
                return "gone"
            agreed = await leads.agree(session, person.id, item, version, shown, person.now)
        return "agreed" if agreed else "already"

    async def hand_over(
        self, person: Person, owner_id: int | None, name: str, phone: str
    ) -> tuple[Handed, Lead | None]:
        """Takes the sender's own contact for what they agreed to last. "none": nothing lately."""
        if not self.database.is_unlocked:
            return "none", None
        number, since, now = normal(phone), person.now - HOLDS, person.now
        mine = owner_id == person.id
        async with self.database.write() as session:
            awaited = await leads.is_awaited(session, person.id, since)
            if awaited and not mine:
                return "foreign", None
            if awaited and number is None:
                return "invalid", None
            if not mine or number is None:
                return "none", None
            name = " ".join(name.split())[:NAME] or str(person.row.first_name)
            lead = await leads.hand_over(session, person.id, name, number, now, since)
            if lead is None:
                # Told again, where the same share is handled again after a crash.
                lead = await leads.handed_lately(session, person.id, number, since)
                return ("handed", lead) if lead is not None else ("none", None)
            about = str(lead.id)
            await touches.credit(session, "lead", about, person.id, lead.item_id, now)
            await deadlines.set_at(session, TOLD, about, now, now, person.id)
            await deadlines.set_at(session, WAITING, about, now + UNTOUCHED, now, person.id)
        return "handed", lead

    async def awaits(self, person: Person) -> bool:
        """Whether the person has just agreed to hand over what they haven't yet."""
        async with self.database.read() as session:
            return await leads.is_awaited(session, person.id, person.now - HOLDS)

    async def cancel(self, person: Person) -> None:
        """They changed their mind before anything was handed over."""
        async with self.database.write() as session:
            await leads.drop_agreed(session, person.id)

    async def withdraw(self, user_id: int, lead_id: int | None = None) -> int:
        """Takes one lead of a person back, or all. Returns how many these were."""
        async with self.database.write() as session:
            return await take_back(session, user_id, self.clock(), lead_id)

    async def _tell(self, due: Due) -> None:
        await self._to_staff(due, NewLead)

    async def _remind(self, due: Due) -> None:
        await self._to_staff(due, UntouchedLead)

    async def _to_staff(self, due: Due, what: type[OfLead]) -> None:
        """To all of the dealership, unless one of them was there first."""
        async with self.database.read() as session:
            found = await leads.outline(session, int(due.about))
            if found is None or found.status != "new":
                return
            item = await session.get_one(Item, found.item_id)
            staff = await dealers.staff(session, found.dealer_id)
        told, failed = 0, None
        for user_id in staff:
            try:
                message_id = await self.messenger.send(user_id, what(int(due.about), item))
            except Blocked:
                continue
            except Undelivered as error:
                failed = error
                continue
            told += 1
            await self.shown(int(due.about), user_id, message_id)
        if failed is not None and not told:
            raise failed

    async def shown(self, lead_id: int, user_id: int, message_id: int) -> bool:
        """A dealer has a lead in a message. False where it was withdrawn meanwhile: then the
        message is cleared next."""
        now = self.clock()
        async with self.database.write() as session:
            await leads.keep_message(session, lead_id, user_id, message_id)
            found = await leads.outline(session, lead_id)
            there = found is not None and found.status != "withdrawn"
            if not there:
                await deadlines.set_at(session, GONE, str(lead_id), now, now)
        return there

    async def _clear(self, due: Due) -> None:
        """Takes a withdrawn lead out of all messages that told of it."""
        async with self.database.read() as session:
            shown = await leads.messages(session, int(due.about))
        again: Undelivered | None = None
        for user_id, message_id in shown:
            try:
                await self.messenger.edit(user_id, message_id, LeadGone(int(due.about)))
            except (SlowDown, NotSent, Unanswered) as error:
                again = error
                continue
            except (Blocked, Rejected) as error:
                log.info("A lead's message can't be cleared: %s", type(error).__name__)
            async with self.database.write() as session:
                await leads.drop_message(session, user_id, message_id)
        if again is not None:
            raise again


async def take_back(
    session: AsyncSession, user_id: int, now: datetime, lead_id: int | None = None
) -> int:
    """Wipes one lead of a person, or all; a running bot takes them out of dealers' chats next."""
    taken = await leads.withdraw(session, user_id, now, lead_id)
    for one in taken:
        await deadlines.lift(session, str(one), (TOLD, WAITING), now)
        # Nobody's: it outlives the person, whose data may be deleted next.
        await deadlines.set_at(session, GONE, str(one), now, now)
    return len(taken)


async def _has(session: AsyncSession, person: Person, item_id: str) -> bool:
    """Whether a person has booked an item, or paid for it."""
    booked = await bookings.of_user(session, person.id)
    return any(item.id == item_id for _, item in booked)


_SEPARATORS = re.compile(r"[\s().\-]+")


def normal(phone: str) -> str | None:
    """A number as it is kept, + and 7 to 15 digits; None for what is none. Telegram leaves out the
    + now and then."""
    digits = _SEPARATORS.sub("", phone).removeprefix("+")
    return f"+{digits}" if re.fullmatch(r"[0-9]{7,15}", digits) else None
