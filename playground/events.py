"""Server-sent events: what a persona's screen is told."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

MAX_BEHIND = 10_000  # events; a reader further behind is cut off and starts over from a snapshot


@dataclass(frozen=True)
class Event:
    id: int
    name: str
    data: Any

    def encode(self) -> bytes:
        data = json.dumps(self.data, ensure_ascii=False)
        return f"event: {self.name}\nid: {self.id}\ndata: {data}\n\n".encode()


Feed = asyncio.Queue[Event | None]


class Events:
    """Feeds by screen: (bot id, chat id), or (bot id, group id, persona id) for what only that
    member sees."""

    def __init__(self) -> None:
        self._ids = count(1)
        self._feeds: defaultdict[tuple[int, ...], set[Feed]] = defaultdict(set)

    def event(self, name: str, data: Any) -> Event:
        return Event(next(self._ids), name, data)

    def has_readers(self, screen: tuple[int, ...]) -> bool:
        return bool(self._feeds.get(screen))

    def publish(self, screen: tuple[int, ...], name: str, data: Any) -> None:
        """Tells every open page of the screen. A feed ends with None."""
        feeds = self._feeds.get(screen)
        if not feeds:
            return
        event = self.event(name, data)
        for feed in list(feeds):
            if feed.qsize() >= MAX_BEHIND:
                feeds.discard(feed)
                feed.put_nowait(None)
            else:
                feed.put_nowait(event)

    @contextmanager
    def subscribe(self, *screens: tuple[int, ...]) -> Iterator[Feed]:
        """One feed of all the screens."""
        feed: Feed = asyncio.Queue()
        for screen in screens:
            self._feeds[screen].add(feed)
        try:
            yield feed
        finally:
            for screen in screens:
                self._feeds[screen].discard(feed)

    def close(self) -> None:
        for feed in set().union(*self._feeds.values()):
            feed.put_nowait(None)
