"""Who gets which wording, and who gets nothing, so that it can be told what an invite changed.

People are drawn by a hash of a salt and their id (as in Kohavi et al., "Trustworthy Online
Controlled Experiments", 2020, ch. 12): the same in every process, whatever the order, and
independent of any other campaign, whose salt is another.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import blake2b
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from storage.database import Database
from storage.models import Campaign, Variant
from storage.repositories import campaigns, recipients

log = logging.getLogger(__name__)

Places = Callable[[Sequence[int]], Awaitable[Mapping[int, int]]]
"""Tells the K-means segments of some people, of those who are in one."""

# Draws are whole numbers below this.
DRAWS = 1 << 64
SALT_BYTES = 16


class Hand(NamedTuple):
    """What a person was dealt; without a variant where the campaign has none, or they are held."""

    user_id: int
    arm: str
    variant: str | None


def new_salt() -> str:
    return token_hex(SALT_BYTES)


def drawn(salt: str, purpose: str, user_id: int) -> int:
    """A number from 0 to `DRAWS` - 1, evenly spread over people."""
    told = f"{purpose}:{user_id}".encode()
    return int.from_bytes(blake2b(told, key=salt.encode(), digest_size=8).digest())


class Dealer:
    """Deals people to the arms of one campaign: the installation's holdout first, then the
    campaign's own, then the wordings by weight."""

    def __init__(
        self,
        salt: str,
        holdout: float,
        variants: Sequence[Variant],
        global_salt: str,
        global_holdout: float,
    ) -> None:
        self.salt = salt
        self.global_salt = global_salt
        self._held = int(holdout * DRAWS)
        self._held_globally = int(global_holdout * DRAWS)
        self._names = [one.name for one in variants for _ in range(one.weight)]

    def hand(self, user_id: int) -> Hand:
        if self._held_globally and drawn(self.global_salt, "global", user_id) < self._held_globally:
            return Hand(user_id, "global", None)
        if self._held and drawn(self.salt, "holdout", user_id) < self._held:
            return Hand(user_id, "holdout", None)
        if len(set(self._names)) <= 1:
            return Hand(user_id, "treated", self._names[0] if self._names else None)
        place = drawn(self.salt, "variant", user_id) * len(self._names) // DRAWS
        return Hand(user_id, "treated", self._names[place])


async def dealer_of(session: AsyncSession, campaign: Campaign, global_holdout: float) -> Dealer:
    """Raises ValueError for a campaign that isn't launched, whose salt isn't made yet."""
    if campaign.salt is None:
        raise ValueError(f"Campaign {campaign.id} has no salt: it is made at the launch.")
    common = await campaigns.global_salt(session, new_salt()) if global_holdout else ""
    wordings = await campaigns.variants(session, campaign.id)
    return Dealer(campaign.salt, campaign.holdout, wordings, common, global_holdout)


async def deal(
    database: Database,
    campaign_id: int,
    clock: Clock,
    global_holdout: float = 0,
    places: Places | None = None,
) -> bool:
    """Looks through the next slice of a large audience, and deals the next slice of people for whom
    no arm is drawn; they keep the segment that they are in now. False when all are dealt, or the
    campaign isn't being sent."""
    async with database.write() as session:
        if await campaigns.lock(session, campaign_id, new_salt()) is None:
            return False
        more = await recipients.fill(session, campaign_id, clock())
        placed = await recipients.undealt(session, campaign_id)
    # Takes its time, which nobody else shall wait for.
    segments = await _placed(placed, places)
    async with database.write() as session:
        campaign = await campaigns.lock(session, campaign_id, new_salt())
        if campaign is None:
            return False
        undealt = await recipients.undealt(session, campaign_id)
        dealer = await dealer_of(session, campaign, global_holdout)
        hands = [dealer.hand(user_id) for user_id in sorted({*undealt} & {*placed})]
        await recipients.deal(session, campaign_id, hands, segments, clock())
        return more or len(undealt) == recipients.SLICE or len(hands) < len(undealt)


async def _placed(people: Sequence[int], places: Places | None) -> Mapping[int, int]:
    if places is None or not people:
        return {}
    try:
        return await places(people)
    except Exception:
        # A report by segment lacks them; that is no reason not to send.
        log.exception("The segments of %s people can't be told", len(people))
        return {}


async def keep_media(database: Database, campaign_id: int, variant: str, file_id: str) -> None:
    """Notes what the messenger calls a wording's media, so that it is uploaded once."""
    async with database.write() as session:
        await campaigns.keep_file_id(session, campaign_id, variant, file_id)
