"""What leads people to things: signed deep links, and touches of who agreed to a profile."""

import base64
import hmac
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.people import Person
from storage.database import Database
from storage.models import Link
from storage.repositories import shown_lists, touches

log = logging.getLogger(__name__)

# What a link begins with; Telegram takes 64 of A-Z, a-z, 0-9, _ and - after ?start=.
PREFIX = "go-"
# 72 bits of the HMAC are 12 characters of base64, every one of which counts.
MAC_BYTES, MAC_CHARACTERS = 9, 12
_PAYLOAD = re.compile(rf"({PREFIX}([1-9][0-9]{{0,17}})-)([A-Za-z0-9_-]{{{MAC_CHARACTERS}}})", re.A)
# Where a button stood that leads to an item, of those that recommend one.
RECOMMENDING = ("recommend", "answer")
LATELY = timedelta(days=1)


class LinkCodec:
    """Writes a link's id with a signature, and reads it only with that."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hmac.digest(secret, b"chezhi link", "sha256")

    def write(self, link_id: int) -> str:
        signed = f"{PREFIX}{link_id}-"
        return signed + self._mac(signed)

    def read(self, payload: str) -> int | None:
        """None for what we never wrote."""
        found = _PAYLOAD.fullmatch(payload)
        if found is None or not hmac.compare_digest(self._mac(found[1]), found[3]):
            return None
        return int(found[2])

    def _mac(self, signed: str) -> str:
        mac = hmac.digest(self._secret, signed.encode(), "sha256")[:MAC_BYTES]
        return base64.urlsafe_b64encode(mac).decode()


class Attributions:
    def __init__(self, database: Database, secret: bytes, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.codec = LinkCodec(secret)
        self.clock = clock

    async def make(self, item_id: str, name: str) -> tuple[Link, str] | None:
        """A new link with what stands after ?start=; None where there is no such item."""
        async with self.database.write() as session:
            link = await touches.make_link(session, item_id, name, self.clock())
        return (link, self.codec.write(link.id)) if link else None

    async def open(self, person: Person, payload: str) -> str | None:
        """The item that a link leads to. None for a forged, altered or foreign one."""
        link_id = self.codec.read(payload)
        if link_id is None:
            # What it says may be anybody's words.
            log.warning("User %s opened a deep link that isn't ours", person.id)
            return None
        async with self.database.write() as session:
            link = await touches.open_link(session, link_id)
            if link is not None and person.agreed:
                await _touch(session, person, "link", str(link.id), link.item_id)
        return link.item_id if link else None

    async def came_by_link(self, person: Person, payload: str) -> None:
        """A person who opened a link before they had chosen has just agreed to a profile."""
        link_id = self.codec.read(payload)
        async with self.database.write() as session:
            link = await session.get(Link, link_id) if link_id is not None else None
            if link is not None:
                await _touch(session, person, "link", str(link.id), link.item_id)


async def came_by(person: Person, source: str, source_id: str, item_id: str) -> None:
    """Notes what brought a person to an item, if they agreed to a profile."""
    if person.agreed:
        async with person.database.write() as session:
            await _touch(session, person, source, source_id, item_id)


async def came_by_button(person: Person, origin: str, item_id: str) -> None:
    """The same of a button that recommended the item, by where it stood; of the list it was in,
    if it was in one."""
    if origin not in RECOMMENDING or not person.agreed:
        return
    async with person.database.read() as session:
        lists = await shown_lists.of_user(session, person.id, person.now - LATELY, but="")
    shown = [one.id for one in lists if item_id in one.items] if origin == "recommend" else []
    await came_by(person, "recommendation", str(max(shown)) if shown else origin, item_id)


async def _touch(
    session: AsyncSession, person: Person, source: str, source_id: str, item_id: str
) -> None:
    key = f"{person.key}:touch"
    await touches.touch(session, person.id, source, source_id, item_id, person.now, key)
