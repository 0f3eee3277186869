"""The catalogue in memory: what requests look through without reading it from the database."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TypeAlias

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from services.recommending.codes import Codes
from services.recommending.content_vectors import describe, to_search
from services.recommending.tags import TOPICS, brand_tag, tags_of
from storage.models import ITEM_TYPES, Item
from storage.repositories import items

NOWHERE = NO_BRAND = ""
Changes: TypeAlias = tuple[int, Sequence[Item]]
"""A revision, and the items that changed up to it."""
# What an item of no date has for one, before all others.
UNDATED = -np.inf
_COLUMNS = (
    "types",
    "cities",
    "brands",
    "prices",
    "_topics",
    "_active",
    "_room",
    "_starts",
    "_revisions",
)
# So many items are held with all that is said of them.
MOST_HELD = 5_000


class Assortment:
    """Items as rows of arrays, one set in a process. `changes` and `take_in` follow the database,
    whichever process changes it, so that a request costs as much with many items as with few. New
    items come at the end, and none goes: one that is over is not on offer.

    `ids` list [n]; `types` int8 [n], places in ITEM_TYPES; `cities` int32 [n], places in
    `city_names`; `brands` int32 [n], places in `brand_names`, by tag; `prices` int64 [n], Stars;
    `tags` list [n], as `tags_of` has them.
    """

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.row: dict[str, int] = {}
        self.tags: list[tuple[str, ...]] = []
        self.city_names: dict[str, int] = {NOWHERE: 0}
        self.brand_names: dict[str, int] = {NO_BRAND: 0}
        self.topic_codes = Codes(dict.fromkeys(TOPICS))
        self.brand_codes, self.city_codes = Codes(self.brand_names), Codes(self.city_names)
        self.types = np.zeros(0, dtype=np.int8)
        self.brands = np.zeros(0, dtype=np.int32)
        self.cities = np.zeros(0, dtype=np.int32)
        self.prices = np.zeros(0, dtype=np.int64)
        # One item of each brand, by its tag, for the brand's name.
        self.branded: dict[str, Item] = {}
        # How often a price changed.
        self.repriced = 0
        # To be encoded: what an item says of itself, by row.
        self.unread: dict[int, str] = {}
        # The same for the words of a search, with more of them.
        self.unworded: dict[int, str] = {}
        self._worded: list[int] = []
        self._topics = np.zeros(0, dtype=np.int64)  # a bit each, places in TOPICS
        self._active = np.zeros(0, dtype=bool)
        self._room = np.zeros(0, dtype=bool)
        self._starts = np.zeros(0)  # seconds since 1970
        self._revisions = np.zeros(0, dtype=np.int64)
        self._said: list[int] = []
        self._kept_tags: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._order: np.ndarray | None = None
        # Whole rows, those read last at the end.
        self._held: OrderedDict[str, Item] = OrderedDict()
        self._since = 0

    async def changes(self, session: AsyncSession) -> Changes:
        """What changed since, to be taken in."""
        revision = await items.revision(session)
        if revision == self._since and session.get_bind().dialect.name == "sqlite":
            return revision, []
        return revision, [item async for item in items.changed(session, self._since)]

    def take_in(self, changes: Changes) -> None:
        """Takes in what changed; who read earlier may come later."""
        revision, found = changes
        self._since = max(self._since, revision)
        self._grow(sum(item.id not in self.row for item in found))
        for item in found:
            row = self.row.setdefault(item.id, len(self.row))
            if item.revision >= self._revisions[row]:
                self._set(row, item)

    def on_offer(self, now: datetime, *, dated: bool = False) -> np.ndarray:
        """bool [n]: active and not yet begun; with `dated`, of those that begin at all."""
        starts = self._starts > now.timestamp()
        if not dated:
            starts |= self._starts == UNDATED
        starts &= self._active
        return np.asarray(starts)

    def has_room(self) -> np.ndarray:
        """bool [n]: a seat is left, or there are no seats."""
        return self._room

    def of_type(self, type_: str) -> np.ndarray:
        """bool [n]; none of a type that there isn't, as an old button may name."""
        number = ITEM_TYPES.index(type_) if type_ in ITEM_TYPES else -1
        return np.asarray(self.types == number)

    def in_city(self, city: str | None, *, anywhere: bool = True) -> np.ndarray:
        """bool [n]: those in a city, with `anywhere` those of none, too."""
        here = self.cities == self.city_names.get(city or NOWHERE, -1)
        return np.asarray(here | (self.cities == 0) if anywhere else here)

    def of_brand(self, tag: str) -> np.ndarray:
        """bool [n]: of a brand, by its tag."""
        return np.asarray(self.brands == self.brand_names.get(tag or NO_BRAND, -1))

    def about(self, topic: str) -> np.ndarray:
        """bool [n]; none of a topic that isn't ours."""
        bit = 1 << TOPICS.index(topic) if topic in TOPICS else 0
        return np.asarray(self._topics & bit != 0)

    def between(self, start: datetime, end: datetime) -> np.ndarray:
        """bool [n]: what begins from `start` on and before `end`."""
        return np.asarray((self._starts >= start.timestamp()) & (self._starts < end.timestamp()))

    def rows(self, ids: Collection[str]) -> list[int]:
        """Of those that there are."""
        return [self.row[one] for one in ids if one in self.row]

    def page(
        self, which: np.ndarray, offset: int, limit: int, *, dated_first: bool = False
    ) -> list[str]:
        """Ids of some of the items `which` (bool [n]), by date, then by id; the undated first, or
        else last."""
        if self._order is None:
            self._order = np.lexsort((np.array(self.ids), self._starts))
        order = self._order[which[self._order]]
        if dated_first:
            undated = int(np.count_nonzero(self._starts[order] == UNDATED))
            order = np.roll(order, -undated)
        return [self.ids[row] for row in order[offset : offset + limit].tolist()]

    def _grow(self, more: int) -> None:
        if not more:
            return
        for name in _COLUMNS:
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old, np.zeros(more, dtype=old.dtype)]))
        self.ids += [""] * more
        self.tags += [()] * more
        self._said += [0] * more
        self._worded += [0] * more

    def _set(self, row: int, item: Item) -> None:
        starts = item.starts_at.timestamp() if item.starts_at else UNDATED
        if self.ids[row] != item.id or self._starts[row] != starts:
            self._order = None
        self.ids[row] = item.id
        self.types[row] = ITEM_TYPES.index(item.type)
        self.cities[row] = self.city_names.setdefault(item.city or NOWHERE, len(self.city_names))
        self.repriced += bool(self.prices[row] != item.price_stars)
        self.prices[row] = item.price_stars
        self._active[row] = item.active
        self._room[row] = item.capacity is None or item.seats_taken < item.capacity
        self._starts[row] = starts
        self._revisions[row] = item.revision
        brand = brand_tag(item.brand) if item.brand else NO_BRAND
        if item.brand:
            self.branded[brand] = item
        self.brands[row] = self.brand_names.setdefault(brand, len(self.brand_names))
        self._topics[row] = sum(1 << TOPICS.index(t) for t in {*item.topics} if t in TOPICS)
        tags = tags_of(item)
        self.tags[row] = self._kept_tags.setdefault(tags, tags)
        text = describe(item)
        if self._said[row] != (said := hash(text)):
            self._said[row], self.unread[row] = said, text
        words = to_search(item)
        if self._worded[row] != (said := hash(words)):
            self._worded[row], self.unworded[row] = said, words

    def held(self, ids: Collection[str]) -> dict[str, Item]:
        """Those of the items that were read lately and haven't changed since."""
        found = {}
        for name in ids:
            item = self._held.get(name)
            if item is not None and item.revision == self._revisions[self.row[name]]:
                self._held.move_to_end(name)
                found[name] = item
        return found

    def hold(self, read: Iterable[Item]) -> None:
        for item in read:
            if item.id in self.row:
                self._held[item.id] = item
        while len(self._held) > MOST_HELD:
            self._held.popitem(last=False)

    def types_of(self) -> Sequence[str]:
        """By row, as words."""
        return [ITEM_TYPES[number] for number in self.types.tolist()]
