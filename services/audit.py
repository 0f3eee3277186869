"""The audit log: who did what, each entry chained to the one before by SHA-256.

A change or a deletion in the middle breaks the chain; one at the end is told by a head, the last
entry's hash, that was published before (Haber and Stornetta, 1991).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import Database
from storage.models import AuditEntry
from storage.repositories import audit

# What stands before the first entry.
GENESIS = "0" * 64
SLICE = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` are in order up to `head`, the last one's hash. `broken`: the id of the first that
    isn't, and `why`: changed, or not where the one before it leads, or the head isn't there."""

    entries: int
    head: str
    broken: int | None = None
    why: Literal["changed", "unlinked", "head-missing"] | None = None


async def append(
    session: AsyncSession,
    actor_id: int,
    act: str,
    about: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Adds an entry in the transaction of the act: both are there, or neither.

    `detail` has codes and numbers, nothing about people but staff's ids: it can't be deleted.
    """
    entry = AuditEntry(
        at=now,
        actor_id=actor_id,
        act=act,
        about=about,
        detail=dict(detail or {}),
        before=await audit.last_hash(session) or GENESIS,
    )
    entry.hash = hash_of(entry)
    session.add(entry)
    await session.flush()
    return entry


def canonical(value: object) -> bytes:
    """One way to write a value as JSON: keys sorted, no spaces, UTF-8."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def hash_of(entry: AuditEntry) -> str:
    told = {
        "at": entry.at.astimezone(UTC).isoformat(),
        "actor": entry.actor_id,
        "act": entry.act,
        "about": entry.about,
        "detail": entry.detail,
        "before": entry.before,
    }
    return hashlib.sha256(canonical(told)).hexdigest()


async def verify(database: Database, head: str | None = None) -> Verdict:
    """Reads the log from its beginning. `head`: a hash that was published when it was the last."""
    last, count, before, met = 0, 0, GENESIS, head in (None, GENESIS)
    while True:
        # Each slice in a transaction of its own: a long one would keep the log's file growing.
        async with database.read() as session:
            entries = await audit.after(session, last, SLICE)
        for entry in entries:
            if entry.before != before:
                return Verdict(count, before, entry.id, "unlinked")
            if entry.hash != hash_of(entry):
                return Verdict(count, before, entry.id, "changed")
            last, before, count = entry.id, entry.hash, count + 1
            met = met or entry.hash == head
        if not entries:
            break
    return Verdict(count, before, None, None if met else "head-missing")
