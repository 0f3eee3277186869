"""Who is talking: their row, language, and a way to note what they do."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.exchanges import Exchanges
from bot.recent import Recent
from bot.texts import Texts, language_of
from storage.database import Database
from storage.models import User
from storage.repositories import signals
from storage.repositories.users import CONTRACT_VERBS


@dataclass(slots=True)
class Person:
    """The user of one update.

    `note()` stores a behaviour signal. Its idempotency key is made of the update's id, so an
    update that is handled again after a crash adds nothing.
    """

    row: User
    database: Database
    update_id: int
    bot_id: int
    now: datetime
    recent: Recent
    exchanges: Exchanges
    # Who writes in the name of a chat stays nobody: their row is never stored.
    anonymous: bool = False
    # The question that the message replies to the answer of.
    about: str | None = None
    texts: Texts = field(init=False)

    def __post_init__(self) -> None:
        self.texts = Texts(language_of(self.row.language, self.row.telegram_language))

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def agreed(self) -> bool:
        """Whether this person agreed to profiling. No choice yet is no consent."""
        return self.row.personalisation is True

    @property
    def is_admin(self) -> bool:
        return self.row.role == "admin"

    @property
    def is_editor(self) -> bool:
        return self.row.role in ("editor", "admin")

    async def note(
        self,
        verb: str,
        object_type: str,
        object_id: str | int,
        value: float | None = None,
        campaign_id: int | None = None,
    ) -> None:
        """Notes behaviour if the person has agreed to it; acts of a contract in any case."""
        if not self.agreed and verb not in CONTRACT_VERBS:
            return
        signal: dict[str, Any] = {
            "user_id": self.id,
            "verb": verb,
            "object_type": object_type,
            "object_id": str(object_id),
            "value": value,
            "source": "bot",
            "campaign_id": campaign_id,
            "occurred_at": self.now,
            "idempotency_key": f"{self.bot_id}:{self.update_id}:{verb}",
        }
        async with self.database.write() as session:
            await signals.record(session, [signal])
