"""What is known of a person, and what changed in the catalogue: read in one go for a list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from recsys.confidence import TELLING, Confidence
from recsys.features import Corrections
from recsys.log import Signal
from services.recommending.assortment import Assortment, Changes
from storage.models import Question, User
from storage.models import Signal as SignalRow
from storage.repositories import orders, questions, signals, tags
from storage.repositories.users import CONTRACT_VERBS

ItemOf = Callable[[str, str], str | None]
"""The item that an act on a thing of a kind was on, if any."""


@dataclass(frozen=True, slots=True)
class Known:
    """`taken`: what the user owns or has booked here; `settled`: that, and what they took up
    elsewhere, or refused, and did not take back: it isn't recommended again. `history`, `asked`
    (vectors, float16 bytes, newest first) and `corrections` are empty without their consent."""

    changes: Changes
    taken: set[str]
    settled: set[str]
    history: list[Signal] = field(default_factory=list)
    asked: Sequence[bytes] = ()
    corrections: Corrections = field(default_factory=dict)


class Knowing:
    def __init__(
        self, assortment: Assortment, confidence: Confidence, item_of: ItemOf, encoder: str
    ) -> None:
        self.assortment = assortment
        self.confidence = confidence
        self.item_of = item_of
        self.encoder = encoder

    async def all(self, session: AsyncSession, user: User, before: datetime | None = None) -> Known:
        """All that a list is made of; of history what was known before a time."""
        if user.personalisation is not True:
            return await self.limits(session, user)
        earlier = [SignalRow.occurred_at < before] if before else []
        acts = await signals.acts(session, user.id, *earlier)
        history = [
            Signal(user.id, item, verb, value, time, unit)
            for verb, kind, thing, value, time, unit in acts
            if (item := self.item_of(kind, thing))
        ]
        # Fewer than the most that are read are all.
        telling = None
        if len(acts) < signals.NEWEST and before is None:
            telling = [signal for signal in history if signal.verb in TELLING]
        known = await self.limits(session, user, telling)
        earlier = [Question.asked_at < before] if before else []
        asked = await questions.embeddings(session, user.id, self.encoder, *earlier)
        corrections = await tags.of_user(session, user.id)
        return replace(known, history=history, asked=asked, corrections=corrections)

    async def limits(
        self, session: AsyncSession, user: User, telling: Sequence[Signal] | None = None
    ) -> Known:
        """Only what must not be offered. What tells of that is read if it isn't given, without
        consent only acts of a contract.
        """
        changes = await self.assortment.changes(session)
        taken = set(await orders.taken_ids(session, user.id))
        if telling is None:
            verbs = TELLING
            if user.personalisation is not True:
                verbs = tuple(verb for verb in TELLING if verb in CONTRACT_VERBS)
            telling = [
                Signal(user.id, item, verb, None, time)
                for verb, kind, thing, time in await signals.latest(session, user.id, verbs)
                if (item := self.item_of(kind, thing))
            ]
        return Known(changes, taken, self.confidence.settled(telling) | taken)
