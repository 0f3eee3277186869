"""Albums: files that were sent as one come as many messages, the caption with one of them."""

import asyncio
from dataclasses import dataclass, field

from aiogram.types import Message

# The messages of an album come at once; after such a pause it is whole.
QUIET_S = 1.0


@dataclass(slots=True)
class Album:
    messages: list[Message] = field(default_factory=list)
    stored: bool = False
    done: int = 0

    @property
    def caption(self) -> str | None:
        """What is said of all its files."""
        return next((message.caption for message in self.messages if message.caption), None)

    def finish_one(self, *, stored: bool) -> bool:
        """Notes that one file was dealt with, and whether there is something new in it. True for
        the last one, if there is something new in any."""
        self.done += 1
        self.stored |= stored
        return self.stored and self.done >= len(self.messages)


class Albums:
    def __init__(self) -> None:
        self._coming: dict[tuple[int, str], Album] = {}

    async def whole(self, message: Message) -> Album:
        """The album that a message is of, once it is whole; one of its own for a single file."""
        if message.media_group_id is None:
            return Album([message])
        key = message.chat.id, message.media_group_id
        album = self._coming.setdefault(key, Album())
        album.messages.append(message)
        known = 0
        while known < len(album.messages):
            known = len(album.messages)
            await asyncio.sleep(QUIET_S)
        if self._coming.get(key) is album:
            del self._coming[key]
        return album
