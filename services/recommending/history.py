"""What people did, held in memory: for a list only what is new is read and weighed."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from recsys.confidence import TELLING, Confidence
from recsys.log import Signal
from storage.repositories import signals
from storage.repositories.signals import NEWEST, Act

ItemOf = Callable[[str, str], str | None]
"""The item that an act on a thing of a kind was on, if any."""
Edition: TypeAlias = tuple[int, int]
"""How often documents were dealt out to courses anew, and how often signals were taken back."""
# So many acts of all people together are held: some 30 MB.
MOST_HELD = 100_000


class History:
    """A person's newest acts. It doesn't change, so that threads may share it."""

    def __init__(self, confidence: Confidence) -> None:
        self._confidence = confidence
        # By time, then by id.
        self._acts: list[tuple[datetime, int, Signal | None]] = []
        self._of_item: dict[str, tuple[Signal, ...]] = {}
        self._weighed: tuple[datetime, dict[str, float]] | None = None
        self.last = 0
        """The highest id of these acts."""
        self.settled: frozenset[str] = frozenset()
        """What the person took up or refused, and didn't take back."""

    @property
    def count(self) -> int:
        return len(self._acts)

    @property
    def is_all(self) -> bool:
        """Whether there are no older acts."""
        return self.count < NEWEST

    def items_with(self, verb: str) -> set[str]:
        return {item for item, acts in self._of_item.items() if any(a.verb == verb for a in acts)}

    def weights(self, now: datetime) -> Mapping[str, float]:
        """Confidence by item as of the last full hour, whoever asks, so that not each list weighs
        all acts anew: within an hour it falls by .06 % at most."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        if self._weighed is None or self._weighed[0] != hour:
            own = [act for acts in self._of_item.values() for act in acts]
            self._weighed = hour, self._weights(own, hour)
        return self._weighed[1]

    def then(self, user_id: int, acts: Sequence[tuple[int, Act]], item_of: ItemOf) -> "History":
        """These and further acts, with their ids."""
        if not acts:
            return self
        found = History(self._confidence)
        found.last = max(self.last, *(id_ for id_, _ in acts))
        fresh: list[tuple[datetime, int, Signal | None]] = []
        for id_, (verb, kind, thing, value, time, unit) in acts:
            item = item_of(kind, thing)
            signal = Signal(user_id, item, verb, value, time, unit) if item else None
            fresh.append((time, id_, signal))
        every = sorted([*self._acts, *fresh], key=lambda act: act[:2])
        old, found._acts = every[:-NEWEST], every[-NEWEST:]
        found._of_item = dict(self._of_item)
        for _, _, signal in fresh:
            if signal:
                found._of_item[signal.item] = (*found._of_item.get(signal.item, ()), signal)
        for _, _, signal in old:
            if signal:
                left = list(found._of_item[signal.item])
                left.remove(signal)
                found._of_item[signal.item] = tuple(left)
        found._weigh({signal.item for _, _, signal in (*fresh, *old) if signal}, self)
        return found

    def _weigh(self, items: set[str], before: "History") -> None:
        """Settles and weighs what is about these items; of others nothing changed since."""
        acts = [act for item in items for act in self._of_item[item]]
        telling = [act for act in acts if act.verb in TELLING]
        self.settled = (before.settled - items) | self._confidence.settled(telling)
        if before._weighed:
            hour, weights = before._weighed
            kept = {item: weight for item, weight in weights.items() if item not in items}
            self._weighed = hour, kept | self._weights(acts, hour)

    def _weights(self, acts: Sequence[Signal], hour: datetime) -> dict[str, float]:
        return {item: weight for (_, item), weight in self._confidence.pairs(acts, hour).items()}


class Histories:
    """Those of the people who had a list last. On SQLite what is held is checked for each list; on
    PostgreSQL all is read, since there ids don't tell what was committed since."""

    def __init__(
        self, confidence: Confidence, item_of: ItemOf, dealt_out: Callable[[], int]
    ) -> None:
        self._confidence = confidence
        self._item_of = item_of
        self._dealt_out = dealt_out
        self._lock = Lock()
        self._held: OrderedDict[int, History] = OrderedDict()
        self._count = 0
        self._edition: Edition = (0, 0)

    async def of(
        self, session: AsyncSession, user_id: int, before: datetime | None = None
    ) -> History:
        """A person's history; of what was done before a time, if one is given."""
        if before is not None or session.get_bind().dialect.name != "sqlite":
            acts = await signals.acts(session, user_id, before=before)
            return History(self._confidence).then(user_id, acts, self._item_of)
        edition = (self._dealt_out(), await signals.taken_back(session))
        held = self._get(user_id, edition)
        acts = await signals.acts(session, user_id, since=held.last)
        history = held.then(user_id, acts, self._item_of)
        self._keep(user_id, history, edition)
        return history

    def _get(self, user_id: int, edition: Edition) -> History:
        with self._lock:
            held = self._held.get(user_id) if edition == self._edition else None
        return held or History(self._confidence)

    def _keep(self, user_id: int, history: History, edition: Edition) -> None:
        with self._lock:
            if edition < self._edition:
                return  # who read earlier comes later
            if edition > self._edition:
                # What was taken back, or deleted with its person, is held no longer.
                self._held.clear()
                self._edition, self._count = edition, 0
            held = self._held.pop(user_id, None)
            self._count += history.count - (held.count if held else 0)
            self._held[user_id] = history
            while self._count > MOST_HELD:
                self._count -= self._held.popitem(last=False)[1].count
