"""Who acts: their row, when they do, and a way to note what they do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.recent import Recent
from storage.database import Database
from storage.models import User
from storage.repositories import touches, users
from storage.repositories.users import CONTRACT_VERBS


@dataclass(slots=True)
class Person:
    """A user in one act.

    `note()` stores a behaviour signal. Its idempotency key is made of `key`, which is the same
    when the act is handled again after a crash, so that this adds nothing.
    """

    row: User
    database: Database
    key: str
    now: datetime
    # What they asked lately, if it isn't stored under their name.
    recent: Recent

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def agreed(self) -> bool:
        """Whether this person agreed to profiling. No choice yet is no consent."""
        return self.row.personalisation is True

    async def change(self, **values: Any) -> None:
        """Writes columns of this person's row: what they chose, or told of themselves."""
        async with self.database.write() as session:
            await users.change(session, self.id, **values)

    async def choose_personalisation(self, agreed: bool) -> None:
        """Records the consent, or its refusal, which also forgets what was noted before."""
        async with self.database.write() as session:
            await users.choose_personalisation(session, self.id, agreed, self.now)

    async def note(
        self,
        verb: str,
        object_type: str,
        object_id: str | int,
        value: float | None = None,
        campaign_id: int | None = None,
    ) -> None:
        """Notes behaviour if the person has agreed to it; acts of a contract in any case."""
        signal = self.signal(verb, object_type, object_id, value, campaign_id)
        if signal is not None:
            async with self.database.write() as session:
                await touches.record(session, signal)

    def signal(
        self,
        verb: str,
        object_type: str,
        object_id: str | int,
        value: float | None = None,
        campaign_id: int | None = None,
    ) -> dict[str, Any] | None:
        """The row that `note` stores, for the transaction of what it is about; None for none."""
        if not self.agreed and verb not in CONTRACT_VERBS:
            return None
        return {
            "user_id": self.id,
            "verb": verb,
            "object_type": object_type,
            "object_id": str(object_id),
            "value": value,
            "source": "bot",
            "campaign_id": campaign_id,
            "occurred_at": self.now,
            "idempotency_key": f"{self.key}:{verb}",
        }


async def meet(database: Database, user_id: int, now: datetime, **seen: Any) -> User:
    """The person's row, made on first contact; `seen` is what their app tells each time."""
    async with database.write() as session:
        return await users.meet(session, user_id, now, **seen)


async def set_draws_rich(database: Database, user_id: int, draws: bool) -> None:
    """Whether a person's app draws rich messages, as far as it has shown."""
    async with database.write() as session:
        await users.change(session, user_id, draws_rich=draws)


async def set_role(
    database: Database, user_id: int, role: str, dealer_id: str | None = None
) -> User | None:
    """The person as they are then; None for one who isn't known. A dealer works for one."""
    async with database.write() as session:
        await users.change(session, user_id, role=role, dealer_id=dealer_id)
        return await users.get(session, user_id)
