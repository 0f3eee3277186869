"""Signed redirects: a campaign's link, followed by one person, noted once.

What is signed names the campaign and the person; where it leads is stored with the campaign, so
nobody can make a link of ours that leads elsewhere.
"""

import base64
import hmac
import re
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.models import Campaign, User
from storage.repositories import outcomes, touches
from storage.repositories.outcomes import FOLLOWED

# 120 bits of the HMAC are 20 characters of base64, every one of which counts.
MAC_BYTES, MAC_CHARACTERS = 15, 20
_SIGNED = re.compile(
    rf"(([1-9][0-9]{{0,17}})-([1-9][0-9]{{0,17}})-)([A-Za-z0-9_-]{{{MAC_CHARACTERS}}})", re.A
)


class RedirectCodec:
    """Writes a campaign and a person with a signature, and reads them only with that."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hmac.digest(secret, b"chezhi redirect", "sha256")

    def write(self, campaign_id: int, user_id: int) -> str:
        said = f"{campaign_id}-{user_id}-"
        return said + self._mac(said)

    def read(self, signed: str) -> tuple[int, int] | None:
        """None for what we never wrote."""
        found = _SIGNED.fullmatch(signed)
        if found is None or not hmac.compare_digest(self._mac(found[1]), found[4]):
            return None
        return int(found[2]), int(found[3])

    def _mac(self, said: str) -> str:
        mac = hmac.digest(self._secret, said.encode(), "sha256")[:MAC_BYTES]
        return base64.urlsafe_b64encode(mac).decode()


class Redirects:
    def __init__(
        self,
        database: Database,
        secret: bytes,
        clock: Callable[[], datetime],
        base: str | None = None,
    ) -> None:
        """`base`: where the redirects are served, up to the signed part; None where nothing is
        served, since the bot polls."""
        self.database = database
        self.codec = RedirectCodec(secret)
        self.clock = clock
        self.base = base

    def link(self, campaign: Campaign, user_id: int) -> str | None:
        """A person's link of a campaign. Where nothing is served it leads there straight, and
        isn't counted."""
        if campaign.url is None or self.base is None:
            return campaign.url
        return self.base + self.codec.write(campaign.id, user_id)

    async def follow(self, signed: str) -> str | None:
        """Where a link leads; that a person of the campaign followed it is noted, if they agreed to
        a profile. None for a forged one, and for one that leads nowhere any more."""
        read = self.codec.read(signed)
        if read is None:
            return None
        campaign_id, user_id = read
        now = self.clock()

        async def note(session: AsyncSession) -> str | None:
            campaign = await session.get(Campaign, campaign_id)
            if campaign is None or campaign.url is None:
                return None
            user = await session.get(User, user_id)
            invited = await outcomes.is_invited(session, campaign_id, user_id)
            if user is not None and user.personalisation and invited:
                await _note(session, campaign, user_id, now)
            return campaign.url

        return await self.database.write_together(note)


async def _note(session: AsyncSession, campaign: Campaign, user_id: int, now: datetime) -> None:
    key = f"{FOLLOWED}:{campaign.id}:{user_id}"
    about = ("campaign", str(campaign.id), campaign.item_id)
    await touches.touch(session, user_id, *about, now, f"{key}:touch")
    signal = {
        "user_id": user_id,
        "verb": "invite_opened",
        "object_type": "item",
        "object_id": campaign.item_id,
        "value": None,
        "source": FOLLOWED,
        "campaign_id": campaign.id,
        "occurred_at": now,
        "idempotency_key": key,
    }
    await touches.record(session, signal)
