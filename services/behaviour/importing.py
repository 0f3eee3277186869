"""Importing behaviour: every row checked, all or nothing written, each signal once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.behaviour.files import Line, SignalRow
from services.behaviour.platform_ids import PlatformIds
from storage.database import Database
from storage.models import Item, Signal, User
from storage.repositories import signals, users
from storage.repositories.users import CONTRACT_VERBS

BATCH = 1000
# Clocks differ; a row further ahead than this is wrong.
SKEW = timedelta(minutes=5)
SHOWN = 20


class FileFaults(Exception):
    """The file has rows that can't be read; the message lists them, and nothing was written."""


@dataclass(slots=True)
class Report:
    """What became of the rows. `skipped` counts by reason; `examples` name lines.

    `late` are imported rows that are older than the newest signal that was there before. `voided`
    are signals that were taken back. `more` are the addresses of pages that the file hasn't.
    """

    read: int = 0
    imported: int = 0
    duplicates: int = 0
    late: int = 0
    voided: int = 0
    added_users: int = 0
    more: list[str] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)

    def skip(self, reason: str, line: int, told: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1
        if self.skipped[reason] <= SHOWN // 4:
            self.examples.append(f"line {line}: {told}")


class SignalImport:
    """One import, in one transaction, a batch of rows in memory at a time.

    With `add_users`, people who are not known are added as having agreed to personalisation (the
    caller vouches for it), but not to invites: they have no chat with the bot. `ids` are those that
    the lines are read with.
    """

    def __init__(
        self,
        database: Database,
        now: datetime,
        *,
        add_users: bool = False,
        ids: PlatformIds | None = None,
    ) -> None:
        self.database = database
        self.now = now
        self.ids = ids or PlatformIds()
        self.add_users = add_users
        self.report = Report()
        self._faults: list[str] = []
        self._fault_count = 0
        self._newest: datetime | None = None

    async def run(self, lines: Iterable[Line], tick: Callable[[], None] | None = None) -> Report:
        """Raises FileFaults when a row can't be read; then nothing is written."""
        remaining = iter(lines)
        async with self.database.write() as session:
            self._newest = await signals.newest(session)
            known = await signals.platform(session)
            self.ids.platform = self.ids.platform or known
            while batch := list(islice(remaining, BATCH)):
                await self._take(session, batch)
                if tick is not None:
                    tick()
            if self._fault_count:
                raise FileFaults(self._told())
            if self.ids.platform not in (None, known):
                await signals.set_platform(session, self.ids.platform)
        return self.report

    def _told(self) -> str:
        more = self._fault_count - len(self._faults)
        lines = [*self._faults, f"… and {more} more"] if more else self._faults
        return "\n".join(["Nothing was imported. Please mend:", *lines])

    async def _take(self, session: AsyncSession, batch: Sequence[Line]) -> None:
        rows: list[tuple[int, SignalRow]] = []
        voids: list[str] = []
        for line in batch:
            if line.more is not None:
                self.report.more.append(line.more)
                continue
            self.report.read += 1
            if line.fault is not None:
                self._fault_count += 1
                if len(self._faults) < SHOWN:
                    self._faults.append(f"line {line.number}: {line.fault}")
            elif line.left_out is not None:
                self.report.skip(line.left_out.reason, line.number, str(line.left_out))
            elif line.voids is not None:
                voids.append(line.voids)
            elif line.signal is not None:
                rows.append((line.number, line.signal))
        if self._fault_count:
            # The rest is only checked: it will not be written.
            return
        if voids:
            self.report.voided += await signals.void(session, voids)
        if rows:
            await self._store(session, rows)

    async def _store(self, session: AsyncSession, rows: Sequence[tuple[int, SignalRow]]) -> None:
        if self.add_users:
            await self._meet(session, {row.user for _, row in rows})
        wanted = list(self._unrepeated(rows, await _known_keys(session, [r.key for _, r in rows])))
        taken_back = await signals.voided(session, [row.key for _, row in wanted])
        people = await _choices(session, {row.user for _, row in wanted})
        items = {row.object for _, row in wanted if row.object_type == "item"}
        known_items = set(await session.scalars(select(Item.id).where(Item.id.in_(items))))
        good: list[dict[str, Any]] = []
        for number, row in wanted:
            if row.key in taken_back:
                self.report.skip("voided", number, "the statement was taken back")
            elif row.user not in people:
                self.report.skip("unknown_user", number, f"user {row.user} is not known")
            elif row.object_type == "item" and row.object not in known_items:
                self.report.skip("unknown_item", number, f"item {row.object!r} is not known")
            elif row.occurred_at > self.now + SKEW:
                told = f"{row.occurred_at.isoformat()} is in the future"
                self.report.skip("future", number, told)
            elif people[row.user] is False and row.verb not in CONTRACT_VERBS:
                self.report.skip("declined", number, f"user {row.user} declined profiling")
            else:
                good.append(row.columns())
                self.report.late += self._newest is not None and row.occurred_at < self._newest
        self.report.imported += await signals.record(session, good)

    def _unrepeated(
        self, rows: Sequence[tuple[int, SignalRow]], known: set[str]
    ) -> Iterator[tuple[int, SignalRow]]:
        seen = set(known)
        for number, row in rows:
            if row.key in seen:
                self.report.duplicates += 1
            else:
                seen.add(row.key)
                yield number, row

    async def _meet(self, session: AsyncSession, user_ids: set[int]) -> None:
        known = await _choices(session, user_ids)
        new = [
            {
                "id": user_id,
                "first_name": "",
                "role": "user",
                "personalisation": True,
                "consented_at": self.now,
                "topics": [],
                "invites": False,
                "created_at": self.now,
                "seen_at": self.now,
            }
            for user_id in sorted(user_ids - known.keys())
        ]
        if new:
            await users.save(session, new)
        self.report.added_users += len(new)


async def _known_keys(session: AsyncSession, keys: Sequence[str]) -> set[str]:
    query = select(Signal.idempotency_key).where(Signal.idempotency_key.in_(keys))
    return set(await session.scalars(query))


async def _choices(session: AsyncSession, user_ids: set[int]) -> dict[int, bool | None]:
    """Whether each known user agreed to personalisation."""
    query = select(User.id, User.personalisation).where(User.id.in_(user_ids))
    return {user_id: choice for user_id, choice in (await session.execute(query)).all()}
