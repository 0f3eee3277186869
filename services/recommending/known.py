"""What is known of a person, and what changed in the catalogue: read in one go for a list."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from recsys.confidence import TELLING, Confidence
from recsys.features import Corrections
from recsys.log import Signal
from services.recommending.assortment import Assortment, Changes
from services.recommending.history import Histories, History, ItemOf
from storage.models import User
from storage.repositories import orders, questions, signals, tags
from storage.repositories.users import CONTRACT_VERBS


@dataclass(frozen=True, slots=True)
class Known:
    """`taken`: what the user owns or has booked here; `settled`: that, and what they took up
    elsewhere, or refused, and did not take back: it isn't recommended again. `asked` (vectors,
    float16 bytes, newest first) and `corrections` are empty without their consent, and `history`
    is None."""

    changes: Changes
    taken: set[str]
    settled: set[str]
    history: History | None = None
    asked: Sequence[bytes] = ()
    corrections: Corrections = field(default_factory=dict)


class Knowing:
    def __init__(
        self,
        assortment: Assortment,
        histories: Histories,
        confidence: Confidence,
        item_of: ItemOf,
        encoder: str,
    ) -> None:
        self.assortment = assortment
        self.histories = histories
        self.confidence = confidence
        self.item_of = item_of
        self.encoder = encoder

    async def all(self, session: AsyncSession, user: User, before: datetime | None = None) -> Known:
        """All that a list is made of; of history what was known before a time."""
        if user.personalisation is not True:
            return await self.limits(session, user)
        known = await self.limits(session, user)
        if before is not None:
            known = replace(known, history=await self.histories.of(session, user.id, before))
        asked = await questions.embeddings(session, user.id, self.encoder, before=before)
        corrections = await tags.of_user(session, user.id)
        return replace(known, asked=asked, corrections=corrections)

    async def limits(self, session: AsyncSession, user: User) -> Known:
        """Only what must not be offered, and the history that tells of it."""
        changes = await self.assortment.changes(session)
        taken = set(await orders.taken_ids(session, user.id))
        history = None
        if user.personalisation is True:
            history = await self.histories.of(session, user.id)
        if history is not None and history.is_all:
            settled = {*history.settled, *taken}
        else:
            settled = await self._settled(session, user) | taken
        return Known(changes, taken, settled, history)

    async def _settled(self, session: AsyncSession, user: User) -> set[str]:
        """Told by the last acts on each thing, however many there were since; without consent, by
        those of a contract alone."""
        verbs: Sequence[str] = TELLING
        if user.personalisation is not True:
            verbs = [verb for verb in TELLING if verb in CONTRACT_VERBS]
        telling = [
            Signal(user.id, item, verb, None, time)
            for verb, kind, thing, time in await signals.latest(session, user.id, verbs)
            if (item := self.item_of(kind, thing))
        ]
        return self.confidence.settled(telling)
