"""What became of invites, written down together: one transaction for all of a tenth of a second."""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from time import monotonic

from sqlalchemy.ext.asyncio import AsyncSession

from services.clock import Clock
from storage import nursery
from storage.database import Database
from storage.repositories import recipients, signals, users
from storage.repositories.recipients import Outcome

log = logging.getLogger(__name__)

# So often a send may fail on the messenger's side.
MOST_TRIES = 6
# An outcome is written at once, or so long after the last ones were, seconds.
EVERY_S = 0.1
# After the database failed, seconds; and how often an end of the process waits for that.
AGAIN_S, LAST_TRIES = 1.0, 3
MOST_AT_ONCE = 1_000


class Settling:
    """Outcomes on their way to the database. None is lost while the process lives; after its end
    what wasn't written is in doubt, as what was being sent is."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self._waiting: dict[tuple[int, int], tuple[str, Outcome]] = {}
        self._writing: asyncio.Task[None] | None = None
        self._written_at = 0.0
        # Outcomes of each campaign that aren't written yet.
        self._open: Counter[int] = Counter()

    def add(self, campaign_id: int, item_id: str, outcome: Outcome) -> None:
        self._open[campaign_id] += (campaign_id, outcome.user_id) not in self._waiting
        self._waiting[campaign_id, outcome.user_id] = (item_id, outcome)
        if self._writing is None or self._writing.done():
            self._writing = nursery.start(self._write_on())

    async def written(self) -> None:
        """Returns when all that was added is written."""
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    async def written_of(self, campaign_id: int) -> bool:
        """Returns when no outcome of a campaign is open; whether one was."""
        was_open = self._open[campaign_id] > 0
        while self._open[campaign_id] > 0 and self._writing is not None:
            await asyncio.wait({self._writing}, timeout=EVERY_S)
        return was_open

    async def close(self) -> None:
        """As `written`, but not for ever."""
        try:
            await asyncio.wait_for(self.written(), LAST_TRIES * AGAIN_S)
        except TimeoutError:
            log.error("The outcome of %s invites could not be written", len(self._waiting))
            if self._writing is not None:
                self._writing.cancel()

    async def _write_on(self) -> None:
        while self._waiting:
            await asyncio.sleep(self._written_at + EVERY_S - monotonic())
            self._written_at = monotonic()
            some = list(self._waiting)[:MOST_AT_ONCE]
            batch = {key: self._waiting.pop(key) for key in some}
            try:
                await self.database.write_together(lambda session: self._write(session, batch))  # noqa: B023
            except Exception:
                log.exception("The outcome of %s invites is not written yet", len(batch))
                self._waiting = batch | self._waiting
                await asyncio.sleep(AGAIN_S)
            else:
                self._open.subtract(campaign_id for campaign_id, _ in batch)

    async def _write(
        self, session: AsyncSession, batch: Mapping[tuple[int, int], tuple[str, Outcome]]
    ) -> None:
        now = self.clock()
        of: defaultdict[int, dict[int, Outcome]] = defaultdict(dict)
        for (campaign_id, user_id), (_, outcome) in batch.items():
            of[campaign_id][user_id] = outcome
        blocked: list[int] = []
        sent: list[dict[str, object]] = []
        for campaign_id, outcomes in sorted(of.items()):
            settled = await recipients.settle(session, campaign_id, outcomes, MOST_TRIES, now)
            for user_id in settled:
                outcome = outcomes[user_id]
                if outcome.status == "blocked":
                    blocked.append(user_id)
                if outcome.status == "sent":
                    item_id, _ = batch[campaign_id, user_id]
                    sent.append(invited(campaign_id, user_id, item_id, now))
        if blocked:
            await users.have_blocked(session, blocked, now)
        await signals.record(session, sent)


def invited(campaign_id: int, user_id: int, item_id: str, now: datetime) -> dict[str, object]:
    """The signal that an invite was sent."""
    return {
        "user_id": user_id,
        "verb": "invited",
        "object_type": "item",
        "object_id": item_id,
        "value": None,
        "source": "campaign",
        "campaign_id": campaign_id,
        "occurred_at": now,
        "idempotency_key": f"campaign:{campaign_id}:{user_id}:invited",
    }
